// Groups beside their SCIM document: who answers for a cohort, whether a group takes effect, what it grants. All of it
// is changed here, whatever the channel.
#pragma once

#include "directory/directory.h"

namespace rollcall::directory {

inline constexpr std::string_view kGroupType = "Group";

// Called by create_resource() for a new Group, in its transaction: its state. Under policy `cohorts` the owner is the
// lowest-id active member with the owner's role (MOB-12); under `group_sync` selected, what an identity provider makes
// is not enabled (PLU-05).
void begin_group(Context& context, ResourceId group);

// Whether the group takes effect; its members stay as they are (PLU-05). True when that was a change. Errors: NotFound.
Result<bool> enable_group(Context& context, ResourceId group, bool enabled);

// Puts `grants` in the place of all that the member or group has itself. Errors: NotFound, InvalidValue (a scope that
// is none, a scope named twice, too many), Forbidden by SCIM.
Result<void> set_grants(Context& context, ResourceId subject, std::vector<ScopeGrant> grants);

// The scope that a group of this name is: "Engineering/Platform" -> "group:engineering/platform" (PLU-04).
std::string scope_of_group(std::string_view display_name);

}  // namespace rollcall::directory
