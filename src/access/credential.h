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

// Gives the credential a new token. The one before is good for `overlap_ms` more; with 0 it ends now, and so
// does every other token of the credential. Everything else stays: id, slug, right, what is written about it
// (decision 045). Errors: NotFound; Conflict for a credential that is revoked, or whose tokens an issuer
// signs; InvalidValue for an overlap above 30 days, and for a date of expiry that has passed.
Result<Issued> rotate(store::TenantTransaction& transaction, std::string_view which, int64_t overlap_ms,
                      std::optional<Instant> expires, const Policy& policy, Instant now);

// "24h", "90m", "30s", "7d", "0": milliseconds. Error: InvalidValue.
Result<int64_t> parse_duration(std::string_view text);

// The token has been in use for as long as the tenant wants to be reminded (STD-11).
bool is_due_for_rotation(const Credential& credential, const Policy& policy, Instant now);

enum class CredentialChange { Revoke, Disable, Enable, Quarantine, Confirm };

// `which` is an id or a slug. Quarantine: it is refused until somebody confirms that it is still good,
// whatever else its state is (T36). Errors: NotFound; Conflict for enabling a revoked one: revocation is
// final.
struct ChangedCredential {
    Credential credential;
    bool changed = true;  // false: it was so before, and there is nothing to tell
};
Result<ChangedCredential> change_credential(store::TenantTransaction& transaction, std::string_view which,
                                            CredentialChange change, Instant now);

// Everything that opens the tenant or leaves it, put into quarantine after an older database was restored
// (T36), or confirmed: credentials and service keys that are not revoked, API keys of members (confirmed are
// those of active ones), links that members were sent, mails and alerts that wait to be sent. Sessions end
// with the quarantine, and an open mass change waits for a decision as long as a new one. How many of each.
struct Quarantined {
    int64_t credentials = 0;
    int64_t service_keys = 0;
    int64_t member_keys = 0;
    int64_t links = 0;
    int64_t mails = 0;
    int64_t sessions = 0;
    int64_t all() const { return credentials + service_keys + member_keys + links + mails + sessions; }
};
Quarantined change_quarantine(store::TenantTransaction& transaction, bool begins, Instant now);

// The addresses and blocks the credential may be used from, at most 64; none: all (T32). Errors: NotFound;
// InvalidValue.
Result<ChangedCredential> set_networks(store::TenantTransaction& transaction, std::string_view which,
                                       std::vector<std::string> networks);

// "2027-01-31" (the end of that day, UTC) or an RFC 3339 dateTime. Error: InvalidValue.
Result<Instant> parse_expiry(std::string_view text);

// The right of that name among those a credential may have. Error: InvalidValue.
Result<Right> parse_right(std::string_view name);

// Slugs of tenants and credentials: a label of a host name. Error: InvalidValue.
Result<void> check_slug(std::string_view slug);

}  // namespace rollcall::access
