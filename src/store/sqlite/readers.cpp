#include "store/sqlite/readers.h"

#include <algorithm>

namespace rollcall::store::sqlite {
namespace {

constexpr int kReadsPerTransaction = 256;

std::atomic<uint64_t> pools_made{0};

}  // namespace

// ------------------------------------------------------------------------------------------------ Reader

Reader::Reader(const Connection::Settings& settings, const Limits& limits)
    : connection_(Connection::open(settings)),
      transaction_(*connection_, SqliteTransaction::Access::Read, limits) {
    if (!map_header()) shared_ = nullptr;
}

bool Reader::map_header() {
    // The mapping that SQLite itself has of the -shm file. Opening the file a second time would be wrong:
    // closing any descriptor of it drops all POSIX locks that this process holds on it.
    connection_->run("SELECT 1 FROM sqlite_schema LIMIT 1").run();
    sqlite3_file* file = nullptr;
    if (sqlite3_file_control(connection_->handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
        file == nullptr || file->pMethods == nullptr || file->pMethods->iVersion < 2) {
        return false;
    }
    constexpr int kRegionBytes = 32 * 1024;  // SQLite maps the WAL index in pieces of this size
    void volatile* region = nullptr;
    if (file->pMethods->xShmMap(file, 0, kRegionBytes, 0, &region) != SQLITE_OK || region == nullptr)
        return false;
    shared_ = static_cast<const volatile uint64_t*>(region) + 1;
    return true;
}

Reader::Header Reader::header() const {
    Header header;
    // In order: what the database says afterwards must not be read before it.
    for (size_t i = 0; i < header.size(); ++i) header[i] = __atomic_load_n(shared_ + i, __ATOMIC_ACQUIRE);
    return header;
}

Transaction& Reader::begin() {
    if (open_ && reads_ < kReadsPerTransaction && shared_ != nullptr && header() == seen_) {
        ++reads_;
        ++reused_;
        return transaction_;
    }
    end();
    // Taken before the snapshot: a commit in between makes the next call start anew, never see too little.
    if (shared_ != nullptr) seen_ = header();
    connection_->execute("BEGIN");
    transaction_.begin_snapshot();
    open_ = true;
    reads_ = 1;
    return transaction_;
}

void Reader::end() noexcept {
    if (!open_) return;
    open_ = false;
    connection_->rollback();
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

ReaderPool::~ReaderPool() {
    close();
}

Reader* ReaderPool::existing() {
    for (const auto& entry : ThreadReaders::here().entries) {
        if (entry.pool_number == number_) return entry.reader;
    }
    return nullptr;
}

Reader& ReaderPool::mine() {
    if (Reader* reader = existing()) [[likely]]
        return *reader;
    auto& entries = ThreadReaders::here().entries;
    std::erase_if(entries, [](const auto& entry) { return entry.pool.expired(); });
    Reader* reader = nullptr;
    {
        const std::lock_guard lock(mutex_);
        if (!idle_.empty()) {
            reader = idle_.back();
            idle_.pop_back();
        }
    }
    if (reader == nullptr) {
        auto made = std::make_unique<Reader>(settings_, limits_);
        reader = made.get();
        const std::lock_guard lock(mutex_);
        readers_.push_back(std::move(made));
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

}  // namespace rollcall::store::sqlite
