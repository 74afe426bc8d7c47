// HMAC-SHA256 (RFC 2104) with a key of 32 bytes.
#pragma once

#include <string_view>

#include "base/secret.h"

namespace rollcall {

Sha256 hmac_sha256(const Sha256& key, std::string_view bytes);

}  // namespace rollcall
