// Administering the OpenID provider of a tenant: for the command line and the admin API.
#pragma once

#include <optional>
#include <string>

#include "base/secret.h"
#include "model/identity_provider.h"
#include "store/store.h"

namespace rollcall::access {

// How the client's secret is stored; empty for none. Error: InvalidValue when there is no key to seal it
// with.
Result<std::string> sealed_client_secret(const std::optional<Sha256>& sealing_key, TenantId tenant,
                                         std::string_view secret);

// The texts of it; whether the issuer answers is for OpenIdClient::check_issuer(). Error: InvalidValue.
Result<void> check_provider(const IdentityProvider& provider);

// Who the member is at the provider of the tenant, in the place of what is known; no subject: nobody. Errors:
// NotFound without a provider; InvalidValue; Uniqueness when the subject is another member.
Result<void> link_subject(store::TenantTransaction& door, ResourceId member,
                          const std::optional<std::string>& subject, Instant now);

}  // namespace rollcall::access
