// Edits of Group.members, carried out on rows: the cost depends on the edit, never on the size of the group.
#pragma once

#include "directory/directory.h"

namespace rollcall::directory {

struct MembershipOutcome {
    bool changed = false;
    size_t skipped = 0;  // named, but no resource of this tenant
    std::vector<ResourceId> added = {};
    std::vector<ResourceId> removed = {};
};

// Carries out the edits in order. Errors: InvalidValue (a member that does not exist, as the policy has it:
// all of them with reject_unknown_members, else only when nothing known is left in the operation; a circle;
// too many).
Result<MembershipOutcome> apply_memberships(Context& context, ResourceId group, const Attribute& members,
                                            const std::vector<MembershipEdit>& edits);

}  // namespace rollcall::directory
