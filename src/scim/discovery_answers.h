// Answers of the discovery endpoints as bytes. Each is made once for a catalogue, a policy and a base URL,
// together with its entity tags and its gzip; after that a request costs a look-up. Kept per thread and
// bounded.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "scim/call.h"

namespace rollcall::scim {

// The answer of the document that `name` ("/Schemas") stands for; `make` writes its text and depends on
// nothing but catalogue, policy, base URL and the settings of the service. 200 with a strong ETag (RFC 9110
// §8.8.3), gzip where the client takes it; 304 or 412 by If-None-Match and If-Match.
http::Response discovery_answer(const Call& call, std::string_view name,
                                const std::function<std::string()>& make);

}  // namespace rollcall::scim
