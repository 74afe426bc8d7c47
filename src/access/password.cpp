#include "access/password.h"

#include <argon2.h>

#include <array>
#include <stdexcept>

#include "base/secret.h"
#include "base/text.h"

namespace rollcall::access {
namespace {

constexpr uint32_t kPasses = 2;
constexpr uint32_t kKibibytes = 19 * 1024;
constexpr uint32_t kLanes = 1;
constexpr size_t kSaltBytes = 16;
constexpr size_t kHashBytes = 32;
constexpr size_t kCharactersMin = 12;
constexpr size_t kCharactersMax = 128;

}  // namespace

Result<void> check_new_password(std::string_view password) {
    const size_t characters = is_valid_utf8(password) ? code_point_count(password) : 0;
    if (characters >= kCharactersMin && characters <= kCharactersMax) return {};
    return failure(ErrorKind::InvalidValue, "A password has 12 to 128 characters.");
}

std::string hash_password(std::string_view password) {
    std::array<uint8_t, kSaltBytes> salt;
    random_bytes(salt.data(), salt.size());
    std::string encoded(argon2_encodedlen(kPasses, kKibibytes, kLanes, kSaltBytes, kHashBytes, Argon2_id),
                        '\0');
    const int code =
        argon2id_hash_encoded(kPasses, kKibibytes, kLanes, password.data(), password.size(), salt.data(),
                              salt.size(), kHashBytes, encoded.data(), encoded.size());
    if (code != ARGON2_OK) throw std::runtime_error(argon2_error_message(code));
    encoded.resize(encoded.find('\0'));
    return encoded;
}

bool is_password(std::string_view password, const std::string& kept) {
    return argon2id_verify(kept.c_str(), password.data(), password.size()) == ARGON2_OK;
}

const std::string& password_of_nobody() {
    static const std::string kept = [] {
        std::array<char, 32> unknown;
        random_bytes(unknown.data(), unknown.size());
        return hash_password({unknown.data(), unknown.size()});
    }();
    return kept;
}

}  // namespace rollcall::access
