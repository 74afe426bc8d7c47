#include "http/work_pool.h"

namespace rollcall::http {

WorkPool::WorkPool(size_t threads, std::function<void()> when_idle) : when_idle_(std::move(when_idle)) {
    for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

WorkPool::~WorkPool() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    threads_.clear();
}

void WorkPool::submit(Job job) {
    {
        std::lock_guard lock(mutex_);
        jobs_.push_back(std::move(job));
    }
    changed_.notify_one();
}

size_t WorkPool::waiting() const {
    std::lock_guard lock(mutex_);
    return jobs_.size();
}

void WorkPool::work() {
    bool worked = false;
    std::unique_lock lock(mutex_);
    for (;;) {
        if (jobs_.empty() && worked) {
            lock.unlock();
            when_idle_();
            lock.lock();
            worked = false;
        }
        changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
        if (jobs_.empty()) return;
        {
            Job job = std::move(jobs_.front());
            jobs_.pop_front();
            lock.unlock();
            job();
        }
        worked = true;
        lock.lock();
    }
}

}  // namespace rollcall::http
