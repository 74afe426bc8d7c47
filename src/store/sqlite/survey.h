// Goes over the indexes of a file in the background, so that look-ups know beforehand where rows are
// (row_places.h) and who is in no group at all (grouped_members.h). Begins when somebody first looks up
// something that it would have known, again when another process has written, and never uses more than a
// small share of the time.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "store/sqlite/connection.h"
#include "store/sqlite/grouped_members.h"
#include "store/sqlite/row_places.h"

namespace rollcall::store::sqlite {

class Survey {
public:
    // Rests for `rest_min` at least after each time.
    Survey(Connection::Settings settings, const CommitNews& news,
           std::chrono::milliseconds rest_min = std::chrono::seconds(1));
    // Waits for a slice of the work at most.
    ~Survey();

    RowPlaces& places() { return places_; }
    GroupedMembers& grouped() { return grouped_; }
    // By a reader, after its snapshot has begun: false only when the member is in no group. `now`: see
    // GroupedMembers::may_include().
    bool may_be_in_group(TenantId tenant, ResourceId member, uint32_t now) {
        if (grouped_.is_out_of_date()) [[unlikely]]
            ask();
        return grouped_.may_include(tenant, member, now);
    }
    // Returns once a survey that began after the call is over (tests).
    void wait();

private:
    void ask();
    void wake();  // under mutex_
    void loop();
    void run(Connection& connection);
    void note_places(Connection& connection);
    void note_members(Connection& connection);
    bool is_stopping();

    const Connection::Settings settings_;
    const CommitNews& news_;
    const std::chrono::milliseconds rest_min_;
    RowPlaces places_;
    GroupedMembers grouped_;
    bool places_are_noted_ = false;  // of the thread
    std::atomic<bool> asked_{false};

    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;  // guarded by mutex_, as what follows
    uint64_t begun_ = 0;
    uint64_t over_ = 0;
    std::thread thread_;  // begins with the first ask()
};

}  // namespace rollcall::store::sqlite
