// Credentials of identity providers (MOB-08, MOB-19, MOD-07, PLU-02). A token is shown by the request that
// makes it, and never again.
#include "api/admin/credentials.h"

#include "access/authenticate.h"
#include "access/credential.h"
#include "api/admin/endpoints.h"
#include "audit/record.h"

namespace rollcall::api::admin {
namespace {

std::string_view state_of(const Credential& credential, Instant now) {
    const char* reason = access::reason_to_refuse(credential, now);
    if (reason == nullptr) return credential.paused ? "paused" : "live";
    return reason;
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
    json::array networks;
    for (const auto& network : credential.networks) networks.push_back(json::value(network));
    if (!networks.empty()) answer["networks"] = std::move(networks);
    if (!credential.last_used_address.empty()) answer["last_used_address"] = credential.last_used_address;
    return answer;
}

// What the trail says of a credential: nothing that changes with each use, and no token.
json::object recorded(const Credential& credential, Instant now) {
    auto values = shown(credential, now);
    for (const auto* name : {"id", "created", "last_used", "last_used_address"}) erase_member(values, name);
    return values;
}

http::Outcome change(const CallPointer& call, access::CredentialChange wanted, std::string_view action) {
    return write(call, [call, wanted, action](store::Transaction& transaction) -> Result<http::Response> {
        auto& door = transaction.tenant(call->caller);
        const auto before = TRY(find_credential(*call, door));
        const auto [changed, is_changed] =
            TRY(access::change_credential(door, call->parameter("credential"), wanted, call->now()));
        call->target = changed.id.text();
        if (is_changed) {
            leave_event(*call, transaction, action, "credential", call->target,
                        audit::payload_of(recorded(before, call->now()), recorded(changed, call->now())));
        }
        return json_answer(200, json::value(shown(changed, call->now())));
    });
}

}  // namespace

Result<Credential> find_credential(const Call& call, store::TenantTransaction& door) {
    const auto& which = call.parameter("credential");
    for (auto& credential : door.credentials()) {
        if (credential.id.text() == which || (!credential.slug.empty() && credential.slug == which))
            return std::move(credential);
    }
    return failure(ErrorKind::NotFound, "The tenant has no credential with this id or slug.");
}

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
        leave_event(*call, transaction, "credential.issue", "credential", call->target,
                    audit::payload_of({}, recorded(issued.credential, call->now())));
        auto answer = shown(issued.credential, call->now());
        answer["token"] = issued.token.reveal();
        return json_answer(201, json::value(std::move(answer)));
    });
}

http::Outcome get_credential(const CallPointer& call) {
    return read(call, [&](store::Transaction& transaction) -> Result<http::Response> {
        const auto credential = TRY(find_credential(*call, transaction.tenant(call->caller)));
        return json_answer(200, json::value(shown(credential, call->now())));
    });
}

http::Outcome rotate_credential(const CallPointer& call) {
    struct Wanted {
        int64_t overlap_ms = 0;
        std::optional<Instant> expires;
    };
    const auto read = [&]() -> Result<Wanted> {
        const auto body = TRY(read_object(*call, {"overlap", "expires"}));
        Wanted wanted;
        wanted.overlap_ms = TRY(access::parse_duration(TRY(optional_text(body, "overlap")).value_or("24h")));
        if (const auto text = TRY(optional_text(body, "expires")))
            wanted.expires = TRY(access::parse_expiry(*text));
        return wanted;
    };
    auto wanted = read();
    if (!wanted) return problem(wanted.error());
    return write(call, [call, wanted = *wanted](store::Transaction& transaction) -> Result<http::Response> {
        auto& door = transaction.tenant(call->caller);
        const auto before = TRY(find_credential(*call, door));
        const auto issued = TRY(access::rotate(door, call->parameter("credential"), wanted.overlap_ms,
                                               wanted.expires, *call->policy, call->now()));
        call->target = issued.credential.id.text();
        json::object now = recorded(issued.credential, call->now());
        auto answer = shown(issued.credential, call->now());
        answer["token"] = issued.token.reveal();
        if (wanted.overlap_ms > 0) {
            const auto until = format_instant(Instant{call->now().ms + wanted.overlap_ms});
            answer["previous_until"] = now["previous_until"] = until;
        }
        leave_event(*call, transaction, "credential.rotate", "credential", call->target,
                    audit::payload_of(recorded(before, call->now()), now));
        return json_answer(200, json::value(std::move(answer)));
    });
}

http::Outcome enable_credential(const CallPointer& call) {
    return change(call, access::CredentialChange::Enable, "credential.enable");
}
http::Outcome disable_credential(const CallPointer& call) {
    return change(call, access::CredentialChange::Disable, "credential.disable");
}
http::Outcome quarantine_credential(const CallPointer& call) {
    return change(call, access::CredentialChange::Quarantine, "credential.quarantine");
}
http::Outcome confirm_credential(const CallPointer& call) {
    return change(call, access::CredentialChange::Confirm, "credential.confirm");
}

http::Outcome set_credential_networks(const CallPointer& call) {
    const auto read = [&]() -> Result<std::vector<std::string>> {
        const auto body = TRY(read_object(*call, {"networks"}));
        const auto* list = body.if_contains("networks");
        std::vector<std::string> networks;
        const auto wrong = [] {
            return failure(ErrorKind::InvalidValue, "\"networks\" is a list of texts.");
        };
        if (list == nullptr || !list->is_array()) return wrong();
        for (const auto& one : list->get_array()) {
            if (!one.is_string()) return wrong();
            networks.emplace_back(one.get_string());
        }
        return networks;
    };
    auto networks = read();
    if (!networks) return problem(networks.error());
    return write(
        call, [call, networks = *networks](store::Transaction& transaction) -> Result<http::Response> {
            auto& door = transaction.tenant(call->caller);
            const auto before = TRY(find_credential(*call, door));
            const auto [changed, is_changed] =
                TRY(access::set_networks(door, call->parameter("credential"), networks));
            call->target = changed.id.text();
            if (is_changed) {
                leave_event(*call, transaction, "credential.networks", "credential", call->target,
                            audit::payload_of(recorded(before, call->now()), recorded(changed, call->now())));
            }
            return json_answer(200, json::value(shown(changed, call->now())));
        });
}

http::Outcome revoke_credential(const CallPointer& call) {
    return change(call, access::CredentialChange::Revoke, "credential.revoke");
}

}  // namespace rollcall::api::admin
