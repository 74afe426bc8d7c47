// Passwords of those who administer. Kept as argon2id (RFC 9106) in its encoded form, which names the
// parameters it was made with: 19 MiB, 2 passes, 1 lane (the OWASP minimum), 16 bytes of salt, 32 of hash.
// One check takes about 20 ms and the memory; callers run it on the pool, never on a connection's thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace rollcall::access {

// 12 to 128 characters, whatever they are. Error: InvalidValue.
Result<void> check_new_password(std::string_view password);

// Throws std::runtime_error when there is no memory for it.
std::string hash_password(std::string_view password);

// True when `kept` was made from the password.
bool is_password(std::string_view password, const std::string& kept);

// The hash of a password nobody knows: checking against it takes as long as checking against anybody's, so
// that time does not tell whether there is such a name.
const std::string& password_of_nobody();

}  // namespace rollcall::access
