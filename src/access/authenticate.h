// From the head of a request to the one who asks. Every failure of a presented credential is the same 401,
// whatever its cause (MOB-09, T30, T31); only the log note tells them apart.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "model/caller.h"
#include "model/policy.h"
#include "store/store.h"

namespace rollcall::access {

// What a request presents, taken from its head.
struct Presented {
    std::string_view authorization;  // the header, trimmed; empty when there is none
    bool token_in_query = false;     // access_token=...: never honoured (P-AUTH-08)
    std::string_view path_tenant;    // slug of /tenants/{slug}; empty when the path names none
    std::string_view host;           // Host header without port
    std::string_view address;
};

struct Authenticated {
    Caller caller;
    Tenant tenant;
    std::shared_ptr<const Policy> policy;
    // Set when the time of last use is older than a minute and should be written.
    bool touch = false;
};

// Settings of the installation.
struct AccessOptions {
    // "example.com": tenants are reached at SLUG.example.com, and every label must be the token's tenant.
    // Empty: a host whose first label is the slug of a tenant must be the token's tenant (MOB-01, T22).
    std::string tenant_domain;
    Clock clock = system_now;
};

// Errors: Unauthorized. The note says why: "no_credentials", "malformed", "unknown", "revoked", "disabled",
// "expired", "tenant_mismatch". Throws store::StoreFailure.
Result<Authenticated> authenticate(store::Transaction& transaction, const Presented& presented,
                                   const AccessOptions& options);

// The token of "Bearer <token>", the scheme in any case (RFC 9110 §11.1); empty when it is something else.
std::string_view bearer_token(std::string_view authorization);

// The tenant's policy. Parsed once by each thread as long as its text stays the same.
std::shared_ptr<const Policy> policy_of(const Tenant& tenant);

// The value of WWW-Authenticate for a 401: without an error code when nothing was presented (RFC 6750 §3.1).
std::string challenge(const Error& error);
// ... for a 403: the right that the credential lacks.
std::string challenge(Right missing);

}  // namespace rollcall::access
