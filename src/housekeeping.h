// What happens without a request: mass changes that nobody decided are released when they are due, and what a loss took
// away is forgotten when the time in which it counts is over.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "base/limits.h"
#include "directory/catalogues.h"
#include "store/store.h"

namespace rollcall {

// Once, for all tenants, each in a transaction of its own. `now` is the time it goes by.
void keep_house(store::Store& store, directory::Catalogues& catalogues, const Limits& limits, Instant now);

// Once a minute, on a thread of its own, until it goes.
class Housekeeping {
public:
    Housekeeping(store::Store& store, std::shared_ptr<directory::Catalogues> catalogues, const Limits& limits,
                 std::string store_url);
    ~Housekeeping();

private:
    void run();

    store::Store& store_;
    const std::shared_ptr<directory::Catalogues> catalogues_;
    const Limits limits_;
    const std::string store_url_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace rollcall
