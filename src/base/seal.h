// What this server hands out and wants back unchanged and unread: texts that nobody else can make, change or
// read (RFC 9865 §5.2). AES-256-GCM, which OpenSSL checks in constant time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace rollcall {

// Each seal has a key of its own: HMAC-SHA256 of `context` and 16 random bytes under `key`. So no number of
// seals is too many for one key, and what was sealed in one context opens in no other. Bytes, 32 longer than
// `plain`.
std::string seal(const Sha256& key, std::string_view context, std::string_view plain);

// nullopt for everything that seal() did not make with this key and context.
std::optional<std::string> unseal(const Sha256& key, std::string_view context, std::string_view sealed);

}  // namespace rollcall
