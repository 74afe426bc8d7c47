// What the writer tells the readers of the same process about commits. Audit rows are committed ten times a
// second, and no reader shows them; but a snapshot begun anew costs more than a read, and with it goes what is
// kept for each snapshot (credentials, names of groups). So readers keep theirs across commits that hold
// nothing else.
//
// Each commit by any process adds one to the change counter in the header of the WAL index. The writer looks
// at it while it has the lock: what others committed meanwhile counts as something readers must see.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "store/sqlite/connection.h"

namespace rollcall::store::sqlite {

// The header of the shared WAL index, which tells without a system call whether anybody has committed.
class WalIndex {
public:
    // What identifies a state of the database: the header without its version
    // (https://sqlite.org/walformat.html, bytes 8 to 47): change counter, end of the log, checksums, salts.
    using Header = std::array<uint64_t, 5>;

    // Maps the header by way of `connection`, which must outlive it.
    explicit WalIndex(Connection& connection);

    // False when the file system offers no such mapping: nothing else may be called then.
    bool is_mapped() const { return shared_ != nullptr; }
    Header header() const;
    static uint32_t change_of(const Header& header) { return static_cast<uint32_t>(header.front()); }
    uint32_t change() const { return change_of(header()); }

private:
    const volatile uint64_t* shared_ = nullptr;
};

class CommitNews {
public:
    // By the writer, once it is open: what it will commit comes after `change`.
    void begin(uint32_t change) { state_.store(uint64_t{change} << 32 | change, std::memory_order_release); }
    // By the writer, under the write lock and before its commit: `change` is the counter now.
    void about_to_commit(uint32_t change) { before_ = change; }
    // By the writer, after its commit. `only_audit`: it held nothing that a reader shows.
    void committed(bool only_audit) {
        const auto state = state_.load(std::memory_order_relaxed);
        uint32_t last_shown = shown_of(state);
        if (before_ != change_of(state)) {  // another process
            last_shown = before_;
            others_.fetch_add(1, std::memory_order_relaxed);
        }
        const uint32_t change = before_ + 1;
        if (!only_audit) last_shown = change;
        state_.store(uint64_t{change} << 32 | last_shown, std::memory_order_release);
    }
    // Whether whoever saw the database at `seen` sees everything readers show of it at `now`.
    bool nothing_to_show(uint32_t seen, uint32_t now) const {
        const auto state = state_.load(std::memory_order_acquire);
        return state != 0 && change_of(state) == now && static_cast<int32_t>(seen - shown_of(state)) >= 0;
    }

    // How often the writer has noticed that another process had committed.
    uint64_t others() const { return others_.load(std::memory_order_relaxed); }
    // Whether the writer has committed what the database shows at `now`, or had noticed it; others() and what
    // else the writer did before that commit are seen by whoever is told so.
    bool covers(uint32_t now) const {
        return static_cast<int32_t>(change_of(state_.load(std::memory_order_acquire)) - now) >= 0;
    }

    // Snapshots must be short for a while, so that the log can start over.
    std::atomic<bool> log_is_long{false};

private:
    static uint32_t change_of(uint64_t state) { return static_cast<uint32_t>(state >> 32); }
    static uint32_t shown_of(uint64_t state) { return static_cast<uint32_t>(state); }

    uint32_t before_ = 0;  // writer only
    // The counter after the writer's last commit, and after the last commit by anybody that readers show.
    std::atomic<uint64_t> state_{0};
    std::atomic<uint64_t> others_{0};
};

}  // namespace rollcall::store::sqlite
