// A standby that lists are read from, as long as it follows closely: what was acknowledged longer ago than
// the bound is on it, or it is not used.
//
// How far it is behind is no matter of clocks of two machines. One thread asks the primary where its log
// ends, and the standby how far it has replayed; when the standby has passed a place, it has everything that
// was acknowledged before that place was asked for.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "store/postgres/readers.h"

namespace rollcall::store::postgres {

class Replica {
public:
    using Clock = std::chrono::steady_clock;
    // `behind_max`: the bound.
    Replica(Connection::Settings primary, const std::string& url, const Limits& limits,
            std::chrono::milliseconds behind_max);
    ~Replica();

    // A view of the standby for the calling thread; null when it is too far behind, or away.
    Transaction* read() noexcept;
    void end_read() noexcept;
    // Since when something acknowledged may be missing there.
    std::chrono::milliseconds behind() const;
    uint64_t reads() const { return reads_.load(std::memory_order_relaxed); }

private:
    // A place in the log, of a cluster and one of its timelines.
    struct Place {
        int64_t system = 0, timeline = 0, position = 0;
        bool holds(const Place& other) const {
            return system == other.system && timeline == other.timeline && position >= other.position;
        }
    };
    struct Mark {
        Clock::time_point asked;
        Place place;
    };

    void watch();
    void look();
    Place end_of_primary();
    // Nothing: it is no standby (any more).
    std::optional<Place> replayed();

    const Connection::Settings primary_settings_, settings_;
    const std::chrono::milliseconds behind_max_;
    const std::shared_ptr<ReaderPool> readers_;
    std::atomic<Clock::time_point> complete_until_{Clock::time_point::min()};
    std::atomic<uint64_t> reads_{0};
    std::unique_ptr<Connection> primary_, standby_;
    std::deque<Mark> marks_;  // not yet passed
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace rollcall::store::postgres
