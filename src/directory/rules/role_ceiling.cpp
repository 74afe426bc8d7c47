#include "directory/members.h"
#include "directory/rules.h"

namespace rollcall::directory {

Result<void> role_ceiling(const Change& change, Context&) {
    if (change.after == nullptr || !change.after->member) return {};
    const Policy& policy = *change.policy;
    const Member& after = *change.after->member;
    const bool is_changed = change.before == nullptr || change.before->member->role != after.role;
    const std::string said = role_in(*change.after, policy);
    if (rank_of(policy, after.role) < 0 || (!said.empty() && rank_of(policy, said) < 0)) {
        // A role that was taken out of the policy may stay until somebody changes it.
        if (is_changed) return failure(ErrorKind::InvalidValue, "The role is not one of the tenant's roles.");
        return {};
    }
    const bool is_above = rank_of(policy, after.role) > rank_of(policy, policy.scim_ceiling_role);
    // Who comes back with the role it had is given nothing.
    const bool is_own = change.before != nullptr && change.before->member->previous_role == after.role;
    if (change.caller->channel == Channel::Scim && is_changed && is_above && !is_own) {
        return failure(ErrorKind::InvalidValue,
                       "The role is above the highest one that SCIM may give in this tenant.",
                       "role_above_ceiling");
    }
    return {};
}

}  // namespace rollcall::directory
