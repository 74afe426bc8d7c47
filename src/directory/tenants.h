// What follows from the policy of a tenant beside the tenant's own row: the schema that shows roles, and what
// SCIM sees of the members that are there.
#pragma once

#include "directory/directory.h"

namespace rollcall::directory {

// Once for a new tenant, whose row is in the transaction already: loads the extension Policy::role_schema (MOD-06).
// `context.catalogue` is the installation's. Errors: as load_schemas().
Result<void> begin_tenant(Context& context);

// Called when the policy has been changed from `before` to context.policy: members are hidden or shown as the new one
// says. Errors: Conflict, when a member has a role that the new policy does not know.
Result<void> follow_policy(Context& context, const Policy& before);

}  // namespace rollcall::directory
