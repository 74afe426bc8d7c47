// Keys of applications, for /api/v1.
#include "access/service_key.h"

#include "access/credential.h"
#include "api/admin/endpoints.h"
#include "api/admin/members.h"
#include "audit/record.h"
#include "directory/policies.h"

namespace rollcall::api::admin {
namespace {

json::object shown(const ServiceKey& key, Instant now) {
    const bool is_expired = key.expires && *key.expires <= now;
    json::array scopes;
    for (const auto name : kScopeNames) {
        if (key.scopes.has(name)) scopes.push_back(json::value(name));
    }
    json::object answer{{"id", key.id.text()},
                        {"name", key.name},
                        {"scopes", std::move(scopes)},
                        {"state", key.revoked  ? "revoked"
                                  : is_expired ? "expired"
                                               : "live"},
                        {"created", format_instant(key.created)}};
    if (key.expires) answer["expires"] = format_instant(*key.expires);
    if (key.revoked) answer["revoked"] = format_instant(*key.revoked);
    if (key.last_used) answer["last_used"] = format_instant(*key.last_used);
    return answer;
}

// What the trail says of a key.
json::object recorded(const ServiceKey& key, Instant now) {
    auto values = shown(key, now);
    for (const auto* name : {"id", "created", "last_used"}) erase_member(values, name);
    return values;
}

}  // namespace

http::Outcome list_service_keys(const CallPointer& call) {
    return read(call, [&](store::Transaction& transaction) -> Result<http::Response> {
        json::array list;
        for (const auto& key : transaction.tenant(call->caller).service_keys()) {
            list.push_back(shown(key, call->now()));
        }
        return json_answer(200, json::value(json::object{{"service_keys", std::move(list)}}));
    });
}

http::Outcome issue_service_key(const CallPointer& call) {
    const auto read = [&]() -> Result<access::NewServiceKey> {
        const auto body = TRY(read_object(*call, {"name", "scopes", "expires"}));
        access::NewServiceKey wanted;
        wanted.name = TRY(required_text(body, "name"));
        if (const auto text = TRY(optional_text(body, "expires")))
            wanted.expires = TRY(access::parse_expiry(*text));
        const auto* scopes = body.if_contains("scopes");
        if (scopes == nullptr || !scopes->is_array()) {
            return failure(ErrorKind::InvalidValue, "\"scopes\" is a list of texts.");
        }
        for (const auto& scope : scopes->as_array()) {
            if (!scope.is_string()) return failure(ErrorKind::InvalidValue, "\"scopes\" is a list of texts.");
            wanted.scopes.emplace_back(scope.as_string());
        }
        return wanted;
    };
    auto wanted = read();
    if (!wanted) return problem(wanted.error());
    if (std::ranges::find(wanted->scopes, "members:write") != wanted->scopes.end() &&
        !check_rank(*call, directory::highest_role(*call->policy))) {
        return problem(
            403,
            "A key with \"members:write\" gives members any role: only an operator or a member whom "
            "nobody ranks above issues it.");
    }
    return write(call, [call, wanted = *wanted](store::Transaction& transaction) -> Result<http::Response> {
        const auto issued =
            TRY(access::issue_service_key(transaction.tenant(call->caller), wanted, call->now()));
        call->target = issued.key.id.text();
        leave_event(*call, transaction, "service-key.issue", "service-key", call->target,
                    audit::payload_of({}, recorded(issued.key, call->now())));
        auto answer = shown(issued.key, call->now());
        answer["token"] = issued.token.reveal();
        return json_answer(201, json::value(std::move(answer)));
    });
}

http::Outcome revoke_service_key(const CallPointer& call) {
    return write(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        const auto [key, changed] = TRY(access::revoke_service_key(
            transaction.tenant(call->caller), call->parameter("service_key"), call->now()));
        call->target = key.id.text();
        if (changed) leave_event(*call, transaction, "service-key.revoke", "service-key", call->target);
        return json_answer(200, json::value(shown(key, call->now())));
    });
}

}  // namespace rollcall::api::admin
