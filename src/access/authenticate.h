// From the head of a request to the one who asks. Every failure of a presented credential is the same 401,
// whatever its cause (MOB-09, T30, T31); only the log note tells them apart.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "access/presented.h"
#include "model/caller.h"
#include "model/policy.h"
#include "store/store.h"

namespace rollcall::access {

// The one answer to every credential that is not accepted; `reason` is the note.
std::unexpected<Error> refused(const char* reason);

// The answer to a credential that waits until an administrator enables it again.
Error paused();

struct Authenticated {
    Caller caller;
    Tenant tenant;
    std::shared_ptr<const Policy> policy;
    // Set when the time of last use is older than a minute and should be written.
    bool touch = false;
    int64_t token_age_ms = 0;  // since the token was made
    bool is_paused = false;    // an administrator lets it wait: 503 (Credential::paused)
};

// Settings of the installation.
struct AccessOptions {
    // "example.com": tenants are reached at SLUG.example.com, and every label must be the token's tenant.
    // Empty: a host whose first label is the slug of a tenant must be the token's tenant (MOB-01, T22).
    std::string tenant_domain;
    Clock clock = system_now;
    // Fetches keys of issuers again; null: nobody does.
    class KeyRefresh* key_refresh = nullptr;
};

// `presented` holds at most one credential (check_one_credential). Errors: Unauthorized. The note says why:
// "no_credentials", "token_in_query", "malformed", "unknown", "revoked", "disabled", "expired",
// "quarantined", "network", "tenant_mismatch", "user_name", "way_off" (the tenant does not take Basic or
// X-API-Key), or one of jwt.h. Throws store::StoreFailure.
Result<Authenticated> authenticate(store::Transaction& transaction, const Presented& presented,
                                   const AccessOptions& options);

// True unless the host names another tenant than this one.
bool host_agrees(store::Transaction& transaction, std::string_view host, const Tenant& tenant,
                 const AccessOptions& options);

// The token of "Bearer <token>", the scheme in any case (RFC 9110 §11.1); empty when it is something else.
std::string_view bearer_token(std::string_view authorization);

// Why the credential is not good at `now`, whatever its token: "revoked", "quarantined" (T36), "disabled",
// "expired"; null when it is.
const char* reason_to_refuse(const Credential& credential, Instant now);

// The address is in one of the networks of the policy, and in one of those of the credential; where there are
// none, every address is (T32).
bool may_come_from(const Credential& credential, const Policy& policy, std::string_view address);

// The tenant that path or host name; none when they name none, or one that is not there.
std::optional<Tenant> named_tenant(store::Transaction& transaction, const Presented& presented,
                                   const AccessOptions& options);

// From now on deleting is hard in tenants whose policy says soft and has delete_follows_setting (PLU-08): the
// operator's word for all of them. Before the first request.
void delete_hard_where_followed();

// The values in effect for a tenant; parsed once for each text and thread. Error: Unavailable (note kPolicyUnreadable),
// and a line in the log once a minute, when this program cannot read them: no other values hold in their place.
Result<std::shared_ptr<const Policy>> policy_of(const Tenant& tenant);

// The value of WWW-Authenticate for a 401: without an error code when nothing was presented (RFC 6750 §3.1).
std::string challenge(const Error& error);
// ... for a 403: the right that the credential lacks.
std::string challenge(Right missing);

}  // namespace rollcall::access
