// The groups of a user, changed from the user's side (STD-08): each change is one of the group, with its
// rules, its version and its outbox row.
#pragma once

#include "directory/directory.h"

namespace rollcall::directory {

// A group as whoever changes the groups of a user refers to it: by its id or externalId or, in `display`, by
// its name; one of them may be empty.
struct GroupName {
    std::string value;
    std::string display;
};

// One step of an edit of the groups of a user.
struct GroupsEdit {
    enum class Kind { Add, Remove, RemoveMatching, RemoveAll, ReplaceAll };
    Kind kind;
    std::vector<GroupName> groups = {};        // Add, Remove, ReplaceAll
    std::optional<CheckedFilter> filter = {};  // RemoveMatching: check_value_filter of `groups`
    std::string operation = {};                // "Operations[2]" for details of errors
};

// Carries out the edits in order. Groups are found by id, then externalId, then displayName; one that is not
// there is made or refused as the policy has it, and one that is named by an id only is always refused: an id
// is given here. Errors: NotFound (a group that is not there), whatever a change of a group gives.
Result<void> apply_user_groups(Context& context, ResourceId user, const std::vector<GroupsEdit>& edits);

}  // namespace rollcall::directory
