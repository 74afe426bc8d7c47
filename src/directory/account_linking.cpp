#include "directory/account_linking.h"

#include "directory/members.h"

namespace rollcall::directory {
namespace {

std::string external_id_of(const Resource& user) {
    const auto* id = user.attributes.if_contains("externalId");
    return id != nullptr && id->is_string() ? std::string(id->get_string()) : std::string();
}

bool may_be_taken_over(const Member& member, const Policy& policy) {
    const bool is_below = rank_of(policy, member.role) <= rank_of(policy, policy.scim_ceiling_role);
    return member.managed == Managed::Manual && member.pre_linked && is_below;
}

}  // namespace

Result<Link> link_person(Context& context, const Resource& user, std::string_view user_name_key) {
    const Policy& policy = context.policy;
    if (policy.linking == Linking::Never) return Link{};
    if (const auto named = context.transaction.user_named(user_name_key)) {
        const auto member = context.transaction.find_member(*named);
        if (member && may_be_taken_over(*member, policy)) return Link{Link::Kind::PreLinked, {}, *named};
    }
    if (policy.linking != Linking::Verified) return Link{};
    const auto account = context.transaction.find_verified_account(email_of(user.attributes));
    if (!account) return Link{};
    if (context.transaction.member_of_account(account->id)) {
        return failure(
            ErrorKind::Uniqueness,
            "Another resource of this tenant has this value of 'emails.value'; use a different one, or "
            "update that resource.");
    }
    return Link{Link::Kind::VerifiedAccount, account->id, {}};
}

std::optional<ResourceId> member_to_revive(Context& context, const Resource& user,
                                           std::string_view user_name_key) {
    const Policy& policy = context.policy;
    if (!policy.revive_deleted || policy.delete_mode != DeleteMode::Soft) return std::nullopt;
    const std::string external_id = external_id_of(user);
    if (external_id.empty()) return std::nullopt;
    const auto removed = context.transaction.removed_member_named(user_name_key);
    if (!removed) return std::nullopt;
    const auto row = context.transaction.find_user(*removed);
    const auto member = context.transaction.find_member(*removed);
    const bool is_same = row && row->external_id == external_id && member && member->managed == Managed::Scim;
    return is_same ? removed : std::nullopt;
}

}  // namespace rollcall::directory
