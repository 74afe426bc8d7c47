#include "access/jwt_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>

#include "base/secret.h"

namespace rollcall::access {
namespace {

template <auto free>
struct Free {
    template <class T>
    void operator()(T* object) const {
        free(object);
    }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free>>;
using Number = std::unique_ptr<BIGNUM, Free<BN_free>>;

constexpr int kRsaBitsMin = 2048;
constexpr int kRsaBitsMax = 8192;
constexpr size_t kKidCharactersMax = 256;

constexpr JwtAlgorithm kAlgorithms[] = {
    {"RS256", "RSA", "SHA256", false, 0, ""},
    {"RS384", "RSA", "SHA384", false, 0, ""},
    {"RS512", "RSA", "SHA512", false, 0, ""},
    {"PS256", "RSA", "SHA256", true, 0, ""},
    {"PS384", "RSA", "SHA384", true, 0, ""},
    {"PS512", "RSA", "SHA512", true, 0, ""},
    {"ES256", "EC", "SHA256", false, 32, "prime256v1"},
    {"ES384", "EC", "SHA384", false, 48, "secp384r1"},
    {"EdDSA", "ED25519", nullptr, false, 0, ""},
};

std::unexpected<Error> unusable(const char* sentence) {
    ERR_clear_error();
    return failure(ErrorKind::InvalidValue, sentence);
}

std::string curve_of(EVP_PKEY* key) {
    char name[64] = "";
    size_t size = 0;
    if (EVP_PKEY_get_group_name(key, name, sizeof name, &size) != 1) return {};
    return {name, size};
}

bool fits(const JwtAlgorithm& algorithm, EVP_PKEY* key) {
    if (EVP_PKEY_is_a(key, std::string(algorithm.key_type).c_str()) != 1) return false;
    return algorithm.curve.empty() || curve_of(key) == algorithm.curve;
}

// r and s side by side, as RFC 7518 §3.4 writes them, in the form OpenSSL reads.
std::string der_signature(std::string_view raw) {
    std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>> pair(ECDSA_SIG_new());
    const auto* bytes = reinterpret_cast<const unsigned char*>(raw.data());
    const int half = static_cast<int>(raw.size() / 2);
    Number r(BN_bin2bn(bytes, half, nullptr)), s(BN_bin2bn(bytes + half, half, nullptr));
    if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return {};
    (void)r.release();
    (void)s.release();
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(pair.get(), &der);
    std::string out;
    if (size > 0) out.assign(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
    OPENSSL_free(der);
    return out;
}

Result<std::shared_ptr<const IssuerKey>> make_key(KeyHandle handle, std::string_view algorithm,
                                                  std::string_view kid) {
    if (kid.size() > kKidCharactersMax)
        return unusable("The name of a key (kid) has at most 256 characters.");
    const auto* used = algorithm.empty() ? usual_algorithm(handle.get()) : jwt_algorithm(algorithm);
    if (used == nullptr) {
        return unusable(
            "A key is RSA, P-256, P-384 or Ed25519, its algorithm RS256, RS384, RS512, PS256, PS384, PS512, "
            "ES256, "
            "ES384 or EdDSA.");
    }
    if (!fits(*used, handle.get())) return unusable("The algorithm does not fit the key.");
    const int bits = EVP_PKEY_get_bits(handle.get());
    if (used->key_type == "RSA" && (bits < kRsaBitsMin || bits > kRsaBitsMax)) {
        return unusable("An RSA key has 2048 to 8192 bits.");
    }
    return std::make_shared<const IssuerKey>(std::string(kid), *used, std::move(handle));
}

// A member of a JWK that is a number in base64url.
std::string number_of(const json::object& jwk, std::string_view name) {
    std::string bytes;
    const auto* value = jwk.if_contains(name);
    if (value == nullptr || !value->is_string() ||
        !base64url_decode(std::string_view(value->get_string()), bytes))
        return {};
    return bytes;
}

std::string text_of(const json::object& jwk, std::string_view name) {
    const auto* value = jwk.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

KeyHandle from_parameters(const char* type, OSSL_PARAM_BLD* builder) {
    const std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>> parameters(OSSL_PARAM_BLD_to_param(builder));
    const std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>> context(
        EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* key = nullptr;
    if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1)
        return nullptr;
    return KeyHandle(key);
}

KeyHandle rsa_key(const json::object& jwk) {
    const auto n = number_of(jwk, "n"), e = number_of(jwk, "e");
    const auto bignum = [](const std::string& bytes) {
        return Number(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                                static_cast<int>(bytes.size()), nullptr));
    };
    const Number modulus = bignum(n), exponent = bignum(e);
    const std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>> builder(OSSL_PARAM_BLD_new());
    if (n.empty() || e.empty() || n.size() > 1024 || e.size() > 8 || !builder ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1)
        return nullptr;
    return from_parameters("RSA", builder.get());
}

KeyHandle ec_key(const json::object& jwk) {
    const auto curve = text_of(jwk, "crv");
    const std::string name = curve == "P-256" ? "prime256v1" : curve == "P-384" ? "secp384r1" : "";
    const size_t size = curve == "P-256" ? 32 : 48;
    const auto x = number_of(jwk, "x"), y = number_of(jwk, "y");
    if (name.empty() || x.size() != size || y.size() != size) return nullptr;
    const std::string point = "\x04" + x + y;
    const std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>> builder(OSSL_PARAM_BLD_new());
    if (!builder ||
        OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, name.c_str(),
                                        name.size()) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                         point.size()) != 1)
        return nullptr;
    return from_parameters("EC", builder.get());
}

}  // namespace

const JwtAlgorithm* jwt_algorithm(std::string_view name) {
    const auto* found = std::ranges::find(kAlgorithms, name, &JwtAlgorithm::name);
    return found == std::end(kAlgorithms) ? nullptr : found;
}

const JwtAlgorithm* usual_algorithm(EVP_PKEY* key) {
    for (const auto& algorithm : kAlgorithms) {
        if (fits(algorithm, key)) return &algorithm;
    }
    return nullptr;
}

bool IssuerKey::verifies(std::string_view signed_part, std::string_view signature) const {
    std::string der;
    if (algorithm.coordinate_bytes > 0) {
        if (signature.size() != 2 * algorithm.coordinate_bytes) return false;
        der = der_signature(signature);
        signature = der;
    }
    if (signature.empty()) return false;
    const std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* options = nullptr;
    bool ok = context && EVP_DigestVerifyInit_ex(context.get(), &options, algorithm.digest, nullptr, nullptr,
                                                 handle_.get(), nullptr) == 1;
    if (ok && algorithm.is_pss) {
        ok = EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1;
    }
    ok = ok && EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                                signature.size(), reinterpret_cast<const unsigned char*>(signed_part.data()),
                                signed_part.size()) == 1;
    if (!ok) ERR_clear_error();
    return ok;
}

