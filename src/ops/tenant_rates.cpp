#include "ops/tenant_rates.h"

#include <algorithm>
#include <mutex>

#include "base/log.h"

namespace rollcall::ops {
namespace {

constexpr int64_t kMinuteMs = 60'000;

std::string line(std::string_view name, const std::string& tenant, double value) {
    return "rollcall_tenant_" + std::string(name) + "{tenant=\"" + tenant + "\"} " + std::to_string(value) + '\n';
}

}  // namespace

TenantRates::Counts& TenantRates::counts_of(TenantId tenant, std::string_view slug) {
    {
        const std::shared_lock lock(mutex_);
        if (const auto found = tenants_.find(tenant.value); found != tenants_.end()) return *found->second;
        if (tenants_.size() >= kTenantsMax) {
            if (const auto others = tenants_.find(0); others != tenants_.end()) return *others->second;
        }
    }
    const std::unique_lock lock(mutex_);
    const bool is_full = tenants_.size() >= kTenantsMax;
    auto& counts = tenants_[is_full ? 0 : tenant.value];
    if (counts == nullptr) {
        counts = std::make_unique<Counts>();
        counts->slug = is_full ? "other" : slug;
    }
    return *counts;
}

void TenantRates::count(TenantId tenant, std::string_view slug, int status, int64_t duration_us, Instant now) {
    if (tenant.value == 0) return;
    auto& counts = counts_of(tenant, slug);
    const int64_t minute = now.ms / kMinuteMs;
    Slot& slot = counts.slots[static_cast<size_t>(minute % kTenantRateMinutes)];
    // The first of a minute clears what was there a quarter of an hour ago; who comes at the same moment may lose one.
    int64_t known = slot.minute.load(std::memory_order_relaxed);
    if (known != minute && slot.minute.compare_exchange_strong(known, minute)) {
        slot.requests = slot.errors = slot.duration_us = slot.slowest_us = 0;
    }
    constexpr auto kRelaxed = std::memory_order_relaxed;
    slot.requests.fetch_add(1, kRelaxed);
    slot.duration_us.fetch_add(duration_us, kRelaxed);
    if (duration_us > slot.slowest_us.load(kRelaxed)) slot.slowest_us.store(duration_us, kRelaxed);
    counts.requests.fetch_add(1, kRelaxed);
    counts.duration_us.fetch_add(duration_us, kRelaxed);
    const bool failed = is_error(status);
    if (failed) {
        slot.errors.fetch_add(1, kRelaxed);
        counts.errors.fetch_add(1, kRelaxed);
    }
    if (failed || counts.is_alert.load(kRelaxed)) judge(counts, now);
}

TenantRate TenantRates::sum(const Counts& counts, Instant now) {
    TenantRate rate;
    rate.tenant = counts.slug;
    const int64_t minute = now.ms / kMinuteMs;
    for (const auto& slot : counts.slots) {
        if (slot.minute <= minute - kTenantRateMinutes || slot.minute > minute) continue;
        rate.requests += slot.requests;
        rate.errors += slot.errors;
        rate.duration_us += slot.duration_us;
        rate.slowest_us = std::max(rate.slowest_us, slot.slowest_us.load());
    }
    rate.all_requests = counts.requests;
    rate.all_errors = counts.errors;
    rate.all_duration_us = counts.duration_us;
    // Half the bound ends it: a rate that stays near the bound is one alert, not hundreds.
    const int64_t halves = counts.is_alert ? 1 : 2;
    rate.is_alert = rate.requests >= kRequestsMin && rate.errors * 200 > rate.requests * kAlertPercent * halves;
    return rate;
}

void TenantRates::judge(Counts& counts, Instant now) {
    const auto rate = sum(counts, now);
    if (counts.is_alert.exchange(rate.is_alert) == rate.is_alert) return;
    log(rate.is_alert ? LogLevel::Warning : LogLevel::Info,
        rate.is_alert ? "error rate of a tenant is high" : "error rate of a tenant is as it should be again",
        {{"tenant", counts.slug},
         {"requests", rate.requests},
         {"errors", rate.errors},
         {"minutes", kTenantRateMinutes}});
}

TenantRate TenantRates::of(TenantId tenant, Instant now) const {
    const std::shared_lock lock(mutex_);
    const auto found = tenants_.find(tenant.value);
    return found == tenants_.end() ? TenantRate{} : sum(*found->second, now);
}

std::vector<TenantRate> TenantRates::all(Instant now) const {
    const std::shared_lock lock(mutex_);
    std::vector<TenantRate> rates;
    for (const auto& [id, counts] : tenants_) rates.push_back(sum(*counts, now));
    return rates;
}

std::string TenantRates::render(Instant now) const {
    const auto rates = all(now);
    if (rates.empty()) return {};
    std::string text;
    const auto add = [&](std::string_view name, std::string_view type, auto value) {
        text += "# TYPE rollcall_tenant_" + std::string(name) + ' ' + std::string(type) + '\n';
        for (const auto& rate : rates) text += line(name, rate.tenant, static_cast<double>(value(rate)));
    };
    add("requests_total", "counter", [](const TenantRate& rate) { return rate.all_requests; });
    add("errors_total", "counter", [](const TenantRate& rate) { return rate.all_errors; });
    add("request_seconds_total", "counter",
        [](const TenantRate& rate) { return static_cast<double>(rate.all_duration_us) / 1e6; });
    add("success_ratio", "gauge", [](const TenantRate& rate) { return rate.success(); });
    add("error_alert", "gauge", [](const TenantRate& rate) { return rate.is_alert ? 1 : 0; });
    return text;
}

}  // namespace rollcall::ops
