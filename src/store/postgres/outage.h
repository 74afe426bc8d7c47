// While the database cannot be reached, most who ask are told so at once: one in a while tries again.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>

#include "store/postgres/connection.h"

namespace rollcall::store::postgres {

class Outage {
public:
    // Throws StoreFailure.
    std::unique_ptr<Connection> open(const Connection::Settings& settings) {
        constexpr int64_t kPauseMs = 250;
        const int64_t now = now_ms();
        if (now < not_before_.load(std::memory_order_relaxed)) {
            throw StoreFailure(StoreFailure::Cause::Lost, "The database could not be reached a moment ago");
        }
        try {
            return Connection::open(settings);
        } catch (const StoreFailure&) {
            not_before_.store(now_ms() + kPauseMs, std::memory_order_relaxed);
            throw;
        }
    }

private:
    static int64_t now_ms() {
        const auto now = std::chrono::steady_clock::now().time_since_epoch();
        return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
    }
    std::atomic<int64_t> not_before_{INT64_MIN};
};

}  // namespace rollcall::store::postgres
