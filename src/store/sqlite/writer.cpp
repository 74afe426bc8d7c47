#include "store/sqlite/writer.h"

#include <chrono>

#include "base/log.h"

namespace rollcall::store::sqlite {
namespace {

// Above these a batch keeps its first job waiting for longer than batching saves.
constexpr size_t kBatchJobsMax = 256;
constexpr auto kBatchTimeMax = std::chrono::milliseconds(20);
// How often a full disk is tried while nobody writes (promise P7: back within 5 s).
constexpr auto kFullDiskRetry = std::chrono::seconds(1);

bool answers_before_commit([[maybe_unused]] const OpenOptions& options) {
#ifdef ROLLCALL_CANARIES
    return options.unsafe_answer_before_commit;
#else
    return false;
#endif
}

StoreFailure lost() {
    return {StoreFailure::Cause::Lost, "An earlier write failed; the server must be started again"};
}

}  // namespace

Writer::Writer(const Connection::Settings& settings, const OpenOptions& options, CommitNews& news,
               Survey* survey)
    : answer_before_commit_(answers_before_commit(options)),
      connection_(Connection::open(settings)),
      transaction_(*connection_, options.limits, options.audit_key, survey),
      wal_index_(*connection_),
      news_(news),
      checkpointer_(*connection_, settings),
      thread_([this] { loop(); }) {
    if (wal_index_.is_mapped()) news_.begin(wal_index_.change());
}

Writer::~Writer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void Writer::submit(Work work, Done done, bool alone) {
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back({std::move(work), std::move(done), alone});
    }
    counts_.queued.fetch_add(1, std::memory_order_relaxed);
    wake_.notify_one();
}

bool Writer::run_now(Work& work, Done& done) {
    // A slow disk must hold up a connection's thread for no longer than a few look-ups do.
    constexpr int64_t kQuickCommitUs = 2'000;
    if (broken_ || full_ || last_batch_us_ > kQuickCommitUs) return false;
    const std::unique_lock turn(turn_, std::try_to_lock);
    if (!turn) return false;
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || !queue_.empty()) return false;
    }
    Jobs batch;
    batch.push_back({std::move(work), std::move(done)});
    counts_.queued.fetch_add(1, std::memory_order_relaxed);
    run_batch(batch);
    if (checkpointer_.is_due()) {
        {
            const std::lock_guard lock(mutex_);
            log_is_long_ = true;
        }
        wake_.notify_one();
    }
    return true;
}

Writer::Jobs Writer::take() {
    std::unique_lock lock(mutex_);
    const auto ready = [this] { return stopping_ || log_is_long_ || !queue_.empty(); };
    if (full_)
        wake_.wait_for(lock, kFullDiskRetry, ready);
    else
        wake_.wait(lock, ready);
    log_is_long_ = false;
    Jobs batch;
    while (!queue_.empty() && batch.size() < kBatchJobsMax) {
        const bool alone = queue_.front().alone;
        if (alone && !batch.empty()) break;
        batch.push_back(std::move(queue_.front()));
        queue_.pop_front();
        if (alone) break;
    }
    return batch;
}

void Writer::loop() {
    for (;;) {
        Jobs batch = take();
        const std::lock_guard turn(turn_);
        if (!batch.empty()) {
            run_batch(batch);
        } else if (full_) {
            try_full_disk_again();
        }
        if (!broken_) {
            try {
                checkpointer_.between_transactions();
            } catch (const StoreFailure& failure) {
                note_failure(failure);
            }
        }
        const std::lock_guard lock(mutex_);
        if (stopping_ && queue_.empty()) return;
    }
}

void Writer::run_batch(Jobs& batch) {
    if (broken_) {
        fail_batch(batch, lost());
        return;
    }
    size_t ran = batch.size();
    const auto began = std::chrono::steady_clock::now();
    try {
        begin();
        ran = run_jobs(batch);
        commit();
        full_ = false;
    } catch (const StoreFailure& failure) {
        connection_->rollback();
        note_failure(failure);
        fail_batch(batch, failure);
        return;
    } catch (const std::exception& error) {
        // Out of memory, or a bug of ours, in the frame of the batch itself.
        connection_->rollback();
        log(LogLevel::Error, "store_batch_failed", {{"reason", error.what()}});
        fail_batch(batch, StoreFailure(StoreFailure::Cause::Busy, "The transaction was given up"));
        return;
    }
    const auto took = std::chrono::steady_clock::now() - began;
    last_batch_us_ = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
    counts_.batches.fetch_add(1, std::memory_order_relaxed);
    counts_.jobs.fetch_add(ran, std::memory_order_relaxed);
    counts_.queued.fetch_sub(ran, std::memory_order_relaxed);
    if (ran < batch.size()) {
        const std::lock_guard lock(mutex_);
        for (size_t i = batch.size(); i > ran; --i) queue_.push_front(std::move(batch[i - 1]));
    }
    if (answer_before_commit_) return;
    for (size_t i = 0; i < ran; ++i) tell(batch[i]);
}

