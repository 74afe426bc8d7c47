#include "directory/sign_in.h"

namespace rollcall::directory {

SignIn may_sign_in(store::TenantTransaction& transaction, const Policy& policy, ResourceId id) {
    SignIn answer;
    const auto row = transaction.find("User", id);
    if (!row) return answer;
    answer.known = true;
    const auto member = transaction.find_member(id);
    const bool is_active = member ? member->is_active() : row->active != false;
    if (!is_active) answer.reasons.push_back("inactive");
    if (!member) return answer;
    if (member->removed_at) answer.reasons.push_back("removed");
    if (policy.sign_in_needs_verified_email && !member->email_verified_at)
        answer.reasons.push_back("email_unverified");
    if (!policy.inactive_role.empty() && member->role == policy.inactive_role)
        answer.reasons.push_back("banned");
    return answer;
}

Result<void> check_sign_in(store::TenantTransaction& transaction, const Policy& policy, ResourceId member) {
    const auto answer = may_sign_in(transaction, policy, member);
    if (answer.allowed()) return {};
    if (!answer.known) return failure(ErrorKind::NotFound, "There is nothing with this id.");
    std::string reasons;
    for (const auto reason : answer.reasons) reasons += (reasons.empty() ? "" : ", ") + std::string(reason);
    return failure(ErrorKind::Conflict, "The member may not sign in: " + reasons + ".");
}

}  // namespace rollcall::directory
