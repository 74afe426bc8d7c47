// Credentials of identity providers (MOB-08, MOB-19, MOD-07, PLU-02). A token is shown by the request that
// makes it, and never again.
#include "access/credential.h"
#include "api/admin/endpoints.h"

namespace rollcall::api::admin {
namespace {

std::string_view state_of(const Credential& credential, Instant now) {
    if (credential.revoked) return "revoked";
    if (!credential.enabled) return "disabled";
    return credential.expires && *credential.expires <= now ? "expired" : "live";
}

json::object shown(const Credential& credential, Instant now) {
    json::object answer{{"id", credential.id.text()},
                        {"name", credential.name},
                        {"right", right_name(credential.right)},
                        {"state", state_of(credential, now)},
                        {"created", format_instant(credential.created)}};
    const auto add_time = [&](const char* name, const std::optional<Instant>& time) {
        if (time) answer[name] = format_instant(*time);
    };
    if (!credential.slug.empty()) answer["slug"] = credential.slug;
    if (!credential.user.is_nil()) answer["user"] = credential.user.text();
    add_time("expires", credential.expires);
    add_time("revoked", credential.revoked);
    add_time("last_used", credential.last_used);
    if (!credential.last_used_address.empty()) answer["last_used_address"] = credential.last_used_address;
    return answer;
}

http::Outcome change(const CallPointer& call, access::CredentialChange wanted) {
    return write(call, [call, wanted](store::Transaction& transaction) -> Result<http::Response> {
        const auto changed = TRY(access::change_credential(
            transaction.tenant(call->caller), call->parameter("credential"), wanted, call->now()));
        call->target = changed.id.text();
        return json_answer(200, json::value(shown(changed, call->now())));
    });
}

}  // namespace

http::Outcome list_credentials(const CallPointer& call) {
    return read(call, [&](store::Transaction& transaction) -> Result<http::Response> {
        json::array list;
        for (const auto& credential : transaction.tenant(call->caller).credentials()) {
            list.push_back(shown(credential, call->now()));
        }
        return json_answer(200, json::value(json::object{{"credentials", std::move(list)}}));
    });
}

http::Outcome issue_credential(const CallPointer& call) {
    const auto read = [&]() -> Result<access::NewCredential> {
        const auto body = TRY(read_object(*call, {"name", "slug", "expires", "right"}));
        access::NewCredential wanted;
        wanted.name = TRY(required_text(body, "name"));
        wanted.slug = TRY(optional_text(body, "slug")).value_or("");
        if (const auto text = TRY(optional_text(body, "expires")))
            wanted.expires = TRY(access::parse_expiry(*text));
        if (const auto text = TRY(optional_text(body, "right")))
            wanted.right = TRY(access::parse_right(*text));
        return wanted;
    };
    auto wanted = read();
    if (!wanted) return problem(wanted.error());
    return write(call, [call, wanted = *wanted](store::Transaction& transaction) -> Result<http::Response> {
        const auto issued = TRY(access::issue(transaction.tenant(call->caller), wanted, *call->policy,
                                              call->now(), call->caller.tenant));
        call->target = issued.credential.id.text();
        auto answer = shown(issued.credential, call->now());
        answer["token"] = issued.token.reveal();
        return json_answer(201, json::value(std::move(answer)));
    });
}

http::Outcome get_credential(const CallPointer& call) {
    return read(call, [&](store::Transaction& transaction) -> Result<http::Response> {
        const auto& which = call->parameter("credential");
        for (const auto& credential : transaction.tenant(call->caller).credentials()) {
            if (credential.id.text() != which && (credential.slug.empty() || credential.slug != which))
                continue;
            return json_answer(200, json::value(shown(credential, call->now())));
        }
        return failure(ErrorKind::NotFound, "The tenant has no credential with this id or slug.");
    });
}

http::Outcome enable_credential(const CallPointer& call) {
    return change(call, access::CredentialChange::Enable);
}
http::Outcome disable_credential(const CallPointer& call) {
    return change(call, access::CredentialChange::Disable);
}
http::Outcome revoke_credential(const CallPointer& call) {
    return change(call, access::CredentialChange::Revoke);
}

}  // namespace rollcall::api::admin