void Writer::begin() {
    connection_->execute("BEGIN IMMEDIATE");
    transaction_.begin_batch();
}

void Writer::commit() {
    transaction_.end_batch();
    const auto commits = checkpointer_.commits();
    if (wal_index_.is_mapped()) news_.about_to_commit(wal_index_.change());
    connection_->execute("COMMIT");
    // A batch that changed nothing leaves the counter alone, and the next change may be another process's.
    if (wal_index_.is_mapped() && checkpointer_.commits() != commits)
        news_.committed(transaction_.has_only_audit());
    news_.log_is_long.store(checkpointer_.is_due(), std::memory_order_relaxed);
}

// Returns how many were run: the time of a batch is bounded, the rest goes back into the queue.
size_t Writer::run_jobs(Jobs& batch) {
    const auto end = std::chrono::steady_clock::now() + kBatchTimeMax;
    size_t ran = 0;
    for (auto& job : batch) {
        run_job(job);
        if (answer_before_commit_) tell(job);
        ++ran;
        if (std::chrono::steady_clock::now() >= end) break;
    }
    return ran;
}

void Writer::run_job(Job& job) {
    transaction_.begin_job(job.alone);
    try {
        job.work(transaction_);
    } catch (const StoreFailure&) {
        throw;
    } catch (...) {
        job.failure = std::current_exception();
        if (!connection_->in_transaction()) {
            // SQLite gave up the whole transaction, as it does when memory ends.
            throw StoreFailure(StoreFailure::Cause::Busy, "The transaction was given up");
        }
        if (job.alone) {
            connection_->rollback();
            begin();
        } else {
            transaction_.undo_job();
        }
        return;
    }
    transaction_.end_job();
}

// Each job gets an exception of its own: they end up on different threads.
void Writer::fail_batch(Jobs& batch, const StoreFailure& failure) {
    counts_.failed_batches.fetch_add(1, std::memory_order_relaxed);
    counts_.queued.fetch_sub(batch.size(), std::memory_order_relaxed);
    for (auto& job : batch) {
        job.failure = std::make_exception_ptr(StoreFailure(failure.cause, failure.what()));
        tell(job);
    }
}

void Writer::note_failure(const StoreFailure& failure) {
    using Cause = StoreFailure::Cause;
    log(LogLevel::Error, "store_write_failed", {{"reason", failure.what()}});
    if (failure.cause == Cause::Full) full_ = true;
    if (failure.cause != Cause::Lost && failure.cause != Cause::Damaged && failure.cause != Cause::TooNew)
        return;
    broken_ = true;
    // Closing would copy the log into the database, which is a write like any other.
    int was = 0;
    sqlite3_db_config(connection_->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, &was);
}

// Writes a row of nobody, so that health tells the truth also while no client dares to write.
void Writer::try_full_disk_again() {
    Jobs probe;
    probe.push_back({[this](Transaction&) {
                         transaction_.begin_change();
                         connection_->execute(
                             "INSERT INTO counter (tenant_id, name, value) VALUES (0, 'disk_full', 1) "
                             "ON CONFLICT (tenant_id, name) DO UPDATE SET value = value + 1");
                     },
                     [](std::exception_ptr) {}});
    counts_.queued.fetch_add(1, std::memory_order_relaxed);
    run_batch(probe);
}

void Writer::tell(Job& job) {
    if (!job.done) return;
    try {
        Done done = std::move(job.done);
        done(std::move(job.failure));
    } catch (const std::exception& error) {
        log(LogLevel::Error, "store_done_failed", {{"reason", error.what()}});
    }
}

}  // namespace rollcall::store::sqlite
