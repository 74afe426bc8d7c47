#include "store/sqlite/checkpointer.h"

#include "base/log.h"

namespace rollcall::store::sqlite {
namespace {

// 4,096-byte pages: 32 MiB of log. Longer logs make the writer's part longer, shorter ones copy pages more
// often.
constexpr int64_t kFramesMax = 8'000;
// What the writer may be left to copy itself: some milliseconds.
constexpr int64_t kRestMax = 600;
// The writer may be as fast as the copying.
constexpr int kRoundsBesideMax = 3;
// Above this the writer waits for readers to leave: about 80 MiB.
constexpr int64_t kFramesHardMax = 20'000;
constexpr int64_t kFramesBetweenWaits = 4'000;
// Longer than any query may last (Limits::query_deadline_ms).
constexpr int kReadersTimeoutMs = 2'500;

struct Outcome {
    int code;
    int frames = 0;
    int copied = 0;
};

Outcome checkpoint(Connection& connection, int mode) {
    Outcome outcome{SQLITE_OK};
    outcome.code =
        sqlite3_wal_checkpoint_v2(connection.handle(), "main", mode, &outcome.frames, &outcome.copied);
    return outcome;
}

bool disk_failed(int code) {
    const int primary = code & 0xff;
    return primary == SQLITE_IOERR || primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

}  // namespace

Checkpointer::Checkpointer(Connection& writer, const Connection::Settings& settings)
    : writer_(writer), settings_(settings), thread_([this] { loop(); }) {
    sqlite3_wal_hook(writer_.handle(), committed, this);
}

Checkpointer::~Checkpointer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
    sqlite3_wal_hook(writer_.handle(), nullptr, nullptr);
}

int Checkpointer::committed(void* self, sqlite3*, const char*, int frames) {
    auto& checkpointer = *static_cast<Checkpointer*>(self);
    checkpointer.frames_ = frames;
    checkpointer.commits_.fetch_add(1, std::memory_order_relaxed);
    return SQLITE_OK;
}

void Checkpointer::between_transactions() {
    if (failed_) throw StoreFailure(StoreFailure::Cause::Lost, "A checkpoint failed");
    if (frames_ < kFramesMax) {
        waited_at_ = 0;
        return;
    }
    const auto state = state_.load();
    if (state == State::RestDue && (frames_ - copied_ <= kRestMax || frames_ > kFramesHardMax)) {
        finish();
        state_ = State::Idle;
    } else if (state != State::Asked) {
        ask();  // again, when one large commit has come meanwhile: others' requests wait behind the writer
    }
    if (frames_ > kFramesHardMax && frames_ > waited_at_ + kFramesBetweenWaits) wait_for_readers();
}

void Checkpointer::ask() {
    {
        const std::lock_guard lock(mutex_);
        state_ = State::Asked;
    }
    wake_.notify_one();
}

bool Checkpointer::is_due() const {
    return failed_ || frames_ >= kFramesMax;
}

void Checkpointer::finish() {
    const auto outcome = checkpoint(writer_, SQLITE_CHECKPOINT_PASSIVE);
    if (disk_failed(outcome.code)) throw_failure(writer_.handle(), outcome.code);
    rounds_.fetch_add(1, std::memory_order_relaxed);
}

// Readers end within the deadline of a query. One that was left open on a thread without work does not; then
// the log grows by kFramesBetweenWaits before the next attempt.
void Checkpointer::wait_for_readers() {
    waited_at_ = frames_;
    waits_.fetch_add(1, std::memory_order_relaxed);
    sqlite3_busy_timeout(writer_.handle(), kReadersTimeoutMs);
    const auto outcome = checkpoint(writer_, SQLITE_CHECKPOINT_RESTART);
    sqlite3_busy_timeout(writer_.handle(), settings_.busy_timeout_ms);
    if (disk_failed(outcome.code)) throw_failure(writer_.handle(), outcome.code);
    if (outcome.code != SQLITE_OK) log(LogLevel::Warning, "store_log_long", {{"frames", frames_.load()}});
}

void Checkpointer::loop() {
    std::unique_ptr<Connection> connection;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return stopping_ || state_ == State::Asked; });
            if (stopping_) return;
        }
        try {
            if (!connection) connection = Connection::open(settings_);
            copy_beside(*connection);
        } catch (const StoreFailure& failure) {
            log(LogLevel::Warning, "store_checkpoint_failed", {{"reason", failure.what()}});
        } catch (const std::bad_alloc&) {
            log(LogLevel::Warning, "store_checkpoint_failed", {{"reason", "out of memory"}});
        }
        state_ = State::RestDue;
    }
}

// SQLite syncs the database only after a copy that reached the end of the log, which is the writer's: without
// this the writer would wait for all that was copied beside it.
void Checkpointer::sync_database(Connection& connection) {
    sqlite3_file* file = nullptr;
    int code = sqlite3_file_control(connection.handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (code == SQLITE_OK) code = file->pMethods->xSync(file, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
    if (code == SQLITE_OK) return;
    failed_ = true;
    throw_failure(connection.handle(), code);
}

// Each round copies what was written during the one before, so that little is left for the writer.
void Checkpointer::copy_beside(Connection& connection) {
    for (int round = 0; round < kRoundsBesideMax; ++round) {
        const auto outcome = checkpoint(connection, SQLITE_CHECKPOINT_PASSIVE);
        if (disk_failed(outcome.code)) failed_ = true;
        if (outcome.code != SQLITE_OK && outcome.code != SQLITE_BUSY)
            throw_failure(connection.handle(), outcome.code);
        if (outcome.code == SQLITE_OK && outcome.copied < outcome.frames) sync_database(connection);
        if (outcome.code == SQLITE_OK) copied_ = outcome.copied;
        if (outcome.code != SQLITE_OK || frames_ - outcome.copied <= kRestMax) return;
    }
}

}  // namespace rollcall::store::sqlite
