#include "directory/verification.h"

#include "directory/members.h"
#include "directory/trail.h"

namespace rollcall::directory {
namespace {

// The account that has verified the address; a new one where there is none.
Result<AccountId> account_of(Context& context, const std::string& email, AccountId own) {
    if (const auto known = context.transaction.find_verified_account(email)) return known->id;
    auto account = own.is_nil() ? std::nullopt : context.transaction.find_account(own);
    // An account that has verified another address keeps that one.
    if (account && account->verified_at) return own;
    if (!account) account = Account{AccountId::create(), {}, std::nullopt, context.now};
    account->email = email;
    account->verified_at = context.now;
    const auto put = context.transaction.put_account(*account);
    if (put) return account->id;
    // Another tenant was quicker.
    if (const auto known = context.transaction.find_verified_account(email)) return known->id;
    return std::unexpected(put.error());
}

}  // namespace

Result<void> verify_email(Context& context, const ResourceType& type, ResourceId id) {
    if (context.caller.channel == Channel::Scim) {
        return failure(ErrorKind::Forbidden, "SCIM does not verify addresses.");
    }
    const auto edit = [&](const Resource& before) -> Result<Edited> {
        const std::string email = email_of(before.attributes);
        if (email.empty())
            return failure(ErrorKind::InvalidValue, "The member has no e-mail address to verify.");
        Edited wanted;
        wanted.attributes = before.attributes;
        wanted.member = before.member;
        wanted.member->email_verified_at = context.now;
        wanted.member->account = TRY(account_of(context, email, before.member->account));
        return wanted;
    };
    TRY_VOID(change_resource(context, type, id, {}, "email.verify", edit));
    return {};
}

void tell_former_address(Context& context, const Resource& before, const Resource& after) {
    const std::string former = email_of(before.attributes);
    if (!before.member->email_verified_at || former.empty() || former == email_of(after.attributes)) return;
    if (context.sends_mail) {
        // While one waits it is for the address before all changes since, whose owner is the one to be told.
        context.transaction.add_mail(
            {after.id, MemberToken::Purpose::AddressChanged, former, context.now, context.now, 0});
    }
    leave_event(context, "user.address_change", "User", after.id,
                context.sends_mail ? R"({"notice":"mail"})" : R"({"notice":"none"})");
}

}  // namespace rollcall::directory
