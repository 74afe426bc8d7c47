// Secrets and digests. A Secret cannot be printed, compared with == or written as JSON; it is wiped when it
// dies.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace rollcall {

using Sha256 = std::array<uint8_t, 32>;

// SHA-256 of the bytes. Context and digest are kept per thread (about 0.1 us for a token).
Sha256 sha256(std::string_view bytes);
std::string hex(std::string_view bytes);
inline std::string_view as_bytes(const Sha256& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// Compares in a time that depends on the lengths only.
bool equal_in_constant_time(std::string_view a, std::string_view b);

// Bytes from the operating system's generator. Throws std::runtime_error when it fails.
void random_bytes(void* out, size_t size);

// base64url without padding (RFC 4648 §5).
std::string base64url_encode(std::string_view bytes);
// False when the text is not base64url or not canonical.
bool base64url_decode(std::string_view text, std::string& bytes);

uint32_t crc32(std::string_view bytes);

class Secret {
public:
    explicit Secret(std::string value) : value_(std::move(value)) {}
    Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { other.wipe(); }
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret() { wipe(); }

    // The one way to the text; its callers are few and can be listed.
    const std::string& reveal() const { return value_; }

private:
    void wipe();
    std::string value_;
};

}  // namespace rollcall
