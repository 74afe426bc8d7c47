#include "directory/groups.h"
#include "directory/rules.h"

namespace rollcall::directory {

Result<void> cohort_owner(const Change& change, Context& context) {
    const bool is_new_cohort = change.before == nullptr && change.policy->groups == GroupMode::Cohorts &&
                               change.after->type->name == kGroupType;
    if (!is_new_cohort) return {};
    // The last owner may be going at this moment.
    context.transaction.lock_tenant();
    const auto& role = change.policy->owner_role;
    if (!context.transaction.active_members_with_role(role, 1).empty()) return {};
    return failure(ErrorKind::Unavailable, "no " + role + " to own SCIM-provisioned cohorts");
}

}  // namespace rollcall::directory
