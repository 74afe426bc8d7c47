#include "access/token.h"

namespace rollcall::access {
namespace {

constexpr size_t kRandomBytes = 32;
constexpr size_t kEncodedCharacters = 48;  // of 36 bytes

std::string checksum_of(std::string_view bytes) {
    const uint32_t crc = crc32(bytes);
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(crc >> shift & 255);
    return out;
}

}  // namespace

Secret make_token(std::string_view prefix) {
    std::string bytes(kRandomBytes, '\0');
    random_bytes(bytes.data(), bytes.size());
    bytes += checksum_of(bytes);
    return Secret(std::string(prefix) + base64url_encode(bytes));
}

bool is_token(std::string_view text) {
    if (text.size() <= kEncodedCharacters || text.size() > 200) return false;
    std::string bytes;
    if (!base64url_decode(text.substr(text.size() - kEncodedCharacters), bytes)) return false;
    const std::string_view random(bytes.data(), kRandomBytes);
    return checksum_of(random) == std::string_view(bytes).substr(kRandomBytes);
}

}  // namespace rollcall::access
