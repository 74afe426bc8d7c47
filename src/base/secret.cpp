#include "base/secret.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <memory>
#include <stdexcept>

#include "base/check.h"

namespace rollcall {
namespace {

struct DigestContext {
    EVP_MD* digest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    ~DigestContext() {
        EVP_MD_CTX_free(context);
        EVP_MD_free(digest);
    }
};

constexpr char kBase64Url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int base64url_value(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '-') return 62;
    if (c == '_') return 63;
    return -1;
}

}  // namespace

Sha256 sha256(std::string_view bytes) {
    thread_local DigestContext kept;
    Sha256 out;
    unsigned size = 0;
    const bool ok = EVP_DigestInit_ex2(kept.context, kept.digest, nullptr) == 1 &&
                    EVP_DigestUpdate(kept.context, bytes.data(), bytes.size()) == 1 &&
                    EVP_DigestFinal_ex(kept.context, out.data(), &size) == 1;
    CHECK(ok && size == out.size());
    return out;
}

std::string hex(std::string_view bytes) {
    constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void random_bytes(void* out, size_t size) {
    if (RAND_bytes(static_cast<unsigned char*>(out), static_cast<int>(size)) != 1) {
        throw std::runtime_error("the operating system gives no random bytes");
    }
}

std::string base64url_encode(std::string_view bytes) {
    std::string out;
    out.reserve((bytes.size() * 4 + 2) / 3);
    uint32_t buffer = 0;
    int bits = 0;
    for (char c : bytes) {
        buffer = buffer << 8 | static_cast<unsigned char>(c);
        bits += 8;
        while (bits >= 6) {
            bits -= 6;
            out += kBase64Url[buffer >> bits & 63];
        }
    }
    if (bits > 0) out += kBase64Url[buffer << (6 - bits) & 63];
    return out;
}

bool base64url_decode(std::string_view text, std::string& bytes) {
    bytes.clear();
    if (text.size() % 4 == 1) return false;
    uint32_t buffer = 0;
    int bits = 0;
    for (char c : text) {
        const int value = base64url_value(c);
        if (value < 0) return false;
        buffer = buffer << 6 | static_cast<uint32_t>(value);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes += static_cast<char>(buffer >> bits & 255);
        }
    }
    // Left-over bits must be zero, or two texts would stand for the same bytes.
    return (buffer & ((1u << bits) - 1)) == 0;
}

namespace {

constexpr std::array<uint32_t, 256> make_crc_table() {
    std::array<uint32_t, 256> table{};
    for (uint32_t i = 0; i < 256; ++i) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (0xEDB88320u & (0u - (crc & 1)));
        table[i] = crc;
    }
    return table;
}
constexpr auto kCrcTable = make_crc_table();

}  // namespace

uint32_t crc32(std::string_view bytes) {
    uint32_t crc = 0xFFFFFFFFu;
    for (char c : bytes) crc = crc >> 8 ^ kCrcTable[(crc ^ static_cast<unsigned char>(c)) & 255];
    return ~crc;
}

void Secret::wipe() {
    OPENSSL_cleanse(value_.data(), value_.size());
    value_.clear();
}

}  // namespace rollcall
