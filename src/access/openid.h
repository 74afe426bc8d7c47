// Signing in at the OpenID provider of a tenant: OpenID Connect Core 1.0, authorization code flow with PKCE
// (RFC 7636), state and nonce. What has to be remembered between leaving and coming back is sealed into a
// cookie of the browser, so that nobody comes back who did not leave here, and no server has to be asked
// twice.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "access/key_sets.h"
#include "base/seal.h"
#include "model/identity_provider.h"

namespace rollcall::access {

constexpr int64_t kOpenIdMs = 10 * 60'000;  // from leaving to coming back

// What one attempt is; only the browser that began it has it, sealed.
struct OpenIdAttempt {
    std::string tenant;  // slug
    std::string issuer;
    std::string state;
    std::string nonce;
    std::string verifier;      // PKCE
    std::string redirect_uri;  // where the provider sends the browser
    std::string return_to;     // path of this server, or empty
    bool prove = false;        // the person is to be asked again
    Instant expires;
};
std::string seal_attempt(const Sha256& key, const OpenIdAttempt& attempt);
// Nothing when it is not ours, or has expired.
std::optional<OpenIdAttempt> unseal_attempt(const Sha256& key, std::string_view sealed, Instant now);

// "/console?x=1": a path of this server and nothing that a browser could take for another place.
bool is_own_path(std::string_view text);

// How the secret of a client is kept: sealed with a key that is not in the database.
std::string seal_client_secret(const Sha256& key, TenantId tenant, std::string_view secret);
std::optional<std::string> unseal_client_secret(const Sha256& key, TenantId tenant, std::string_view sealed);

// Who came back.
struct OpenIdPerson {
    std::string subject;
    std::string verified_email;            // empty: none, or the provider has not verified it
    bool has_email = false;                // some address, verified or not
    std::optional<Instant> authenticated;  // when the provider asked
};

// Talks with providers. For threads that may wait; safe on any.
class OpenIdClient {
public:
    OpenIdClient(const outside::Fetcher& fetcher, Clock clock)
        : fetcher_(fetcher), clock_(clock), key_sets_(fetcher, clock) {}

    const outside::Fetcher& fetcher() const { return fetcher_; }

    // Where to send the browser. Errors: Unavailable, when the provider does not say.
    Result<std::string> authorization_url(const IdentityProvider& provider, const OpenIdAttempt& attempt);
    // Changes the code that the browser brought for an ID token, and checks that. `secret` is the client's,
    // or empty. Errors: Unauthorized (the note says why); Unavailable.
    Result<OpenIdPerson> redeem(const IdentityProvider& provider, const OpenIdAttempt& attempt,
                                std::string_view code, std::string_view secret);

    // What an administrator gives: an issuer that may be called and says that it is this issuer. Errors:
    // InvalidValue, Unavailable.
    Result<void> check_issuer(const std::string& issuer);

private:
    struct Discovery {
        std::string authorization_endpoint;
        std::string token_endpoint;
        std::string jwks_uri;
        bool secret_in_form = false;  // client_secret_post is taken and client_secret_basic is not
        Instant fetched;
    };
    Result<Discovery> discover(const std::string& issuer);
    Result<std::string> id_token(const IdentityProvider& provider, const Discovery& at,
                                 const OpenIdAttempt& attempt, std::string_view code,
                                 std::string_view secret);

    const outside::Fetcher& fetcher_;
    const Clock clock_;
    KeySets key_sets_;
    std::mutex mutex_;
    std::map<std::string, Discovery> known_;
};

}  // namespace rollcall::access
