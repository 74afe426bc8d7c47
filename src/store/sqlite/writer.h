// The one thread that writes, and its queue: group commit. (A single short job may run on the thread that has
// it, in turn with this one: run_now().) It takes whatever waited during the last commit, runs it in one
// transaction, commits durably, and then tells every job.
//
//      idle --job--> begin -> job, job, ... -> commit -> done, done, ... -> [rest of a checkpoint] -> idle
//                      |            |             |
//                      +------------+-------------+--> rollback -> done(StoreFailure) for all of the batch
//
// After an I/O error or damage nothing is tried again: what the disk holds is unknown until the process
// starts anew (promise P5). A full disk is different: nothing was written, and the next batch may
// succeed.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "store/open.h"
#include "store/sqlite/checkpointer.h"
#include "store/sqlite/commit_news.h"
#include "store/sqlite/transaction.h"

namespace rollcall::store::sqlite {

class Writer {
public:
    // `survey` may be null.
    Writer(const Connection::Settings& settings, const OpenOptions& options, CommitNews& news,
           Survey* survey = nullptr);
    // Finishes everything that was submitted.
    ~Writer();

    // `alone`: in a batch of its own, without a savepoint around it.
    void submit(Work work, Done done, bool alone = false);
    // Store::run_now: a batch of one on the calling thread.
    bool run_now(Work& work, Done& done);
    bool healthy() const { return !broken_ && !full_; }

    struct Counts {
        std::atomic<uint64_t> batches{0};
        std::atomic<uint64_t> jobs{0};
        std::atomic<uint64_t> failed_batches{0};
        std::atomic<uint64_t> queued{0};
    };
    const Counts& counts() const { return counts_; }
    const Checkpointer& checkpointer() const { return checkpointer_; }

private:
    struct Job {
        Work work;
        Done done;
        bool alone = false;
        std::exception_ptr failure = nullptr;
    };
    using Jobs = std::deque<Job>;

    void loop();
    Jobs take();
    void run_batch(Jobs& batch);
    size_t run_jobs(Jobs& batch);
    void run_job(Job& job);
    void begin();
    void commit();
    void fail_batch(Jobs& batch, const StoreFailure& failure);
    void note_failure(const StoreFailure& failure);
    void try_full_disk_again();
    static void tell(Job& job);

    const bool answer_before_commit_;
    std::mutex
        turn_;  // held by whoever runs a batch: the connection, the transaction and checkpoints are its
    std::unique_ptr<Connection> connection_;
    SqliteTransaction transaction_;
    const WalIndex wal_index_;
    CommitNews& news_;
    Checkpointer checkpointer_;
    std::atomic<bool> broken_{false};
    std::atomic<bool> full_{false};
    std::atomic<int64_t> last_batch_us_{0};
    Counts counts_;

    std::mutex mutex_;
    std::condition_variable wake_;
    Jobs queue_;                // guarded by mutex_
    bool stopping_ = false;     // guarded by mutex_
    bool log_is_long_ = false;  // the same: a batch of another thread left work for checkpoints
    std::thread thread_;        // last: everything above exists when it starts
};

}  // namespace rollcall::store::sqlite
