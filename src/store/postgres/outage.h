// What the connections of one store know of each other: while the database does not answer, most who ask for
// a new connection are told so at once, and one in a while tries. So nobody waits twice.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace rollcall::store::postgres {

// Safe on any thread.
class Outage {
public:
    // Somebody has waited in vain.
    void note() { not_before_.store(now_ms() + kPauseMs, std::memory_order_relaxed); }
    bool was_noted_just_now() const { return now_ms() < not_before_.load(std::memory_order_relaxed); }

private:
    static constexpr int64_t kPauseMs = 250;
    static int64_t now_ms() {
        const auto now = std::chrono::steady_clock::now().time_since_epoch();
        return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
    }
    std::atomic<int64_t> not_before_{INT64_MIN};
};

}  // namespace rollcall::store::postgres
