// Issuing and administering credentials. Used by the command line now and by the admin API.
#pragma once

#include <optional>
#include <string>

#include "access/token.h"
#include "model/policy.h"
#include "store/store.h"

namespace rollcall::access {

struct NewCredential {
    std::string name;  // 1 to 100 characters, for people
    std::string slug;  // optional; [a-z0-9-]{1,63}
    std::optional<Instant> expires;
    ResourceId user = {};             // nil, or whom it belongs to
    std::optional<Right> right = {};  // without: Provision, and ReadSelf for a member
};

struct Issued {
    Credential credential;
    Secret token;  // shown once, by the caller
};

// Errors: InvalidValue (name, slug, a date in the past, a right that does not fit, a user that is unknown or
// not active), Uniqueness (slug).
Result<Issued> issue(store::TenantTransaction& transaction, const NewCredential& wanted, const Policy& policy,
                     Instant now, TenantId tenant);

enum class CredentialChange { Revoke, Disable, Enable };

// `which` is an id or a slug. Errors: NotFound; Conflict for enabling a revoked one: revocation is final.
Result<Credential> change_credential(store::TenantTransaction& transaction, std::string_view which,
                                     CredentialChange change, Instant now);

// "2027-01-31" (the end of that day, UTC) or an RFC 3339 dateTime. Error: InvalidValue.
Result<Instant> parse_expiry(std::string_view text);

// The right of that name among those a credential may have. Error: InvalidValue.
Result<Right> parse_right(std::string_view name);

// Slugs of tenants and credentials: a label of a host name. Error: InvalidValue.
Result<void> check_slug(std::string_view slug);

}  // namespace rollcall::access
