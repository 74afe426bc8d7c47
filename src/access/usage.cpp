#include "access/usage.h"

#include <unordered_set>

#include "base/log.h"

namespace rollcall::access {
namespace {

constexpr size_t kSeenMax = 100'000;
constexpr int64_t kHourMs = 3'600'000;
constexpr int64_t kDayMs = 24 * kHourMs;
constexpr int64_t kHistoryHours = 24;  // before that nobody knows what is usual

uint64_t mix(uint64_t hash, std::string_view bytes) {
    for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211ULL;
    return hash;
}

std::string_view bytes_of(const CredentialId& id) {
    return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

struct Pending {
    int64_t requests = 0;
    int64_t since_ms = 0;
};

}  // namespace

bool judge_volume(store::TenantTransaction& transaction, CredentialId credential, int64_t requests,
                  Instant now) {
    const int64_t hour = now.ms / kHourMs;
    const auto use = transaction.count_requests(credential, hour, requests);
    if (use.first_hour > hour - kHistoryHours) return false;
    const int64_t most = std::max(UsageWatch::kTimesUsual * use.busiest, UsageWatch::kVolumeMin);
    // Told once: by the push that goes over.
    if (use.this_hour <= most || use.this_hour - requests > most) return false;
    transaction.append_notice({now, credential, "volume", "", use.this_hour, use.busiest});
    return true;
}

void UsageWatch::note(const Authenticated& known, Instant now) {
    thread_local std::unordered_map<uint64_t, Pending> pending;
    thread_local std::unordered_set<uint64_t> seen;
    const auto& caller = known.caller;
    // The store is part of the key: tests have several in one process.
    const uint64_t key = mix(14'695'981'039'346'656'037ULL ^ reinterpret_cast<uintptr_t>(counts_.get()),
                             bytes_of(caller.credential));
    auto [count, is_first] = pending.try_emplace(key, Pending{0, now.ms});
    ++count->second.requests;
    if (now.ms - count->second.since_ms >= kFlushMs) {
        submit_requests(caller, count->second.requests, now);
        count->second = {0, now.ms};
        remind(known, now);
    }
    if (is_first) {
        if (pending.size() > kSeenMax) pending.clear();
        remind(known, now);
    }
    const uint64_t place = mix(key, caller.address);
    if (seen.contains(place)) return;
    if (seen.size() >= kSeenMax) seen.clear();
    seen.insert(place);
    submit_address(caller, now);
}

void UsageWatch::submit_address(const Caller& caller, Instant now) {
    store_.submit_for(
        caller.tenant,
        [caller, now, counts = counts_](store::Transaction& transaction) {
            auto& door = transaction.tenant(caller);
            if (!door.note_address(caller.credential, caller.address, now, kAddressesKept)) return;
            door.append_notice({now, caller.credential, "new_address", caller.address, 0, 0});
            ++counts->addresses;
            log(LogLevel::Warning, "credential used from a new address",
                {{"tenant", caller.tenant_slug},
                 {"credential", caller.credential.text()},
                 {"address", caller.address}});
        },
        [](std::exception_ptr) {});
}

void UsageWatch::submit_requests(const Caller& caller, int64_t requests, Instant now) {
    store_.submit_for(
        caller.tenant,
        [caller, requests, now, counts = counts_](store::Transaction& transaction) {
            if (!judge_volume(transaction.tenant(caller), caller.credential, requests, now)) return;
            ++counts->volumes;
            log(LogLevel::Warning, "credential used far more than usual",
                {{"tenant", caller.tenant_slug}, {"credential", caller.credential.text()}});
        },
        [](std::exception_ptr) {});
}

void UsageWatch::remind(const Authenticated& known, Instant now) {
    if (known.token_age_ms < known.policy->rotation_reminder_days * kDayMs) return;
    const int64_t day = now.ms / kDayMs;
    {
        const std::lock_guard lock(counts_->mutex);
        if (counts_->reminded.size() > kSeenMax) counts_->reminded.clear();
        auto& last = counts_->reminded[known.caller.credential.text()];
        if (last == day) return;
        last = day;
    }
    log(LogLevel::Warning, "token due for rotation",
        {{"tenant", known.caller.tenant_slug},
         {"credential", known.caller.credential.text()},
         {"days", known.token_age_ms / kDayMs}});
}

std::vector<std::pair<std::string, double>> UsageWatch::gauges() const {
    size_t due = 0;
    {
        const std::lock_guard lock(counts_->mutex);
        due = counts_->reminded.size();
    }
    return {{"credential_new_addresses", static_cast<double>(counts_->addresses.load())},
            {"credential_unusual_volumes", static_cast<double>(counts_->volumes.load())},
            {"credentials_due_for_rotation", static_cast<double>(due)}};
}

}  // namespace rollcall::access
