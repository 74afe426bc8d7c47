#include "base/seal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <memory>

#include "base/check.h"

namespace rollcall {
namespace {

constexpr size_t kSaltBytes = 16;
constexpr size_t kTagBytes = 16;
// The key is used once, so the initialisation vector may be the same always.
constexpr unsigned char kVector[12] = {};

struct FreeCipher {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

struct SealKey {
    Sha256 bytes;

    SealKey(const Sha256& key, std::string_view salt, std::string_view context) {
        std::string input(salt);
        input += context;
        unsigned size = 0;
        const auto* made =
            HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                 reinterpret_cast<const unsigned char*>(input.data()), input.size(), bytes.data(), &size);
        CHECK(made != nullptr && size == bytes.size());
    }
    ~SealKey() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
    SealKey(const SealKey&) = delete;
    SealKey& operator=(const SealKey&) = delete;
};

unsigned char* bytes_of(std::string& text, size_t from) {
    return reinterpret_cast<unsigned char*>(text.data()) + from;
}
const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string seal(const Sha256& key, std::string_view context, std::string_view plain) {
    std::string out(kSaltBytes + plain.size() + kTagBytes, '\0');
    random_bytes(out.data(), kSaltBytes);
    const SealKey own(key, std::string_view(out).substr(0, kSaltBytes), context);
    const Cipher cipher(EVP_CIPHER_CTX_new());
    int written = 0;
    const bool ok =
        EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, own.bytes.data(), kVector) == 1 &&
        EVP_EncryptUpdate(cipher.get(), bytes_of(out, kSaltBytes), &written, bytes_of(plain),
                          static_cast<int>(plain.size())) == 1 &&
        EVP_EncryptFinal_ex(cipher.get(), bytes_of(out, kSaltBytes + plain.size()), &written) == 1 &&
        EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes,
                            bytes_of(out, kSaltBytes + plain.size())) == 1;
    CHECK(ok);
    return out;
}

std::optional<std::string> unseal(const Sha256& key, std::string_view context, std::string_view sealed) {
    if (sealed.size() < kSaltBytes + kTagBytes) return std::nullopt;
    const SealKey own(key, sealed.substr(0, kSaltBytes), context);
    const auto hidden = sealed.substr(kSaltBytes, sealed.size() - kSaltBytes - kTagBytes);
    std::string tag(sealed.substr(sealed.size() - kTagBytes));
    std::string out(hidden.size() + kTagBytes, '\0');
    const Cipher cipher(EVP_CIPHER_CTX_new());
    int written = 0;
    const bool ready =
        EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, own.bytes.data(), kVector) == 1 &&
        EVP_DecryptUpdate(cipher.get(), bytes_of(out, 0), &written, bytes_of(hidden),
                          static_cast<int>(hidden.size())) == 1 &&
        EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1;
    CHECK(ready);
    // The one step that may fail: it compares the tags.
    if (EVP_DecryptFinal_ex(cipher.get(), bytes_of(out, hidden.size()), &written) != 1) return std::nullopt;
    out.resize(hidden.size());
    return out;
}

}  // namespace rollcall
