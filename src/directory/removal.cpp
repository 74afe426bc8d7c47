#include "directory/removal.h"

#include "directory/activation.h"

namespace rollcall::directory {

bool is_kept(const Resource& user, const Policy& policy) {
    return user.member && !user.member->removed_at && policy.delete_mode == DeleteMode::Soft;
}

Resource removed_softly(const Resource& user, std::string name_key, Context& context) {
    Resource after = user;
    deactivate(*after.member, context.caller, context.policy, context.now);
    after.member->removed_at = context.now;
    after.member->removed_name = std::move(name_key);
    after.member->pre_linked = false;
    after.attributes["active"] = false;
    return after;
}

void take_over(Resource& user, Context& context) {
    Member& member = *user.member;
    member.managed = Managed::Scim;
    member.pre_linked = false;
    if (!member.removed_at) return;
    activate(member, context.policy);
    member.role = context.policy.default_role;
    member.removed_at.reset();
    member.removed_name.clear();
    member.email_verified_at.reset();
    context.transaction.leave_groups(user.id);
}

}  // namespace rollcall::directory
