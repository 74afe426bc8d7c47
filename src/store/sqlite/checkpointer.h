// Keeps the write-ahead log short without stopping the writer for long. When the log has grown past a limit,
// a helper thread copies it into the database beside the writer; then the writer, between two transactions,
// copies the little that came meanwhile, after which the log starts over. Readers that hold an old snapshot
// can prevent that; the writer waits for them only once the log is several times as long as it should be.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "store/sqlite/connection.h"

namespace rollcall::store::sqlite {

class Checkpointer {
public:
    // `writer` is the connection of the writer; between_transactions() is called by the writer's thread
    // alone, and by nobody while another thread uses the connection.
    Checkpointer(Connection& writer, const Connection::Settings& settings);
    ~Checkpointer();

    // Throws StoreFailure when the disk failed.
    void between_transactions();
    // Whether between_transactions() has something to do.
    bool is_due() const;

    // How often the writer's connection has committed a change.
    uint64_t commits() const { return commits_; }
    int64_t log_frames() const { return frames_; }
    uint64_t rounds() const { return rounds_; }
    uint64_t waits() const { return waits_; }

private:
    enum class State { Idle, Asked, RestDue };

    static int committed(void* self, sqlite3*, const char*, int frames);
    void loop();
    void ask();
    void copy_beside(Connection& connection);
    void sync_database(Connection& connection);
    void finish();
    void wait_for_readers();

    Connection& writer_;
    const Connection::Settings settings_;
    std::atomic<int64_t> frames_{0};
    std::atomic<int64_t> copied_{0};  // frames of this log that the helper copied
    std::atomic<uint64_t> commits_{0};
    std::atomic<uint64_t> rounds_{0};
    std::atomic<uint64_t> waits_{0};
    int64_t waited_at_ = 0;  // frames when the writer last waited; writer thread only
    std::atomic<State> state_{State::Idle};
    std::atomic<bool> failed_{false};  // the helper met an I/O error

    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;  // guarded by mutex_
    std::thread thread_;
};

}  // namespace rollcall::store::sqlite
