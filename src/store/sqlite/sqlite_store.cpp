#include "store/sqlite/sqlite_store.h"

#include "store/sqlite/verify.h"

namespace rollcall::store::sqlite {

SqliteStore::SqliteStore(const Connection::Settings& writer, const Connection::Settings& readers,
                         const OpenOptions& options, const Sha256& instance_key)
    : instance_key_(instance_key),
      news_(std::make_shared<CommitNews>()),
      survey_(readers, *news_),
      readers_(std::make_shared<ReaderPool>(readers, options.limits, news_, &survey_)),
      writer_(writer, options, *news_, &survey_) {}

SqliteStore::~SqliteStore() {
    readers_->close();
}

Transaction& SqliteStore::read() {
    return readers_->mine().begin();
}

void SqliteStore::end_read() {
    if (Reader* reader = readers_->existing()) reader->end();
}

void SqliteStore::submit(Work work, Done done) {
    writer_.submit(std::move(work), std::move(done));
}

void SqliteStore::submit_alone(Work work, Done done) {
    writer_.submit(std::move(work), std::move(done), true);
}

void SqliteStore::yield_read() {
    if (news_->log_is_long.load(std::memory_order_relaxed)) end_read();
}

bool SqliteStore::run_now(Work& work, Done& done) {
    end_read();  // what it shows is about to be the past, and the log cannot start over beside it
    return writer_.run_now(work, done);
}

std::vector<Violation> SqliteStore::verify(const Catalogue& catalogue) {
    end_read();  // so that the check begins at what is committed now
    auto& transaction = static_cast<SqliteTransaction&>(read());
    auto violations = verify_database(transaction.connection(), catalogue);
    end_read();
    return violations;
}

std::vector<std::pair<std::string, double>> SqliteStore::statistics() const {
    const auto& counts = writer_.counts();
    const auto& checkpoints = writer_.checkpointer();
    const auto number = [](auto value) { return static_cast<double>(value); };
    return {
        {"store_write_batches_total", number(counts.batches.load())},
        {"store_write_jobs_total", number(counts.jobs.load())},
        {"store_write_batches_failed_total", number(counts.failed_batches.load())},
        {"store_write_queue", number(counts.queued.load())},
        {"store_log_frames", number(checkpoints.log_frames())},
        {"store_checkpoints_total", number(checkpoints.rounds())},
        {"store_checkpoint_waits_total", number(checkpoints.waits())},
        {"store_readers", number(readers_->size())},
    };
}

}  // namespace rollcall::store::sqlite
