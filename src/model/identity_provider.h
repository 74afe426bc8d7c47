// Where administrators of a tenant sign in besides with a password (OpenID Connect), and who they are there.
#pragma once

#include <string>

#include "base/ids.h"
#include "base/time.h"

namespace rollcall {

// The one OpenID provider of a tenant.
struct IdentityProvider {
    std::string issuer;         // as its discovery document and its tokens say it
    std::string client_id;      // what it knows this server as
    std::string client_secret;  // sealed (access/sealing.h); empty: a public client
    bool match_email = false;   // an unknown subject is the member that has verified the same address
    Instant created;
    friend bool operator==(const IdentityProvider&, const IdentityProvider&) = default;
};

// A person at the provider who is that member here.
struct ProviderSubject {
    std::string issuer;
    std::string subject;  // the claim sub
    ResourceId member;
    Instant created;
    friend bool operator==(const ProviderSubject&, const ProviderSubject&) = default;
};

}  // namespace rollcall
