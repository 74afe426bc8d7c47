#include "store/sqlite/readers.h"

#include <algorithm>

namespace rollcall::store::sqlite {
namespace {

constexpr int kReadsMax = 10'000;
constexpr int kReadsWhileLogIsLong = 64;

std::atomic<uint64_t> pools_made{0};

}  // namespace

// ------------------------------------------------------------------------------------------------ Reader

Reader::Reader(const Connection::Settings& settings, const Limits& limits, const CommitNews* news,
               Survey* survey)
    : connection_(Connection::open(settings)),
      wal_index_(*connection_),
      transaction_(*connection_, limits, wal_index_, survey),
      news_(news) {}

bool Reader::can_go_on() const {
    if (!open_ || !wal_index_.is_mapped()) return false;
    const bool is_log_long = news_ == nullptr || news_->log_is_long.load(std::memory_order_relaxed);
    if (reads_ >= (is_log_long ? kReadsWhileLogIsLong : kReadsMax)) return false;
    const auto now = wal_index_.header();
    if (now == seen_) return true;
    return news_ != nullptr && news_->nothing_to_show(WalIndex::change_of(seen_), WalIndex::change_of(now));
}

Transaction& Reader::begin() {
    if (can_go_on()) {
        ++reads_;
        ++reused_;
        return transaction_;
    }
    end();
    const auto last_seen = WalIndex::change_of(seen_);
    // Taken before the snapshot: a commit in between makes the next call start anew, never see too little.
    if (wal_index_.is_mapped()) seen_ = wal_index_.header();
    connection_->execute("BEGIN");
    open_ = true;
    if (!shows_the_same_as(last_seen)) transaction_.begin_snapshot();
    reads_ = 1;
    return transaction_;
}

// The snapshot before was no older than `last_seen`, and this one, which begins with its first statement, is
// no newer than what the log says after it.
bool Reader::shows_the_same_as(uint32_t last_seen) {
    if (news_ == nullptr || !wal_index_.is_mapped()) return false;
    connection_->run("SELECT 1 FROM sqlite_schema LIMIT 1").next();
    return news_->nothing_to_show(last_seen, wal_index_.change());
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

ReaderPool::ReaderPool(Connection::Settings settings, const Limits& limits,
                       std::shared_ptr<const CommitNews> news, Survey* survey)
    : number_(++pools_made),
      settings_(std::move(settings)),
      limits_(limits),
      news_(std::move(news)),
      survey_(survey) {}

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
        auto made = std::make_unique<Reader>(settings_, limits_, news_.get(), survey_);
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
