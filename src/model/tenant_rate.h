// How the requests of identity providers in one tenant went lately (STD-14).
#pragma once

#include <cstdint>
#include <string>

namespace rollcall {

struct TenantRate {
    std::string tenant;          // slug
    int64_t requests = 0;        // of the last kTenantRateMinutes
    int64_t errors = 0;          // of these: see ops/tenant_rates.h
    int64_t duration_us = 0;     // of all of them together
    int64_t slowest_us = 0;
    bool is_alert = false;       // more than one of twenty went wrong
    int64_t all_requests = 0;    // since the server started, as the next two
    int64_t all_errors = 0;
    int64_t all_duration_us = 0;

    double success() const {
        return requests == 0 ? 1.0 : 1.0 - static_cast<double>(errors) / static_cast<double>(requests);
    }
};

inline constexpr int64_t kTenantRateMinutes = 15;

}  // namespace rollcall
