// Watches how credentials are used, to tell what is unusual (STD-11, T32): a new address, more than five
// times the usual number of requests in an hour, a token due for rotation.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "access/authenticate.h"
#include "store/store.h"

namespace rollcall::access {

class UsageWatch {
public:
    explicit UsageWatch(store::Store& store) : store_(store), counts_(std::make_shared<Counts>()) {}

    // Called with every accepted request. Adds to counters of the thread; only for an address that the thread
    // has not seen with the credential, and once a minute for the counters, there is a job for the store.
    // Safe on any thread.
    void note(const Authenticated& known, Instant now);

    // For /metrics.
    std::vector<std::pair<std::string, double>> gauges() const;

    static constexpr int64_t kFlushMs = 60'000;
    static constexpr int64_t kTimesUsual = 5;
    static constexpr int64_t kVolumeMin = 500;     // requests of an hour that are never unusual
    static constexpr int64_t kAddressesKept = 64;  // of a credential

private:
    struct Counts {
        std::atomic<int64_t> addresses{0};
        std::atomic<int64_t> volumes{0};
        std::mutex mutex;
        std::unordered_map<std::string, int64_t> reminded;  // by credential: the day of the last reminder
    };
    void submit_address(const Caller& caller, Instant now);
    void submit_requests(const Caller& caller, int64_t requests, Instant now);
    void remind(const Authenticated& known, Instant now);

    store::Store& store_;
    std::shared_ptr<Counts> counts_;  // outlives this object in jobs that are still waiting
};

// What happened to the counters of a credential: writes the notice when this push took the hour above the
// usual. True when it did. Runs in a job.
bool judge_volume(store::TenantTransaction& transaction, CredentialId credential, int64_t requests,
                  Instant now);

}  // namespace rollcall::access
