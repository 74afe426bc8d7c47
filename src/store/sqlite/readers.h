// The read connections of a store: one for each thread that reads, kept until the thread or the store ends.
//
// A read outside a transaction spends half of its time in file locks. So a thread's read transaction stays
// open from call to call while nobody commits anything that readers show (commit_news.h), and for a bounded
// number of calls, because an open one keeps the log from starting over.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "store/sqlite/commit_news.h"
#include "store/sqlite/transaction.h"

namespace rollcall::store::sqlite {

class Reader {
public:
    // `news` may be null: then every commit ends the snapshot. Without a survey the indexes are asked every
    // time.
    Reader(const Connection::Settings& settings, const Limits& limits, const CommitNews* news = nullptr,
           Survey* survey = nullptr);

    // A transaction that sees everything committed before the call, audit rows apart.
    Transaction& begin();
    void end() noexcept;
    uint64_t reused() const { return reused_; }

private:
    bool can_go_on() const;
    bool shows_the_same_as(uint32_t last_seen);

    std::unique_ptr<Connection> connection_;
    const WalIndex wal_index_;
    SqliteTransaction transaction_;
    const CommitNews* news_;
    WalIndex::Header seen_{};
    int reads_ = 0;
    bool open_ = false;
    uint64_t reused_ = 0;
};

class ReaderPool : public std::enable_shared_from_this<ReaderPool> {
public:
    ReaderPool(Connection::Settings settings, const Limits& limits, std::shared_ptr<const CommitNews> news,
               Survey* survey);
    ~ReaderPool();

    // The calling thread's own. Throws StoreFailure when a connection cannot be opened.
    Reader& mine();
    // Like mine(), but null when the thread has none yet.
    Reader* existing();
    // No thread may be reading any more.
    void close();
    size_t size() const;

private:
    friend struct ThreadReaders;
    void give_back(Reader* reader) noexcept;

    const uint64_t number_;  // of the pool in this process: addresses come again, numbers do not
    const Connection::Settings settings_;
    const Limits limits_;
    const std::shared_ptr<const CommitNews> news_;
    Survey* const survey_;
    mutable std::mutex mutex_;
    std::vector<std::unique_ptr<Reader>> readers_;
    std::vector<Reader*> idle_;  // of threads that have ended
};

}  // namespace rollcall::store::sqlite
