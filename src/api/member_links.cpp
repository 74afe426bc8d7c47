#include "api/member_links.h"

#include "access/member_link.h"
#include "directory/members.h"

namespace rollcall::api {

Result<http::Response> make_link(Call& call, store::Transaction& transaction, const store::ResourceRow& user,
                                 const Member& member, MemberToken::Purpose purpose) {
    using Purpose = MemberToken::Purpose;
    auto& door = transaction.tenant(call.caller);
    if (!member.is_active() || member.removed_at) {
        return failure(ErrorKind::Conflict, "The member is not active.");
    }
    const auto document = parse_json(user.document).value_or(json::object());
    const auto email = directory::email_of(document.as_object());
    if (purpose == Purpose::EmailVerification && email.empty()) {
        return failure(ErrorKind::Conflict, "The member has no e-mail address.");
    }
    call.target = user.id.text();
    leave_event(call, transaction,
                purpose == Purpose::Invitation ? "member.invite" : "member.begin_email_verification",
                "member", call.target);
    json::object answer{{"member", call.target}, {"email", email}};
    if (call.service->sends_mail && !email.empty()) {
        door.put_mail({user.id, purpose, email, call.now(), call.now(), 0});
        return json_answer(202, json::value(std::move(answer)));
    }
    const auto link = access::make_member_link(door, user.id, purpose, email, call.now());
    answer["token"] = link.token.reveal();
    answer["expires"] = format_instant(link.expires);
    return json_answer(201, json::value(std::move(answer)));
}

}  // namespace rollcall::api
