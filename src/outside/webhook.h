// Tells a server of the operator what happened, by a signed POST as Standard Webhooks describes it: the headers
// webhook-id, webhook-timestamp and webhook-signature over "id.timestamp.body" (T64). Blocks, as Fetcher does.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "base/time.h"
#include "outside/fetch.h"

namespace rollcall::outside {

struct Webhook {
    std::string url;
    std::vector<std::shared_ptr<const Secret>> keys;  // decoded; the new one first while they are exchanged
};

// The text of a key file: one line for each key, at most two, each "whsec_" and 24 to 64 bytes in base64 (RFC 4648 §4).
// Error: InvalidValue.
Result<std::vector<std::shared_ptr<const Secret>>> parse_webhook_keys(std::string_view text);

// "v1,BASE64" for each key, with a blank between.
std::string webhook_signature(const Webhook& webhook, std::string_view id, Instant time, std::string_view body);

// `id` is the same for every try, so that the receiver can tell them apart from news. `body`: JSON. Any 2xx has taken
// it. Errors: InvalidValue (the URL); Unavailable for everything else, with the reason as its note.
Result<void> call_webhook(const Fetcher& fetcher, const Webhook& webhook, std::string_view id, Instant now,
                          const std::string& body);

}  // namespace rollcall::outside
