#include "base/hmac.h"

#include <openssl/crypto.h>

#include <string>

namespace rollcall {

Sha256 hmac_sha256(const Sha256& key, std::string_view bytes) {
    constexpr size_t kBlock = 64;
    constexpr char kInner = 0x36, kOuter = 0x5c;
    std::string inner(kBlock, kInner), outer(kBlock, kOuter);
    for (size_t i = 0; i < key.size(); ++i) {
        inner[i] = static_cast<char>(inner[i] ^ key[i]);
        outer[i] = static_cast<char>(outer[i] ^ key[i]);
    }
    inner += bytes;
    outer += as_bytes(sha256(inner));
    const Sha256 code = sha256(outer);
    OPENSSL_cleanse(inner.data(), kBlock);
    OPENSSL_cleanse(outer.data(), kBlock);
    return code;
}

}  // namespace rollcall
