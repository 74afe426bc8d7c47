#include "outside/webhook.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.h"
#include "base/text.h"

namespace rollcall::outside {
namespace {

constexpr std::string_view kPrefix = "whsec_";
constexpr size_t kKeysMax = 2;

std::string base64(std::string_view bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
    out.resize(static_cast<size_t>(size));
    return out;
}

// The one reader of base64 at hand takes the alphabet for URLs, without padding.
std::shared_ptr<const Secret> read_key(std::string_view line) {
    if (!line.starts_with(kPrefix)) return nullptr;
    std::string text(line.substr(kPrefix.size()));
    if (text.size() % 4 != 0) return nullptr;
    while (text.ends_with('=')) text.pop_back();
    for (char& c : text) {
        if (c == '-' || c == '_') return nullptr;
        if (c == '+') c = '-';
        if (c == '/') c = '_';
    }
    std::string bytes;
    if (!base64url_decode(text, bytes) || bytes.size() < 24 || bytes.size() > 64) return nullptr;
    return std::make_shared<const Secret>(std::move(bytes));
}

std::string seconds_of(Instant time) {
    return std::to_string(time.ms / 1'000);
}

}  // namespace

Result<std::vector<std::shared_ptr<const Secret>>> parse_webhook_keys(std::string_view text) {
    std::vector<std::shared_ptr<const Secret>> keys;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = trim(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty()) continue;
        keys.push_back(read_key(line));
        if (!keys.back() || keys.size() > kKeysMax) {
            keys.clear();
            break;
        }
    }
    if (!keys.empty()) return keys;
    return failure(ErrorKind::InvalidValue,
                   "A file of webhook keys has one line, or two while they are exchanged, each \"whsec_\" and 24 to "
                   "64 bytes in base64.");
}

std::string webhook_signature(const Webhook& webhook, std::string_view id, Instant time, std::string_view body) {
    const std::string signed_text = std::string(id) + '.' + seconds_of(time) + '.' + std::string(body);
    std::string out;
    for (const auto& key : webhook.keys) {
        unsigned char code[EVP_MAX_MD_SIZE];
        unsigned int size = 0;
        const auto* done = HMAC(EVP_sha256(), key->reveal().data(), static_cast<int>(key->reveal().size()),
                                reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size(),
                                code, &size);
        CHECK(done != nullptr);
        out += (out.empty() ? "v1," : " v1,") + base64({reinterpret_cast<const char*>(code), size});
    }
    return out;
}

Result<void> call_webhook(const Fetcher& fetcher, const Webhook& webhook, std::string_view id, Instant now,
                          const std::string& body) {
    const auto answer = TRY(fetcher.post(webhook.url,
                                         {"application/json", body,
                                          {"webhook-id: " + std::string(id), "webhook-timestamp: " + seconds_of(now),
                                           "webhook-signature: " + webhook_signature(webhook, id, now, body)}}));
    if (answer.status >= 200 && answer.status < 300) return {};
    return failure(ErrorKind::Unavailable, "The webhook was not taken.",
                   "webhook_status_" + std::to_string(answer.status));
}

}  // namespace rollcall::outside
