// Success and speed of the requests of each tenant (STD-14), and the alert when more than 5 % of them go wrong.
// Counted in memory, in slots of a minute: a restart begins anew. Only requests that are ascribed to a tenant
// count; those without a valid token are in rollcall_unauthorized_total.
//
// An error is an answer of 400 and above, but for 404, 409 and 412: those are how an identity provider finds out
// what is there.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "model/tenant_rate.h"

namespace rollcall::ops {

class TenantRates {
public:
    static constexpr int64_t kAlertPercent = 5;
    static constexpr int64_t kRequestsMin = 20;  // of the time: fewer are no rate
    static constexpr size_t kTenantsMax = 1'000;  // the others are one, named "other"

    static bool is_error(int status) {
        return status >= 400 && status != 404 && status != 409 && status != 412;
    }

    // Safe on any thread. Logs when a tenant passes the bound, and when it is below again.
    void count(TenantId tenant, std::string_view slug, int status, int64_t duration_us, Instant now);

    // Zero for a tenant that had no requests.
    TenantRate of(TenantId tenant, Instant now) const;
    std::vector<TenantRate> all(Instant now) const;

    // Text for Prometheus.
    std::string render(Instant now) const;

private:
    struct Slot {
        std::atomic<int64_t> minute{-1};
        std::atomic<int64_t> requests{0}, errors{0}, duration_us{0}, slowest_us{0};
    };
    struct Counts {
        std::string slug;
        std::array<Slot, kTenantRateMinutes> slots;
        std::atomic<int64_t> requests{0}, errors{0}, duration_us{0};
        std::atomic<bool> is_alert{false};
    };
    Counts& counts_of(TenantId tenant, std::string_view slug);
    static TenantRate sum(const Counts& counts, Instant now);
    static void judge(Counts& counts, Instant now);

    mutable std::shared_mutex mutex_;
    std::map<int64_t, std::unique_ptr<Counts>> tenants_;  // by id; entries never go; 0: all the others
};

}  // namespace rollcall::ops
