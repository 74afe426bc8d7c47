#include "directory/rules.h"

namespace rollcall::directory {
namespace {

bool is_active_owner(const Resource* user, const Policy& policy) {
    return user != nullptr && user->member && user->member->is_active() &&
           user->member->role == policy.owner_role;
}

std::vector<ResourceId> two_owners(Context& context, const Policy& policy) {
#ifdef ROLLCALL_CANARIES
    if (context.owners_before_lock != nullptr) return *context.owners_before_lock;
#endif
    // Two owners who leave at once must not both count on the other.
    context.transaction.lock_tenant();
    return context.transaction.active_members_with_role(policy.owner_role, 2);
}

}  // namespace

Result<void> last_owner(const Change& change, Context& context) {
    const Policy& policy = *change.policy;
    if (!policy.last_owner_guard || policy.owner_role.empty()) return {};
    if (!is_active_owner(change.before, policy) || is_active_owner(change.after, policy)) return {};
    const auto owners = two_owners(context, policy);
    const bool has_other =
        std::ranges::any_of(owners, [&](const ResourceId& owner) { return owner != change.before->id; });
    if (has_other) return {};
    return failure(ErrorKind::LastOwner,
                   "This is the last active owner of the tenant. Make somebody else an owner first.");
}

}  // namespace rollcall::directory
