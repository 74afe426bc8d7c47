// Sets of keys that issuers publish (JWK Set, RFC 7517 §5), kept in memory. For threads that may wait.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "access/jwt.h"
#include "outside/fetch.h"

namespace rollcall::access {

constexpr int64_t kKeysFreshMs = 3'600'000;      // where the answer does not say
constexpr int64_t kKeysFreshMinMs = 5 * 60'000;  // whatever it says
constexpr int64_t kKeysFreshMaxMs = 12 * 3'600'000;
constexpr int64_t kKeysStaleMs = 24 * 3'600'000;  // for so long they count after they were fetched, when they
                                                  // cannot be fetched again
constexpr int64_t kKeysRefetchMs = 30'000;        // not asked for again within, whoever wants a key

// The keys there, in the form of IssuerRow::keys. Errors: those of Fetcher::get(); Unavailable, noted
// "fetch_answer", when there is no usable set.
struct FetchedKeys {
    std::string keys;
    int64_t fresh_ms = kKeysFreshMs;
};
Result<FetchedKeys> fetch_keys(const outside::Fetcher& fetcher, const std::string& url);

class KeySets {
public:
    KeySets(const outside::Fetcher& fetcher, Clock clock) : fetcher_(fetcher), clock_(std::move(clock)) {}

    // The keys of `url` to check `jwt` with. They are fetched when there are none, when they are old, and
    // once more when none has the name that the token gives; old ones do when nobody answers. Errors: those
    // of fetch_keys().
    Result<IssuerKeys> keys_for(const Jwt& jwt, const std::string& url);

private:
    struct Known {
        IssuerKeys keys;
        Instant fetched;            // with success
        Instant tried;              // because of their age
        Instant asked_for_unknown;  // because a token named another key
        int64_t fresh_ms = 0;
    };
    const outside::Fetcher& fetcher_;
    const Clock clock_;
    std::mutex mutex_;
    std::map<std::string, Known> known_;  // at most kSetsMax
};

}  // namespace rollcall::access
