#include "access/rates.h"

#include <algorithm>
#include <cmath>

namespace rollcall::access {
namespace {

constexpr size_t kBucketsMax = 100'000;
constexpr double kBurst = 8;

// One subscriber has 2^64 addresses of IPv6.
std::string_view place_of(std::string_view address) {
    size_t colons = 0;
    for (size_t i = 0; i < address.size(); ++i) {
        if (address[i] != ':') continue;
        if (i + 1 < address.size() && address[i + 1] == ':') return address.substr(0, i + 2);
        if (++colons == 4) return address.substr(0, i + 1);
    }
    return address;
}

}  // namespace

RefusalRates::Verdict RefusalRates::count(std::string_view address, Instant now) {
    if (most_ == 0) return {};
    const int64_t minute = now.ms / 60'000;
    const std::lock_guard lock(mutex_);
    if (minute != minute_) end_minute(minute);
    std::string place(place_of(address));
    if (entries_.size() >= kAddressesMax && !entries_.contains(place)) place = "others";
    auto& entry = entries_[place];
    entry.minute = minute;
    if (++entry.refusals <= most_) return {};
    return {true, std::clamp<int64_t>(60 - now.ms / 1'000 % 60, 1, 60)};
}

void RefusalRates::end_minute(int64_t minute) {
    for (const auto& [address, entry] : entries_) {
        if (entry.refusals > most_)
            floods_.push_back({address, Instant{entry.minute * 60'000}, entry.refusals - most_});
    }
    entries_.clear();
    minute_ = minute;
}

std::vector<RefusalRates::Flood> RefusalRates::take(Instant now, bool all) {
    const std::lock_guard lock(mutex_);
    const int64_t minute = now.ms / 60'000;
    if (all || minute != minute_) end_minute(minute);
    return std::exchange(floods_, {});
}

std::optional<int64_t> RequestBudgets::spend(std::string_view key, int64_t rate, Instant now) {
    const double most = kBurst * static_cast<double>(rate);
    const std::lock_guard lock(mutex_);
    if (buckets_.size() >= kBucketsMax) buckets_.clear();
    const auto [it, is_new] = buckets_.try_emplace(std::string(key), Bucket{most, now.ms});
    auto& bucket = it->second;
    const auto passed = static_cast<double>(std::max<int64_t>(0, now.ms - bucket.filled_ms));
    bucket.left = std::min(most, bucket.left + passed / 1'000 * static_cast<double>(rate));
    bucket.filled_ms = std::max(bucket.filled_ms, now.ms);
    if (bucket.left < 1) {
        const double seconds = std::ceil((1 - bucket.left) / static_cast<double>(rate));
        return std::clamp<int64_t>(static_cast<int64_t>(seconds), 1, 60);
    }
    bucket.left -= 1;
    return std::nullopt;
}

}  // namespace rollcall::access
