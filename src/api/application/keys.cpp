// API keys of members. Deactivation suspends or revokes them, by policy (MOD-04, PLU-07).
#include "access/credential.h"
#include "access/token.h"
#include "api/application/endpoints.h"
#include "audit/record.h"
#include "base/text.h"
#include "directory/sign_in.h"

namespace rollcall::api::application {
namespace {

constexpr size_t kKeysOfMemberMax = 1'000;

json::object shown(const MemberKey& key, Instant now) {
    const bool expired = key.expires && *key.expires <= now;
    json::object shown{{"id", key.id.text()},
                       {"member", key.member.text()},
                       {"name", key.name},
                       {"scope", key.scope},
                       {"state", key.revoked     ? "revoked"
                                 : key.suspended ? "suspended"
                                 : expired       ? "expired"
                                                 : "live"},
                       {"created", format_instant(key.created)}};
    if (key.expires) shown["expires"] = format_instant(*key.expires);
    if (key.revoked) shown["revoked"] = format_instant(*key.revoked);
    return shown;
}

// Characters of scope names (RFC 6749 §3.3), with single blanks between them.
bool is_scope(std::string_view text) {
    if (text.size() > 1'000 || text.starts_with(' ') || text.ends_with(' ')) return false;
    if (text.find("  ") != std::string_view::npos) return false;
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

Result<MemberKey> wanted_key(const Call& call) {
    const auto body = TRY(read_object(call, {"name", "scope", "expires"}));
    MemberKey key;
    key.name = TRY(required_text(body, "name"));
    key.scope = TRY(optional_text(body, "scope")).value_or("");
    if (code_point_count(key.name) > 100 || has_invisible_characters(key.name)) {
        return failure(ErrorKind::InvalidValue, "A key needs a name of 1 to 100 visible characters.");
    }
    if (!is_scope(key.scope)) {
        return failure(ErrorKind::InvalidValue, "\"scope\" must be names with single blanks between them.");
    }
    if (const auto expires = TRY(optional_text(body, "expires"))) {
        key.expires = TRY(access::parse_expiry(*expires));
        if (*key.expires <= call.now()) {
            return failure(ErrorKind::InvalidValue, "The date of expiry lies in the past.");
        }
    }
    return key;
}

}  // namespace

http::Outcome make_key(const CallPointer& call) {
    auto wanted = wanted_key(*call);
    if (!wanted) return problem(wanted.error());
    return write(call, [call, wanted = *wanted](store::Transaction& transaction) -> Result<http::Response> {
        auto& tenant = transaction.tenant(call->caller);
        MemberKey key = wanted;
        key.member = TRY(call->id<ResourceId>("member"));
        TRY_VOID(directory::check_sign_in(tenant, *call->policy, key.member));
        if (tenant.keys_of(key.member).size() >= kKeysOfMemberMax) {
            return failure(ErrorKind::Conflict, "The member has as many keys as a member may have.");
        }
        const Secret token = access::make_token(kKeyPrefix);
        key.id = MemberKeyId::create();
        key.token_hash = sha256(token.reveal());
        key.created = call->now();
        tenant.insert_key(key);
        audit::record(tenant, {call->caller, call->head->id, call->now()}, "key.create",
                      {"key", key.id.text()},
                      audit::payload_of({}, json::object{{"member", key.member.text()}, {"name", key.name}}));
        call->target = key.member.text();
        auto answer = shown(key, call->now());
        answer["token"] = token.reveal();
        return json_answer(201, json::value(std::move(answer)));
    });
}

http::Outcome list_keys(const CallPointer& call) {
    return read(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        auto& tenant = transaction.tenant(call->caller);
        const auto member = TRY(call->id<ResourceId>("member"));
        if (!tenant.find("User", member))
            return failure(ErrorKind::NotFound, "There is nothing with this id.");
        json::array list;
        for (const auto& key : tenant.keys_of(member)) list.push_back(shown(key, call->now()));
        return json_answer(200, json::value(json::object{{"keys", std::move(list)}}));
    });
}

http::Outcome revoke_key(const CallPointer& call) {
    return write(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        auto& tenant = transaction.tenant(call->caller);
        const auto member = TRY(call->id<ResourceId>("member"));
        const auto id = TRY(call->id<MemberKeyId>("key"));
        const auto key = tenant.find_key(id);
        if (!key || key->member != member)
            return failure(ErrorKind::NotFound, "There is nothing with this id.");
        call->target = member.text();
        if (key->revoked) return no_content();
        tenant.revoke_key(id, call->now());
        audit::record(tenant, {call->caller, call->head->id, call->now()}, "key.revoke", {"key", id.text()},
                      audit::payload_of({}, json::object{{"member", member.text()}}));
        return no_content();
    });
}

}  // namespace rollcall::api::application
