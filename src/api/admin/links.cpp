// Links to members: an invitation lets a member choose a password, the other one proves its e-mail address
// (MOB-14). With a mail relay it is sent to the member; else the token is given to whoever asked for it, to
// be sent on. It is good once, for a time, and for the address that the member had.
#include "access/authenticate.h"
#include "access/password.h"
#include "access/token.h"
#include "api/admin/endpoints.h"
#include "api/admin/members.h"
#include "api/member_links.h"
#include "directory/members.h"
#include "directory/verification.h"

namespace rollcall::api::admin {
namespace {

using Purpose = MemberToken::Purpose;

std::string email_of(const store::ResourceRow& user) {
    const auto document = parse_json(user.document).value_or(json::object());
    return directory::email_of(document.as_object());
}

std::unexpected<Error> no_such_link() {
    return failure(ErrorKind::NotFound,
                   "The link is unknown, was used, or has expired. Ask for another one.");
}

http::Outcome link(const CallPointer& call, Purpose purpose) {
    return write(call, [call, purpose](store::Transaction& transaction) -> Result<http::Response> {
        const auto found = TRY(find_member(*call, transaction.tenant(call->caller)));
        TRY_VOID(check_rank(*call, found.member.role));
        return make_link(*call, transaction, found.user, found.member, purpose);
    });
}

// Whose link the token is; the call then is about that member and its tenant.
Result<MemberToken> find_link(Call& call, store::Transaction& transaction, std::string_view text,
                              Purpose purpose) {
    if (!access::is_token(text)) return no_such_link();
    const auto token = transaction.find_member_token(sha256(text));
    if (!token || token->purpose != purpose || token->held || token->expires <= call.now())
        return no_such_link();
    for (auto& tenant : transaction.tenants()) {
        if (tenant.id != token->tenant) continue;
        call.caller.tenant = tenant.id;
        call.caller.tenant_slug = tenant.slug;
        call.caller.right = Right::ChangeSelf;
        call.caller.user = token->member;
        call.policy = TRY(access::policy_of(tenant));
        auto& door = transaction.tenant(call.caller);
        const auto member = door.find_member(token->member);
        if (!member || !member->is_active() || member->removed_at) return no_such_link();
        // T4: one that was made for an address is good as long as the member has that one.
        const auto user = door.find_user(token->member);
        if (!user || (!token->email.empty() && email_of(*user) != token->email)) return no_such_link();
        call.target = token->member.text();
        return *token;
    }
    return no_such_link();
}

}  // namespace

http::Outcome invite_member(const CallPointer& call) {
    return link(call, Purpose::Invitation);
}

http::Outcome begin_email_verification(const CallPointer& call) {
    return link(call, Purpose::EmailVerification);
}

http::Outcome accept_invitation(const CallPointer& call) {
    const auto read = [&]() -> Result<std::pair<std::string, std::string>> {
        const auto body = TRY(read_object(*call, {"token", "password"}));
        return std::pair(TRY(required_text(body, "token")), TRY(required_text(body, "password")));
    };
    auto given = read();
    if (!given) return problem(given.error());
    return http::Scan{[call, given = *given] {
        auto& store = call->service->store;
        const auto accept = [&]() -> Result<http::Response> {
            // Looked for before the hash is made, which costs time and memory.
            TRY_VOID(find_link(*call, store.read(), given.first, Purpose::Invitation));
            store.end_read();
            TRY_VOID(access::check_new_password(given.second));
            const auto kept = access::hash_password(given.second);
            Result<void> done;
            store::write_and_wait(store, [&](store::Transaction& transaction) {
                done = {};
                const auto token = find_link(*call, transaction, given.first, Purpose::Invitation);
                if (!token) {
                    done = std::unexpected(token.error());
                    return;
                }
                auto& door = transaction.tenant(call->caller);
                door.end_administration_of(token->member);
                door.set_password(token->member, kept, call->now());
                leave_event(*call, transaction, "member.password", "member", token->member.text());
            });
            TRY_VOID(done);
            return no_content();
        };
        auto answer = accept();
        return answer ? std::move(*answer) : problem(answer.error());
    }};
}

http::Outcome verify_email(const CallPointer& call) {
    return write(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        const auto body = TRY(read_object(*call, {"token"}));
        const auto text = TRY(required_text(body, "token"));
        const auto token = TRY(find_link(*call, transaction, text, Purpose::EmailVerification));
        auto& door = transaction.tenant(call->caller);
        door.remove_member_token(token.member, Purpose::EmailVerification);
        auto access = TRY(open_directory(*call, transaction));
        TRY_VOID(directory::verify_email(access.context, access.type("User"), token.member));
        return json_answer(200,
                           json::value(json::object{{"member", token.member.text()},
                                                    {"email_verified_at", format_instant(call->now())}}));
    });
}

}  // namespace rollcall::api::admin
