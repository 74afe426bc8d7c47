#include "store/postgres/readers.h"

#include <algorithm>
#include <atomic>

namespace rollcall::store::postgres {
namespace {

std::atomic<uint64_t> pools_made{0};

using Clock = std::chrono::steady_clock;
// Requests of one turn wait for each other. When the database fails one of them, those behind it ask anew
// only within this: each has a wait of its own to lose, and 503 comes within two seconds (P25).
constexpr std::chrono::milliseconds kTroubleAtMost(1'000);

}  // namespace

// ------------------------------------------------------------------------------------------------ Reader

Transaction& Reader::begin() {
    if (is_shared_ && is_blocked_)
        throw StoreFailure(StoreFailure::Cause::Busy, "A table is locked that this turn asks for");
    if (is_shared_ && has_failed_ && Clock::now() > turn_began_ + kTroubleAtMost)
        throw StoreFailure(StoreFailure::Cause::Busy, "The database has kept this turn waiting for too long");
    if (!connection_ || !connection_->is_alive()) {
        has_failed_ = true;
        transaction_.reset();
        connection_.reset();
        connection_ = Connection::open(settings_);
        transaction_ =
            std::make_unique<PostgresTransaction>(*connection_, PostgresTransaction::Access::Read, limits_);
    }
    // What another request of the turn has run into is not for this one, which asks anew.
    const bool has_failed_now = connection_->has_failed();
    if (!is_shared_ || has_failed_now) transaction_->end_snapshot();
    if (has_failed_now) has_failed_ = true;
    return *transaction_;
}

void Reader::foresee(std::span<const Foreseen> all) {
    is_shared_ = is_blocked_ = false;
    turn_began_ = Clock::now();
    try {
        begin();
        is_shared_ = true;
        has_failed_ = false;
        transaction_->foresee(all);
    } catch (const Conflict& conflict) {
        // Reads wait for tables only: all of the turn would wait as long.
        is_shared_ = has_failed_ = true;
        is_blocked_ = conflict.has_waited;
        throw;
    } catch (...) {
        is_shared_ = has_failed_ = true;
        throw;
    }
}

void Reader::end() noexcept {
    if (!transaction_ || !transaction_->is_open()) return;
    connection_->rollback();
    transaction_->forget();
}

// ------------------------------------------------------------------------------------------------
// ThreadReaders

// What one thread holds. Its destructor runs when the thread ends.
struct ThreadReaders {
    struct Entry {
        uint64_t pool_number;
        std::weak_ptr<ReaderPool> pool;
        Reader* reader;
    };
    std::vector<Entry> entries;

    ~ThreadReaders() {
        for (const auto& entry : entries) {
            if (const auto pool = entry.pool.lock()) pool->give_back(entry.reader);
        }
    }
    static ThreadReaders& here() {
        thread_local ThreadReaders readers;
        return readers;
    }
};

// ------------------------------------------------------------------------------------------------ ReaderPool

ReaderPool::ReaderPool(Connection::Settings settings, const Limits& limits)
    : number_(++pools_made), settings_(std::move(settings)), limits_(limits) {}

Reader* ReaderPool::existing() {
    for (const auto& entry : ThreadReaders::here().entries) {
        if (entry.pool_number == number_) return entry.reader;
    }
    return nullptr;
}

Reader& ReaderPool::mine() {
    if (Reader* reader = existing()) return *reader;
    auto& entries = ThreadReaders::here().entries;
    std::erase_if(entries, [](const auto& entry) { return entry.pool.expired(); });
    Reader* reader = nullptr;
    {
        const std::lock_guard lock(mutex_);
        if (idle_.empty()) {
            readers_.push_back(std::make_unique<Reader>(settings_, limits_));
            reader = readers_.back().get();
        } else {
            reader = idle_.back();
            idle_.pop_back();
        }
    }
    entries.push_back({number_, weak_from_this(), reader});
    return *reader;
}

void ReaderPool::give_back(Reader* reader) noexcept {
    const std::lock_guard lock(mutex_);
    const bool known = std::ranges::any_of(readers_, [&](const auto& own) { return own.get() == reader; });
    if (!known) return;  // the store was closed meanwhile
    reader->end();
    idle_.push_back(reader);
}

void ReaderPool::close() {
    const std::lock_guard lock(mutex_);
    idle_.clear();
    readers_.clear();
}

size_t ReaderPool::size() const {
    const std::lock_guard lock(mutex_);
    return readers_.size();
}

}  // namespace rollcall::store::postgres
