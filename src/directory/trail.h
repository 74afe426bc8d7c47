// What every change of a resource leaves: its row for those who follow changes, and its event in the trail.
#pragma once

#include "directory/directory.h"
#include "directory/memberships.h"

namespace rollcall::directory {

// `event` is "create", "put", "patch" or "delete"; `before` is null for a creation, `after` for a removal;
// `row` is the resource as stored now, or as it was. In the trail the action is "TYPE.create", ".update",
// ".activate", ".deactivate" or ".delete".
void leave_trail(Context& context, std::string_view event, const store::ResourceRow& row,
                 const Resource* before, const Resource* after, const MembershipOutcome& members = {});

// The event alone, of a change beside the document: "group.enable".
void leave_event(Context& context, std::string_view action, std::string_view type, ResourceId id,
                 std::string payload = "{}");

// Members that a new group got after it was made: those of a circle.
void leave_members(Context& context, ResourceId group, const MembershipOutcome& members);

}  // namespace rollcall::directory
