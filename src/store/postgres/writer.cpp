#include "store/postgres/writer.h"

#include "base/log.h"

namespace rollcall::store::postgres {
namespace {

// Above this a batch keeps its first job waiting for longer than batching saves.
constexpr size_t kBatchJobsMax = 128;
constexpr auto kRetry = std::chrono::milliseconds(500);
constexpr auto kLockPatience = std::chrono::seconds(10);
// Jobs that are run again: how long one after the other may try, and how long one of them waits for a lock.
constexpr auto kRepeatAtMost = std::chrono::milliseconds(1'000);
constexpr int kLockTimeoutApartMs = 500;
// While nobody gets a lock: those in the queue are to be told in time.
constexpr int kLockTimeoutBlockedMs = 300;

bool answers_before_commit([[maybe_unused]] const OpenOptions& options) {
#ifdef ROLLCALL_CANARIES
    return options.unsafe_answer_before_commit;
#else
    return false;
#endif
}

// Every change runs twice, so that a test sees those that may not.
bool conflicts_first([[maybe_unused]] const OpenOptions& options) {
#ifdef ROLLCALL_CANARIES
    return options.unsafe == "conflict-first";
#else
    return false;
#endif
}

}  // namespace

Writer::Writer(const Connection::Settings& settings, const OpenOptions& options,
               PostgresTransaction::MakeMonth make_month)
    : settings_(settings),
      options_(options),
      make_month_(std::move(make_month)),
      answer_before_commit_(answers_before_commit(options)),
      thread_([this] { loop(); }) {}

Writer::~Writer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void Writer::submit(Job job) {
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back(std::move(job));
    }
    counts_.queued.fetch_add(1, std::memory_order_relaxed);
    wake_.notify_one();
}

Writer::Jobs Writer::take() {
    std::unique_lock lock(mutex_);
    const auto ready = [this] { return stopping_ || !queue_.empty(); };
    if (healthy_)
        wake_.wait(lock, ready);
    else
        wake_.wait_for(lock, kRetry, ready);
    Jobs batch;
    if (queue_.empty()) return batch;
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
    gather(batch);
    return batch;
}

// Jobs of other tenants are overtaken, those of the same one never are.
void Writer::gather(Jobs& batch) {
    const TenantId tenant = batch.front().subject.tenant;
    if (batch.front().alone || tenant == TenantId{}) return;
    for (auto at = queue_.begin(); at != queue_.end() && batch.size() < kBatchJobsMax;) {
        if (at->subject.tenant != tenant) {
            ++at;
            continue;
        }
        if (at->alone) break;
        batch.push_back(std::move(*at));
        at = queue_.erase(at);
    }
}

void Writer::loop() {
    for (;;) {
        Jobs batch = take();
        if (!batch.empty())
            run_batch(batch);
        else if (!healthy_)
            try_again();
        const std::lock_guard lock(mutex_);
        if (stopping_ && queue_.empty()) return;
    }
}

// So that health tells the truth also while nobody changes anything.
void Writer::try_again() noexcept {
    try {
        connect();
        connection_->send("SELECT 1");
        connection_->settle();
        healthy_ = true;
    } catch (const std::exception&) {
        healthy_ = false;
    }
}

void Writer::connect() {
    if (connection_ && connection_->is_alive()) return;
    transaction_.reset();
    connection_.reset();
    connection_ = Connection::open(settings_);
    transaction_ = std::make_unique<PostgresTransaction>(*connection_, PostgresTransaction::Access::Write,
                                                         options_.limits, make_month_, options_.audit_key);
}

std::vector<const Claims*> Writer::claims_of(const Jobs& batch) {
    std::vector<const Claims*> claims;
    for (const auto& job : batch) {
        if (!job.subject.claims.type.empty()) claims.push_back(&job.subject.claims);
    }
    return claims;
}

// Whoever has the lock may be in a long change, of another process. Nothing was done yet, so that a wait that
// ended without it is only begun anew.
void Writer::begin(Jobs& batch) {
    const TenantId tenant = batch.front().subject.tenant;
    if (tenant == TenantId{}) return;
    const auto end = Clock::now() + kLockPatience;
    for (;;) {
        try {
            transaction_->begin_job(false);
            transaction_->of_tenant(tenant).settle();
            break;
        } catch (const StoreFailure& failure) {
            if (failure.cause != StoreFailure::Cause::Busy) throw;
            if (Clock::now() > end) throw StoreFailure(failure.cause, failure.what());
            connection_->rollback();
            transaction_->forget();
        }
    }
    // What has come meanwhile shares the commit: the wait may have been for another process.
    {
        const std::lock_guard lock(mutex_);
        gather(batch);
    }
    transaction_->look_up(tenant, claims_of(batch));
}

void Writer::run_batch(Jobs& batch) {
    const auto failed = try_batch(batch);
    if (failed && failed->is_conflict && !(failed->has_waited && is_blocked_)) return run_apart(batch);
    finish(batch, failed);
    if (failed || !is_blocked_) return;
    is_blocked_ = false;
    set_lock_timeout(settings_.lock_timeout_ms);
}

std::optional<Writer::Failed> Writer::try_batch(Jobs& batch) {
    try {
        connect();
        begin(batch);
        for (auto& job : batch) {
            run_job(job);
            if (answer_before_commit_) tell(job);
        }
        if (conflicts_first(options_) && !batch.front().is_apart) throw Conflict("The first time", false);
        transaction_->commit();
        return std::nullopt;
    } catch (const std::exception& error) {
        const auto* known = dynamic_cast<const StoreFailure*>(&error);
        const auto* conflict = dynamic_cast<const Conflict*>(&error);
        if (connection_) connection_->rollback();
        if (transaction_) transaction_->forget();
        return Failed{
            known ? *known : StoreFailure(StoreFailure::Cause::Busy, "The transaction was given up"),
            error.what(), conflict != nullptr, conflict != nullptr && conflict->has_waited};
    }
}

// What was in the way of one job is no business of the others. A lock that is not set free at all is waited
// for by one job only: the others, and those in the queue, are to be told in time.
void Writer::run_apart(Jobs& batch) {
    counts_.repeated_batches.fetch_add(1, std::memory_order_relaxed);
    set_lock_timeout(kLockTimeoutApartMs);
    const auto end = Clock::now() + kRepeatAtMost;
    while (!batch.empty()) {
        Jobs one;
        one.push_back(std::move(batch.front()));
        batch.pop_front();
        one.front().alone = true;
        one.front().is_apart = true;
        const auto failed = try_apart(one, end);
        finish(one, failed);
        is_blocked_ = failed && failed->has_waited;
        if (!failed || (failed->is_conflict && !failed->has_waited)) continue;
        finish(batch, failed);
        break;
    }
    set_lock_timeout(is_blocked_ ? kLockTimeoutBlockedMs : settings_.lock_timeout_ms);
}

std::optional<Writer::Failed> Writer::try_apart(Jobs& one, Clock::time_point end) {
    for (int pause_ms = 4;; pause_ms = std::min(pause_ms * 2, 64)) {
        auto failed = try_batch(one);
        if (!failed || !failed->is_conflict || failed->has_waited || Clock::now() > end) return failed;
        // Not in step with whoever is in the way.
        std::this_thread::sleep_for(
            std::chrono::milliseconds(1 + random_() % static_cast<unsigned>(pause_ms)));
    }
}

void Writer::set_lock_timeout(int ms) noexcept {
    try {
        if (!connection_ || !connection_->is_alive()) return;
        connection_->send("SELECT set_config('lock_timeout', $1, false)", std::to_string(ms));
        connection_->settle();
    } catch (const std::exception&) {
        // The next batch finds out what became of the connection.
    }
}

void Writer::finish(Jobs& batch, const std::optional<Failed>& failed) {
    if (batch.empty()) return;
    if (failed) {
        log(LogLevel::Error, "store_write_failed", {{"reason", failed->reason}});
        if (failed->failure.cause != StoreFailure::Cause::Busy) healthy_ = false;
        return fail_batch(batch, failed->failure);
    }
    healthy_ = true;
    counts_.batches.fetch_add(1, std::memory_order_relaxed);
    counts_.jobs.fetch_add(batch.size(), std::memory_order_relaxed);
    counts_.queued.fetch_sub(batch.size(), std::memory_order_relaxed);
    if (answer_before_commit_) return;
    for (auto& job : batch) tell(job);
}

void Writer::run_job(Job& job) {
    job.failure = nullptr;
    transaction_->begin_job(job.alone);
    try {
        job.work(*transaction_);
    } catch (const StoreFailure&) {
        throw;
    } catch (...) {
        job.failure = std::current_exception();
        if (!job.alone) return transaction_->undo_job();
        connection_->rollback();
        transaction_->forget();
        return;
    }
    transaction_->end_job();
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

void Writer::tell(Job& job) {
    if (!job.done) return;
    try {
        Done done = std::move(job.done);
        done(std::move(job.failure));
    } catch (const std::exception& error) {
        log(LogLevel::Error, "store_done_failed", {{"reason", error.what()}});
    }
}

}  // namespace rollcall::store::postgres
