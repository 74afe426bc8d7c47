// A store without data: its writer runs jobs one after the other and reports them durable. What the transport needs of
// a store, and no more; a job that asks for data throws.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "store/store.h"

namespace rollcall::edge {

class EdgeStore final : public store::Store {
public:
    EdgeStore();
    ~EdgeStore() override;

    store::Transaction& read() override;
    void end_read() override {}
    void submit(store::Work work, store::Done done) override;
    void submit_alone(store::Work work, store::Done done) override { submit(std::move(work), std::move(done)); }
    void yield_read() override {}
    bool run_now(store::Work&, store::Done&) override { return false; }
    std::vector<store::Violation> verify(const Catalogue&) override { return {}; }
    const Sha256& instance_key() const override { return key_; }
    bool healthy() const override { return true; }
    std::vector<std::pair<std::string, double>> statistics() const override { return {}; }

private:
    void write();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::pair<store::Work, store::Done>> jobs_;
    bool stopping_ = false;
    const Sha256 key_{};
    std::thread writer_;
};

}  // namespace rollcall::edge
