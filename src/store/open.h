// Opens a store by its URL: "sqlite:PATH", "postgres://..." (as libpq reads it), "memory:" (tests only). The
// one place that names engines.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "store/store.h"

namespace rollcall::store {

struct OpenOptions {
    // Key of the chain of events; a store that was opened with one opens with the same one only.
    std::optional<Sha256> audit_key = {};
    bool create = true;  // false: a missing database is an error
    Limits limits = {};
    Clock clock = system_now;
    // For the canaries of the crash tests only, never in a release build: see tests/crash.
    bool unsafe_synchronous_normal = false;
    bool unsafe_answer_before_commit = false;
    std::string unsafe = {};  // "conflict-first", "next-migration", "next-migration-takes"; empty: none
    std::string vfs = {};  // SQLite VFS to use; empty: the default
    // A standby of the PostgreSQL database that lists are read from while it follows closely enough; empty:
    // none.
    std::string replica = {};
    std::chrono::milliseconds replica_behind_max{2'000};
    bool even_unfinished = false;  // also the target of a copy or a restore that has not been released
};

// Creates or migrates the database under a lock. Errors (Unavailable), each with a sentence that says what to
// do: unknown URL form, directory missing or not writable, not a database, damaged, written by a newer
// version, locked, disk full, the unfinished target of a copy or a restore.
Result<std::unique_ptr<Store>> open(std::string_view url, const OpenOptions& options = {});

}  // namespace rollcall::store
