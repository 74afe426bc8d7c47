// Signed tokens (JWT, RFC 7519; JWS compact form, RFC 7515) as credentials: STD-04, threat T28. The key fixes
// the algorithm, and the token only says which of the tenant's keys it was signed with: nothing in its header
// can bring a key, an address of one, or a weaker algorithm. On OpenSSL's EVP: it verifies, reads PEM and JWK
// numbers, and is linked already; libjwt and cjose take the algorithm or the key from the header unless told
// otherwise.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "store/credentials.h"

namespace rollcall::access {

// A JWT taken apart; nothing of it is proven. `signed_part` points into the text it was read from.
struct Jwt {
    json::object header;
    json::object claims;
    std::string_view signed_part;
    std::string signature;
};

constexpr size_t kJwtBytesMax = 8 * 1024;
constexpr int64_t kJwtLifeMs = 24 * 3'600'000;  // `exp` may lie so far ahead
constexpr int64_t kJwtSkewMs = 60'000;

// Three parts between dots.
bool looks_like_jwt(std::string_view token);

// Errors: Unauthorized, noted "jwt_form".
Result<Jwt> parse_jwt(std::string_view token);

// A key of an issuer, ready to verify with. Immutable; safe on any thread.
class IssuerKey;
using IssuerKeys = std::vector<std::shared_ptr<const IssuerKey>>;

// From the text in IssuerRow::keys. Keys that cannot be read are left out.
IssuerKeys read_issuer_keys(std::string_view json_text);

// What stands in a file of keys, as the text of IssuerRow::keys: a public key or a certificate (PEM), or a
// JWK Set (RFC 7517). `algorithm` and `kid` are for PEM, and may be empty: RSA means RS256, P-256 ES256,
// P-384 ES384, Ed25519 EdDSA. Errors: InvalidValue for private and symmetric keys, RSA below 2048 bits, other
// curves, an algorithm that does not fit the key, no key, more than 20.
Result<std::string> import_keys(std::string_view file, std::string_view algorithm, std::string_view kid);

// The keys for signatures in a JWK Set that was fetched, in the same form. Keys that cannot be used are left
// out, since providers add kinds that older programs do not know (RFC 7517 §5). Errors: InvalidValue, when
// none is left, or more than 20.
Result<std::string> import_key_set(std::string_view document);

// One of the keys has the name that the header gives; true for a header without a name when there is a key.
bool has_key_for(const Jwt& jwt, const IssuerKeys& keys);

// Header and signature. Errors: Unauthorized, noted "jwt_header", "jwt_key", "jwt_signature".
Result<void> check_signature(const Jwt& jwt, const IssuerKeys& keys);

// aud, exp (at most 24 h ahead), nbf, iat and the tenant's claim; iss is what the row was found by. Errors:
// Unauthorized, noted "jwt_audience", "jwt_time", "jwt_tenant".
Result<void> check_claims(const Jwt& jwt, const store::IssuerRow& issuer, Instant now);

// What an ID token must say (OpenID Connect Core §3.1.3.7).
struct IdTokenWanted {
    std::string_view issuer;
    std::string_view client_id;
    std::string_view nonce;
};
// iss, aud, azp, exp, iat, nbf, nonce, sub. Errors: Unauthorized, noted "jwt_audience", "jwt_time",
// "jwt_nonce", "jwt_subject".
Result<void> check_id_token(const Jwt& jwt, const IdTokenWanted& wanted, Instant now);

// The tenant's claim of `jwt` says what the row wants.
bool names_tenant(const Jwt& jwt, const store::IssuerRow& issuer);

}  // namespace rollcall::access
