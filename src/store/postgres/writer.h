// A thread that writes, with a connection and a queue of its own: group commit. It takes the first job that
// waits and all others of the same tenant, runs them in one transaction, each in a savepoint, commits, and
// then tells every job.
//
//      idle --job--> begin -> job, job, ... -> commit -> done, done, ... -> idle
//                      |            |             |
//                      +------------+-------------+--> rollback -> done(StoreFailure) for all of the batch
//                                   |                     |
//                                   +-- conflict --> rollback, each job again in a transaction of its own
//
// One tenant for each transaction: it holds the lock of one tenant, takes it first, and waits for one further
// lock at most that is not the tenant's (PostgresTransaction::lock_address()), so that two writers, of one
// process or of two, do not wait for each other in a circle. Where they do all the same, or where one waits
// in vain, jobs are run again, which they must allow for (store::Work). Jobs whose tenant is not known
// beforehand run alone.
//
// A connection that is lost is opened again for the next batch. What became of a batch whose commit was not
// answered is unknown; nobody was told that it was made.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <thread>

#include "store/open.h"
#include "store/postgres/transaction.h"

namespace rollcall::store::postgres {

class Writer {
public:
    Writer(const Connection::Settings& settings, const OpenOptions& options,
           PostgresTransaction::MakeMonth make_month);
    // Finishes everything that was submitted.
    ~Writer();

    struct Job {
        Work work;
        Done done;
        Subject subject;
        bool alone = false;
        bool is_apart = false;  // runs again, after a conflict
        std::exception_ptr failure = nullptr;
    };
    void submit(Job job);
    // The last batch could be committed, or none was tried.
    bool healthy() const { return healthy_; }

    struct Counts {
        std::atomic<uint64_t> batches{0};
        std::atomic<uint64_t> jobs{0};
        std::atomic<uint64_t> failed_batches{0};
        std::atomic<uint64_t> repeated_batches{0};
        std::atomic<uint64_t> queued{0};
    };
    const Counts& counts() const { return counts_; }

private:
    using Jobs = std::deque<Job>;
    using Clock = std::chrono::steady_clock;
    struct Failed {
        StoreFailure failure;
        std::string reason;
        bool is_conflict;  // may be tried again
        bool has_waited;   // for a lock
    };

    void loop();
    Jobs take();
    // Adds what waits and may share a transaction with the first job. mutex_ is held.
    void gather(Jobs& batch);
    void run_batch(Jobs& batch);
    // In one transaction; undone when it fails. Tells nobody.
    std::optional<Failed> try_batch(Jobs& batch);
    // After a conflict: each job in a transaction of its own.
    void run_apart(Jobs& batch);
    std::optional<Failed> try_apart(Jobs& one, Clock::time_point end);
    void set_lock_timeout(int ms) noexcept;
    void finish(Jobs& batch, const std::optional<Failed>& failed);
    void connect();
    void try_again() noexcept;
    // Opens the transaction with the lock of the tenant, however long others take that hold it.
    // May add jobs to the batch.
    void begin(Jobs& batch);
    static std::vector<const Claims*> claims_of(const Jobs& batch);
    void run_job(Job& job);
    void fail_batch(Jobs& batch, const StoreFailure& failure);
    void tell(Job& job);

    const Connection::Settings settings_;
    const OpenOptions options_;
    const PostgresTransaction::MakeMonth make_month_;
    const bool answer_before_commit_;
    std::unique_ptr<Connection> connection_;
    std::unique_ptr<PostgresTransaction> transaction_;
    std::atomic<bool> healthy_{true};
    bool is_blocked_ = false;  // the last wait for a lock, in a transaction of one job, was in vain
    std::minstd_rand random_{std::random_device{}()};
    Counts counts_;

    std::mutex mutex_;
    std::condition_variable wake_;
    Jobs queue_;             // guarded by mutex_
    bool stopping_ = false;  // guarded by mutex_
    std::thread thread_;     // last: everything above exists when it starts
};

}  // namespace rollcall::store::postgres
