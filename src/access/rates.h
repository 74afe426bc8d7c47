// Rates in the memory of this process: refused credentials by address, and requests by credential and tenant.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "base/time.h"

namespace rollcall::access {

// Refused requests of each address, by the minute (T31, T70). Only refused requests come here: addresses are
// shared by many, so that a good credential is served whatever others at the same address do (T71, decision
// 047).
class RefusalRates {
public:
    // `most`: refusals of one address in a minute, above which it is told to wait; 0: no limit.
    explicit RefusalRates(int64_t most) : most_(most) {}

    struct Verdict {
        bool is_over = false;  // answer 429; and leave no audit row of its own
        int64_t retry_after_s = 0;
    };
    // Counts one. `address` without port; of IPv6 the first 64 bits count. Safe on any thread.
    Verdict count(std::string_view address, Instant now);

    // Refusals above the limit, which left no row, by address and minute.
    struct Flood {
        std::string address;
        Instant minute;
        int64_t refusals;
    };
    // Those of minutes that are over (`all`: of the running one too), once.
    std::vector<Flood> take(Instant now, bool all = false);

    static constexpr size_t kAddressesMax = 10'000;  // more in one minute share one place

private:
    struct Entry {
        int64_t minute = 0;
        int64_t refusals = 0;
    };
    void end_minute(int64_t minute);

    const int64_t most_;
    std::mutex mutex_;
    int64_t minute_ = 0;
    std::unordered_map<std::string, Entry> entries_;
    std::vector<Flood> floods_;
};

// Requests of credentials and tenants that have a limit, as token buckets. Asked only where a policy sets
// one.
class RequestBudgets {
public:
    // Takes one request from the bucket of `key`, which is filled with `rate` a second up to 8 times that.
    // Nothing, or how many seconds to wait (1 to 60). Safe on any thread.
    std::optional<int64_t> spend(std::string_view key, int64_t rate, Instant now);

private:
    struct Bucket {
        double left;
        int64_t filled_ms;
    };
    std::mutex mutex_;
    std::unordered_map<std::string, Bucket> buckets_;
};

}  // namespace rollcall::access
