#include "store/postgres/postgres_store.h"

#include "base/log.h"
#include "store/postgres/verify.h"

namespace rollcall::store::postgres {
namespace {

// Each holds one tenant at a time; more of them only wait for the same disk.
constexpr size_t kWriters = 4;

// They wait for tables only, which nobody keeps for long but by mistake; requests behind them wait too.
constexpr int kLockTimeoutOfReadersMs = 300;

Connection::Settings for_reading(Connection::Settings settings) {
    settings.lock_timeout_ms = kLockTimeoutOfReadersMs;
    return settings;
}

// The month of a time, as a number.
int64_t month_of(Instant time) {
    const std::string text = format_instant(time);
    return std::stoll(text.substr(0, 4)) * 12 + std::stoll(text.substr(5, 2));
}

}  // namespace

PostgresStore::PostgresStore(const Connection::Settings& settings, const OpenOptions& options,
                             const Sha256& instance_key)
    : settings_(settings),
      instance_key_(instance_key),
      readers_(std::make_shared<ReaderPool>(for_reading(settings), options.limits)) {
    if (!options.replica.empty()) {
        replica_ =
            std::make_unique<Replica>(settings, options.replica, options.limits, options.replica_behind_max);
    }
    for (size_t i = 0; i < kWriters; ++i) {
        writers_.push_back(
            std::make_unique<Writer>(settings, options, [this](Instant time) { make_month(time); }));
    }
}

PostgresStore::~PostgresStore() {
    replica_.reset();
    readers_->close();
    writers_.clear();
}

void PostgresStore::end_read() {
    if (Reader* reader = readers_->existing()) reader->end();
    if (replica_) replica_->end_read();
}

void PostgresStore::end_foreseen() {
    if (Reader* reader = readers_->existing()) reader->end_foreseen();
}

Writer& PostgresStore::writer_of(TenantId tenant) {
    return *writers_[static_cast<size_t>(tenant.value) % writers_.size()];
}

void PostgresStore::submit_for(Subject subject, Work work, Done done) {
    auto& writer = writer_of(subject.tenant);
    writer.submit({std::move(work), std::move(done), std::move(subject)});
}

void PostgresStore::submit_alone_for(TenantId tenant, Work work, Done done) {
    writer_of(tenant).submit({std::move(work), std::move(done), tenant, true});
}

// On a connection of its own: a partition stays when the change that wanted it is undone.
void PostgresStore::make_month(Instant time) {
    const int64_t month = month_of(time);
    const std::lock_guard lock(months_mutex_);
    if (months_.contains(month)) return;
    const auto connection = Connection::open(settings_);
    connection->run("SELECT 1 FROM audit_month(timestamptz 'epoch' + $1 * interval '1 ms')", time);
    months_.insert(month);
    // Beforehand, so that no change of its first second waits for it. When it fails, that one makes it.
    try {
        connection->run(
            "SELECT 1 FROM audit_month(timestamptz 'epoch' + $1 * interval '1 ms' + interval '1 month')",
            time);
    } catch (const StoreFailure& failure) {
        log(LogLevel::Warning, "the audit partition of the next month could not be made",
            {{"why", failure.what()}});
    }
}

std::vector<Violation> PostgresStore::verify(const Catalogue& catalogue) {
    end_read();
    auto settings = settings_;
    settings.patience_ms = settings.statement_timeout_ms = 600'000;
    settings.outage.reset();
    const auto connection = Connection::open(settings);
    return verify_database(*connection, catalogue);
}

bool PostgresStore::healthy() const {
    for (const auto& writer : writers_) {
        if (!writer->healthy()) return false;
    }
    return true;
}

std::vector<std::pair<std::string, double>> PostgresStore::statistics() const {
    double batches = 0, jobs = 0, failed = 0, repeated = 0, queued = 0;
    for (const auto& writer : writers_) {
        const auto& counts = writer->counts();
        batches += static_cast<double>(counts.batches.load());
        jobs += static_cast<double>(counts.jobs.load());
        failed += static_cast<double>(counts.failed_batches.load());
        repeated += static_cast<double>(counts.repeated_batches.load());
        queued += static_cast<double>(counts.queued.load());
    }
    std::vector<std::pair<std::string, double>> numbers = {
        {"store_write_batches_total", batches},
        {"store_write_jobs_total", jobs},
        {"store_write_batches_failed_total", failed},
        {"store_write_batches_repeated_total", repeated},
        {"store_write_queue", queued},
        {"store_readers", static_cast<double>(readers_->size())},
    };
    if (replica_) {
        numbers.emplace_back("store_replica_reads_total", replica_->reads());
        numbers.emplace_back("store_replica_behind_seconds",
                             std::chrono::duration<double>(replica_->behind()).count());
    }
    return numbers;
}

}  // namespace rollcall::store::postgres
