// Service keys: issuing, revoking, and who presents one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "access/authenticate.h"
#include "access/token.h"
#include "model/policy.h"
#include "store/store.h"

namespace rollcall::access {

inline constexpr std::string_view kServiceKeyPrefix = "rc_app_";

struct NewServiceKey {
    std::string name;                 // 1 to 100 characters, for people
    std::vector<std::string> scopes;  // at least one of kScopeNames
    std::optional<Instant> expires;
};

struct IssuedServiceKey {
    ServiceKey key;
    Secret token;  // shown once, by the caller
};

// Errors: InvalidValue (name, scope, a date in the past).
Result<IssuedServiceKey> issue_service_key(store::TenantTransaction& transaction, const NewServiceKey& wanted,
                                           Instant now);

// Final; a key that is revoked already stays as it is. `which` is its id. Errors: NotFound.
struct RevokedServiceKey {
    ServiceKey key;
    bool changed = true;  // false: it was revoked before
};
Result<RevokedServiceKey> revoke_service_key(store::TenantTransaction& transaction, std::string_view which,
                                             Instant now);

struct AuthenticatedService {
    ServiceKey key;
    Tenant tenant;
    std::shared_ptr<const Policy> policy;
    bool touch = false;  // the time of last use is older than a minute and should be written
};

// `host`: the one the request names; where that names a tenant, it must be the key's (T22). Errors:
// Unauthorized, one for every failure of what was presented; Forbidden for a credential of an identity
// provider that works (T16). The note says why. Throws store::StoreFailure.
Result<AuthenticatedService> authenticate_service_key(store::Transaction& transaction,
                                                      std::string_view authorization, std::string_view host,
                                                      const AccessOptions& options, Instant now);

}  // namespace rollcall::access
