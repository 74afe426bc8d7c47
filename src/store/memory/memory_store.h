// The reference engine of the tests: plain containers and the reference meaning of filters. Nothing survives
// it. Jobs run one after the other on a thread of their own, as they do on the real engine; each works on a
// copy of the state, which takes the place of the state when the job has succeeded.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "store/memory/state.h"
#include "store/open.h"

namespace rollcall::store::memory {

Result<std::unique_ptr<Store>> open_memory(const OpenOptions& options);

class MemoryStore final : public Store {
public:
    MemoryStore();
    ~MemoryStore() override;

    Transaction& read() override;
    void end_read() override {}
    void submit(Work work, Done done) override;
    void submit_alone(Work work, Done done) override { submit(std::move(work), std::move(done)); }
    void yield_read() override {}
    bool run_now(Work&, Done&) override { return false; }
    std::vector<Violation> verify(const Catalogue& catalogue) override;
    const Sha256& instance_key() const override { return instance_key_; }
    bool healthy() const override { return true; }
    std::vector<std::pair<std::string, double>> statistics() const override { return {}; }

private:
    struct Job {
        Work work;
        Done done;
    };
    void loop();
    void run(Job& job);
    std::shared_ptr<const State> current() const;

    const uint64_t number_;
    Sha256 instance_key_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::shared_ptr<const State> state_;  // guarded by mutex_, as is all below
    std::deque<Job> queue_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace rollcall::store::memory
