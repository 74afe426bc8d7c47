// Public keys of issuers and the algorithms they verify.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace rollcall::access {

struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using KeyHandle = std::unique_ptr<EVP_PKEY, FreeKey>;

// RFC 7518 §3, RFC 8037. There is no row for "none" and none for a shared secret.
struct JwtAlgorithm {
    std::string_view name;
    std::string_view key_type;  // of OpenSSL: "RSA", "EC", "ED25519"
    const char* digest;         // null: the algorithm has its own
    bool is_pss;
    size_t coordinate_bytes;  // EC: half of the signature
    std::string_view curve;   // EC: OpenSSL's name
};

// Null when there is none of that name.
const JwtAlgorithm* jwt_algorithm(std::string_view name);
// What a key of that kind is used with unless said otherwise; null for kinds that are not taken.
const JwtAlgorithm* usual_algorithm(EVP_PKEY* key);

class IssuerKey {
public:
    IssuerKey(std::string key_id, const JwtAlgorithm& key_algorithm, KeyHandle handle)
        : kid(std::move(key_id)), algorithm(key_algorithm), handle_(std::move(handle)) {}
    bool verifies(std::string_view signed_part, std::string_view signature) const;
    std::string pem() const;

    const std::string kid;  // empty: the key has no name
    const JwtAlgorithm& algorithm;

private:
    KeyHandle handle_;
};

// Errors: InvalidValue, saying what is wrong with the key.
Result<std::shared_ptr<const IssuerKey>> key_from_pem(std::string_view pem, std::string_view algorithm,
                                                      std::string_view kid);
Result<std::shared_ptr<const IssuerKey>> key_from_jwk(const json::object& jwk);

}  // namespace rollcall::access
