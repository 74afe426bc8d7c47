// The bearer token of an identity provider: "<prefix><48 characters>", where the prefix is a policy value of
// the tenant ("rc_scim_") and the rest is base64url of 32 random bytes followed by their CRC-32, big endian.
// The checksum lets scanners find leaked tokens and refuses a typing error without a question to the
// database; it is not security. Only the SHA-256 of the whole token is stored (MOB-08).
#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"

namespace rollcall::access {

Secret make_token(std::string_view prefix);

// True when the text has the shape of a token: anything before, then 48 characters whose checksum is right.
bool is_token(std::string_view text);

}  // namespace rollcall::access
