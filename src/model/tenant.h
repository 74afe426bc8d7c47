// Rows of the two nouns that requests are ascribed to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/secret.h"
#include "base/time.h"
#include "model/caller.h"

namespace rollcall {

struct Tenant {
    TenantId id;
    std::string slug;     // [a-z0-9][a-z0-9-]{0,62}: the label of a subdomain
    std::string profile;  // name of the profile it started from
    std::string policy;   // JSON object: the complete policy values
    Instant created;
    bool enabled = true;  // false: 404 on all of /scim (MOB-10)
    int64_t schema_version =
        0;  // grows by one with every change of the tenant's own schemas; 0: it never had any
};

// Which of the tokens of a credential was presented (store/credentials.h).
enum class TokenKind {
    Own,
    Previous,  // of before a rotation; good until the overlap ends
    Access,    // given by POST /oauth/token for a short time
};

struct Credential {
    CredentialId id;
    TenantId tenant;
    std::string name;
    std::string slug;  // optional, unique in the tenant; empty when not given
    Sha256 token_hash;
    Instant created;
    std::optional<Instant> expires;
    bool enabled = true;
    std::optional<Instant> revoked;
    std::optional<Instant> paused;  // set: answered with 503 until an administrator enables it
    std::optional<Instant> last_used;
    std::string last_used_address;
    ResourceId user;  // nil, or the user it belongs to: then `right` is one of a member
    Right right = Right::Provision;
    std::vector<std::string>
        networks;  // addresses and blocks it may be used from (T32); empty: from everywhere
    std::optional<Instant> quarantined;   // since then nobody has confirmed that it is still good (T36): 401
    std::optional<Instant> token_issued;  // when its present token was made; empty: with the credential
    // Where it was found by a token other than its own, `token_hash` is that of the token and `expires` is
    // the earlier of both; such a Credential is not to be stored.
    TokenKind found_by = TokenKind::Own;
    friend bool operator==(const Credential&, const Credential&) = default;
};

}  // namespace rollcall
