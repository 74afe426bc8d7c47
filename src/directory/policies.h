// The policy of a tenant: made from a profile, changed value by value. Every policy is kept as a version,
// with who brought it. The command line and the admin API call the same functions.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/limits.h"
#include "model/policy.h"
#include "model/schema.h"
#include "store/store.h"

namespace rollcall::directory {

// A tenant with the values of its profile ("": standard) and `values` over them. Errors: InvalidValue (slug,
// profile, values), Uniqueness (slug). `installation` is the catalogue of the installation.
Result<Tenant> create_tenant(store::Transaction& transaction, const std::string& slug,
                             const std::string& profile, const json::object& values, const Caller& by,
                             const Catalogue& installation, const Limits& limits, Instant now);

struct PolicyChange {
    Tenant tenant;                     // as it is now
    int64_t version = 0;               // of its policy
    std::vector<std::string> changed;  // names of values that differ from before
};

// Puts `values` over those that the tenant has; what is not named stays. Complete or without effect. Errors:
// InvalidValue: an unknown value, one of the wrong type, one that stays as it was chosen, values that
// contradict. Forbidden: a member changes what says who ranks above whom (roles and their limits) and ranks
// below the owner itself. Conflict: a member has a role that would be none any more. What SCIM sees of
// members follows in the same transaction; `catalogue` is the tenant's.
Result<PolicyChange> change_policy(store::Transaction& transaction, Tenant tenant, const json::object& values,
                                   const Caller& by, const Catalogue& catalogue, const Limits& limits,
                                   Instant now);

// Of those who own the tenant: owner_role, or where there is none the highest of all.
std::string_view highest_role(const Policy& policy);

// The number of the policy in force.
int64_t policy_version(store::TenantTransaction& transaction);

}  // namespace rollcall::directory