std::string IssuerKey::pem() const {
    const Bio bio(BIO_new(BIO_s_mem()));
    if (!bio || PEM_write_bio_PUBKEY(bio.get(), handle_.get()) != 1) return {};
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<size_t>(size)};
}

Result<std::shared_ptr<const IssuerKey>> key_from_pem(std::string_view pem, std::string_view algorithm,
                                                      std::string_view kid) {
    if (pem.find("PRIVATE KEY") != std::string_view::npos) {
        return unusable("The file holds a private key. Only the public key belongs here.");
    }
    const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    KeyHandle handle;
    if (pem.find("BEGIN CERTIFICATE") != std::string_view::npos) {
        const std::unique_ptr<X509, Free<X509_free>> certificate(
            PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
        if (certificate) handle.reset(X509_get_pubkey(certificate.get()));
    } else {
        handle.reset(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
    }
    if (!handle) return unusable("The file holds no public key or certificate (PEM) and no JWK Set (JSON).");
    return make_key(std::move(handle), algorithm, kid);
}

Result<std::shared_ptr<const IssuerKey>> key_from_jwk(const json::object& jwk) {
    if (jwk.contains("d") || jwk.contains("k")) {
        return unusable("The set holds a private or a symmetric key. Only public keys belong here.");
    }
    const auto type = text_of(jwk, "kty");
    KeyHandle handle;
    if (type == "RSA") handle = rsa_key(jwk);
    if (type == "EC") handle = ec_key(jwk);
    if (type == "OKP" && text_of(jwk, "crv") == "Ed25519") {
        const auto x = number_of(jwk, "x");
        handle.reset(EVP_PKEY_new_raw_public_key_ex(
            nullptr, "ED25519", nullptr, reinterpret_cast<const unsigned char*>(x.data()), x.size()));
    }
    if (!handle) return unusable("A key of the set is no readable RSA, P-256, P-384 or Ed25519 key.");
    return make_key(std::move(handle), text_of(jwk, "alg"), text_of(jwk, "kid"));
}

}  // namespace rollcall::access
