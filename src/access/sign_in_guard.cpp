#include "access/sign_in_guard.h"

#include <algorithm>

namespace rollcall::access {
namespace {

constexpr int64_t kFirstDelayMs = 30'000;
constexpr int64_t kLongestDelayMs = 900'000;

int64_t delay_after(int64_t failures, int64_t free_tries) {
    if (failures < free_tries) return 0;
    const int64_t doublings = std::min<int64_t>(failures - free_tries, 5);
    return std::min(kFirstDelayMs << doublings, kLongestDelayMs);
}

std::unexpected<Error> wait(int64_t milliseconds) {
    return failure(ErrorKind::TooManyRequests, "Too many tries to sign in. Wait before you try again.",
                   std::to_string((milliseconds + 999) / 1000));
}

}  // namespace

Result<void> SignInGuard::try_now(const std::string& name, const std::string& address, const Limits& limits,
                                  Instant now) {
    const std::lock_guard lock(mutex_);
    if (names_.size() >= kNamesMax || addresses_.size() >= kNamesMax) forget_the_oldest(now);
    auto& minute = addresses_[address];
    const int64_t number = now.ms / 60'000;
    if (minute.number != number) minute = {number, 0};
    if (minute.tries >= limits.sign_ins_per_address_max) return wait(60'000 - now.ms % 60'000);
    ++minute.tries;
    auto& failures = names_[name];
    if (failures.last.ms + kLongestDelayMs < now.ms) failures.count = 0;
    const int64_t allowed_at = failures.last.ms + delay_after(failures.count, limits.sign_in_failures_max);
    if (allowed_at > now.ms) return wait(allowed_at - now.ms);
    ++failures.count;
    failures.last = now;
    return {};
}

void SignInGuard::succeeded(const std::string& name) {
    const std::lock_guard lock(mutex_);
    names_.erase(name);
}

void SignInGuard::forget_the_oldest(Instant now) {
    std::erase_if(addresses_, [&](const auto& entry) { return entry.second.number != now.ms / 60'000; });
    if (addresses_.size() >= kNamesMax) addresses_.clear();
    std::erase_if(names_, [&](const auto& entry) { return entry.second.last.ms + kLongestDelayMs < now.ms; });
    if (names_.size() < kNamesMax) return;
    const auto oldest = std::min_element(names_.begin(), names_.end(), [](const auto& a, const auto& b) {
        return a.second.last < b.second.last;
    });
    names_.erase(oldest);
}

}  // namespace rollcall::access
