#include "access/service_key.h"

#include "access/authenticate.h"
#include "base/text.h"

namespace rollcall::access {
namespace {

constexpr int64_t kTouchAfterMs = 60'000;

std::unexpected<Error> refused_key(const char* reason) {
    return failure(ErrorKind::Unauthorized, "The service key is missing, wrong, expired or revoked.", reason);
}

const char* reason_to_refuse(const ServiceKey& key, const Sha256& digest, Instant now) {
    if (!equal_in_constant_time(as_bytes(key.token_hash), as_bytes(digest))) return "unknown";
    if (key.revoked) return "revoked";
    if (key.quarantined) return "quarantined";
    if (key.expires && *key.expires <= now) return "expired";
    return nullptr;
}

bool is_live_credential(store::Transaction& transaction, const Sha256& digest, Instant now) {
    const auto found = transaction.find_credential(digest);
    if (!found) return false;
    const auto& credential = found->first;
    return credential.enabled && !credential.revoked && (!credential.expires || *credential.expires > now);
}

}  // namespace

Result<IssuedServiceKey> issue_service_key(store::TenantTransaction& transaction, const NewServiceKey& wanted,
                                           Instant now) {
    if (trim(wanted.name).empty() || code_point_count(wanted.name) > 100 ||
        has_invisible_characters(wanted.name)) {
        return failure(ErrorKind::InvalidValue, "A service key needs a name of 1 to 100 visible characters.");
    }
    ServiceKey key;
    for (const auto& scope : wanted.scopes) {
        if (key.scopes.add(scope)) continue;
        std::string names;
        for (const auto name : kScopeNames) names += (names.empty() ? "" : ", ") + std::string(name);
        return failure(ErrorKind::InvalidValue, "There is no such scope. There are: " + names + ".");
    }
    if (key.scopes.empty()) return failure(ErrorKind::InvalidValue, "A service key needs a scope.");
    if (wanted.expires && *wanted.expires <= now) {
        return failure(ErrorKind::InvalidValue, "The date of expiry lies in the past.");
    }
    Secret token = make_token(kServiceKeyPrefix);
    key.id = ServiceKeyId::create();
    key.name = wanted.name;
    key.token_hash = sha256(token.reveal());
    key.created = now;
    key.expires = wanted.expires;
    transaction.insert_service_key(key);
    return IssuedServiceKey{std::move(key), std::move(token)};
}

Result<RevokedServiceKey> revoke_service_key(store::TenantTransaction& transaction, std::string_view which,
                                             Instant now) {
    for (auto& key : transaction.service_keys()) {
        if (key.id.text() != which) continue;
        if (key.revoked) return RevokedServiceKey{std::move(key), false};
        key.revoked = now;
        TRY_VOID(transaction.update_service_key(key));
        return RevokedServiceKey{std::move(key)};
    }
    return failure(ErrorKind::NotFound, "The tenant has no service key with this id.");
}

Result<AuthenticatedService> authenticate_service_key(store::Transaction& transaction,
                                                      std::string_view authorization, std::string_view host,
                                                      const AccessOptions& options, Instant now) {
    if (authorization.empty()) return refused_key("no_credentials");
    const auto token = bearer_token(authorization);
    if (!is_token(token)) return refused_key("malformed");
    const auto digest = sha256(token);
    auto found = transaction.find_service_key(digest);
    if (!found) {
        if (!is_live_credential(transaction, digest, now)) return refused_key("unknown");
        return failure(ErrorKind::Forbidden, "The credential of an identity provider is good for SCIM only.");
    }
    auto& [key, tenant] = *found;
    if (const char* reason = reason_to_refuse(key, digest, now)) return refused_key(reason);
    if (!host_agrees(transaction, host, tenant, options)) return refused_key("tenant_mismatch");
    AuthenticatedService result;
    result.touch = !key.last_used || key.last_used->ms + kTouchAfterMs <= now.ms;
    result.policy = TRY(policy_of(tenant));
    result.key = std::move(key);
    result.tenant = std::move(tenant);
    return result;
}

}  // namespace rollcall::access
