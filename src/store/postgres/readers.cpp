#include "store/postgres/readers.h"

#include <algorithm>
#include <atomic>

namespace rollcall::store::postgres {
namespace {

std::atomic<uint64_t> pools_made{0};

}  // namespace

// ------------------------------------------------------------------------------------------------ Reader

Transaction& Reader::begin() {
    if (!connection_ || !connection_->is_alive()) {
        transaction_.reset();
        connection_.reset();
        connection_ = Connection::open(settings_);
        transaction_ =
            std::make_unique<PostgresTransaction>(*connection_, PostgresTransaction::Access::Read, limits_);
    }
    if (!is_shared_) transaction_->end_snapshot();
    return *transaction_;
}

void Reader::foresee(std::span<const Foreseen> all) {
    is_shared_ = false;
    begin();
    is_shared_ = true;
    transaction_->foresee(all);
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
