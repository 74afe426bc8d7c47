#include "access/key_sets.h"

#include <algorithm>

namespace rollcall::access {
namespace {

constexpr size_t kSetsMax = 1'000;

}  // namespace

Result<FetchedKeys> fetch_keys(const outside::Fetcher& fetcher, const std::string& url) {
    const auto fetched = TRY(fetcher.get(url));
    const auto wrong = [] {
        return failure(ErrorKind::Unavailable, "The address of the keys gives no JWK Set with a usable key.",
                       "fetch_answer");
    };
    if (fetched.status != 200) return wrong();
    auto keys = import_key_set(fetched.body);
    if (!keys) return wrong();
    FetchedKeys found{std::move(*keys)};
    if (fetched.max_age_s) {
        const int64_t seconds = std::min(*fetched.max_age_s, kKeysFreshMaxMs / 1000);
        found.fresh_ms = std::max(seconds * 1000, kKeysFreshMinMs);
    }
    return found;
}

Result<IssuerKeys> KeySets::keys_for(const Jwt& jwt, const std::string& url) {
    const Instant now = clock_();
    Known known;
    {
        std::lock_guard lock(mutex_);
        if (const auto it = known_.find(url); it != known_.end()) known = it->second;
        const bool is_fresh = known.fetched.ms + known.fresh_ms > now.ms;
        const bool is_known = has_key_for(jwt, known.keys);
        if (is_fresh && is_known) return known.keys;
        const bool is_usable = !known.keys.empty() && known.fetched.ms + kKeysStaleMs > now.ms;
        auto& tried = is_fresh ? known.asked_for_unknown : known.tried;
        if (is_usable && tried.ms + kKeysRefetchMs > now.ms) return known.keys;
        if (known_.size() > kSetsMax) known_.clear();
        tried = now;
        known_[url] = known;
    }
    auto fetched = fetch_keys(fetcher_, url);
    if (!fetched) {
        if (known.keys.empty() || known.fetched.ms + kKeysStaleMs <= now.ms)
            return std::unexpected(fetched.error());
        return known.keys;
    }
    known.keys = read_issuer_keys(fetched->keys);
    known.fetched = now;
    known.fresh_ms = fetched->fresh_ms;
    std::lock_guard lock(mutex_);
    known_[url] = known;
    return known.keys;
}

}  // namespace rollcall::access
