// A few threads for work that would hold up a connection's thread: lists and searches. First in, first out; the
// number of waiting jobs is bounded by the requests in flight.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace rollcall::http {

class WorkPool {
public:
    using Job = std::move_only_function<void()>;

    // `when_idle` runs on each thread whenever it finds nothing to do (Store::end_read).
    WorkPool(size_t threads, std::function<void()> when_idle);
    ~WorkPool();   // finishes what was submitted
    WorkPool(const WorkPool&) = delete;
    WorkPool& operator=(const WorkPool&) = delete;

    // Safe on any thread. A job must not throw.
    void submit(Job job);
    size_t waiting() const;

private:
    void work();

    std::function<void()> when_idle_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Job> jobs_;
    bool stopping_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace rollcall::http
