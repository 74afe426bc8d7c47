// The read connections of a store: one for each thread that reads, kept until the thread or the store ends.
//
// A read outside a transaction spends half of its time in file locks. So a thread's read transaction stays
// open from call to call while nothing is committed by anybody, which the header of the shared WAL index
// tells without a system call, and for at most kReadsPerTransaction calls, because an open one keeps the log
// from starting over.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "store/sqlite/transaction.h"

namespace rollcall::store::sqlite {

class Reader {
public:
    Reader(const Connection::Settings& settings, const Limits& limits);

    // A transaction that sees everything committed before the call.
    Transaction& begin();
    void end() noexcept;
    uint64_t reused() const { return reused_; }

private:
    // What identifies a state of the database: the header of the WAL index without its version
    // (https://sqlite.org/walformat.html, bytes 8 to 47): change counter, end of the log, checksums, salts.
    using Header = std::array<uint64_t, 5>;

    bool map_header();
    Header header() const;

    std::unique_ptr<Connection> connection_;
    SqliteTransaction transaction_;
    const volatile uint64_t* shared_ = nullptr;  // null: no transaction is kept open
    Header seen_{};
    int reads_ = 0;
    bool open_ = false;
    uint64_t reused_ = 0;
};

class ReaderPool : public std::enable_shared_from_this<ReaderPool> {
public:
    ReaderPool(Connection::Settings settings, const Limits& limits);
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
    mutable std::mutex mutex_;
    std::vector<std::unique_ptr<Reader>> readers_;
    std::vector<Reader*> idle_;  // of threads that have ended
};

}  // namespace rollcall::store::sqlite
