#include "directory/activation.h"

namespace rollcall::directory {
namespace {

std::string actor_of(const Caller& caller) {
    if (!caller.user.is_nil()) return "member " + caller.user.text();
    if (caller.channel == Channel::Application) return "application " + caller.credential.text();
    if (!caller.credential.is_nil()) return "credential " + caller.credential.text();
    return "operator";
}

}  // namespace

void deactivate(Member& member, const Caller& caller, const Policy& policy, Instant now) {
    if (!member.is_active()) return;
    member.deactivated_at = now;
    member.deactivated_by = actor_of(caller);
    member.previous_role = member.role;
    if (!policy.inactive_role.empty()) member.role = policy.inactive_role;
}

void activate(Member& member, const Policy& policy) {
    if (member.is_active()) return;
    member.deactivated_at.reset();
    member.deactivated_by.clear();
    const bool returns = policy.role_on_return == RoleOnReturn::Previous && !member.previous_role.empty();
    member.role = returns ? member.previous_role : policy.default_role;
    member.previous_role.clear();
}

void end_access(Context& context, ResourceId member, bool may_be_undone) {
    auto& transaction = context.transaction;
    transaction.revoke_credentials_of(member, context.now);
    transaction.end_sessions_of(member);
    transaction.end_administration_of(member);
    if (may_be_undone || context.policy.keys_on_return == KeysOnReturn::Revive) {
        transaction.suspend_keys_of(member, context.now);
    } else {
        transaction.revoke_keys_of(member, context.now);
    }
}

void restore_access(Context& context, ResourceId member) {
    if (context.policy.keys_on_return == KeysOnReturn::Revive) {
        context.transaction.resume_keys_of(member);
    } else {
        context.transaction.revoke_keys_of(member, context.now);
    }
}

}  // namespace rollcall::directory
