// The read connections of a store: one for each thread that reads, kept until the thread or the store ends.
// Threads that read are few (connections' threads and the pool), which bounds them.
//
// Each read() is a snapshot of its own (REPEATABLE READ), begun with its first statement, so that it costs no
// round trip and sees every commit that was acknowledged before. Between foresee() and end_foreseen() all are
// one snapshot (decision 077).
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

#include "store/postgres/transaction.h"

namespace rollcall::store::postgres {

class Reader {
public:
    Reader(const Connection::Settings& settings, const Limits& limits)
        : settings_(settings), limits_(limits) {}

    // Opens the connection again when it was lost. Throws StoreFailure.
    Transaction& begin();
    void end() noexcept;
    void foresee(std::span<const Foreseen> all);
    void end_foreseen() { is_shared_ = false; }

private:
    const Connection::Settings& settings_;
    const Limits& limits_;
    std::unique_ptr<Connection> connection_;
    std::unique_ptr<PostgresTransaction> transaction_;
    bool is_shared_ = false;
    bool has_failed_ = false;  // in this turn
    bool is_blocked_ = false;  // it was begun with a wait for a lock, in vain
    std::chrono::steady_clock::time_point turn_began_;
};

class ReaderPool : public std::enable_shared_from_this<ReaderPool> {
public:
    ReaderPool(Connection::Settings settings, const Limits& limits);
    ~ReaderPool() { close(); }

    // The calling thread's own.
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

}  // namespace rollcall::store::postgres
