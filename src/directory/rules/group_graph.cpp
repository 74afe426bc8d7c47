#include "directory/rules.h"

namespace rollcall::directory {

Result<void> group_may_contain(Context& context, ResourceId group, const store::MemberRow& member) {
    if (member.type != "Group") return {};
    // Two requests could each close one half of a circle: the graph is an invariant of the whole tenant.
    context.transaction.lock_tenant();
    if (!context.policy.allow_group_cycles && context.transaction.reaches(member.id, group)) {
        return failure(
            ErrorKind::InvalidValue,
            "members: the group cannot contain itself, neither directly nor through other groups.");
    }
    return {};
}

}  // namespace rollcall::directory
