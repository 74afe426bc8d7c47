#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/check.h"
#include "base/hmac.h"
#include "store/sqlite/migrations.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/transfer.h"

namespace rollcall::store::sqlite {
namespace {

std::unexpected<Error> refusal(std::string detail, std::string note = {}) {
    return failure(ErrorKind::Unavailable, std::move(detail), std::move(note));
}

// Makes an empty file that only its owner may read: it holds personal data. SQLite gives the log the same
// mode.
Result<void> create_private_file(const std::string& path, const OpenOptions& options) {
    namespace fs = std::filesystem;
    std::error_code error;
    if (fs::exists(path, error)) {
        if (fs::is_directory(path, error))
            return refusal("The database path is a directory; name a file in it.");
        return {};
    }
    if (!options.create) {
        return refusal("The database does not exist; check the path, or start the server once to create it.");
    }
    const auto directory = fs::path(path).parent_path();
    if (!directory.empty() && !fs::is_directory(directory, error)) {
        return refusal("The directory of the database does not exist; create it first, or change the path.");
    }
    const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (file >= 0) {
        ::close(file);
        return {};
    }
    if (errno == EEXIST) return {};  // another process was faster
    if (errno == ENOSPC || errno == EDQUOT) return refusal("The disk is full; make room and start again.");
    return refusal(
        "The directory of the database cannot be written to; give the server's user the right to.");
}

std::unexpected<Error> explain(const StoreFailure& failed) {
    using Cause = StoreFailure::Cause;
    switch (failed.cause) {
        case Cause::Full:
            return refusal("The disk is full; make room and start again.", failed.what());
        case Cause::Busy:
            return refusal("Another process holds the database; stop it, or wait until it has finished.",
                           failed.what());
        case Cause::TooNew:
            return refusal(
                "The database was written by a newer version of Rollcall; run that version, or restore a "
                "backup made by this one.",
                failed.what());
        case Cause::Damaged:
            return refusal(
                "The file is no Rollcall database, or it is damaged; check the path, or restore a backup.",
                failed.what());
        case Cause::Lost:
            break;
    }
    return refusal(
        "The database cannot be opened; check that the server's user may read and write the file, its "
        "directory and the files beside it.",
        failed.what());
}

// SQLite counts every allocation under one lock for statistics that nobody reads; with several reading
// threads the lock costs more than the reads. Must come before anything else of SQLite; later it does
// nothing.
void count_no_allocations() {
    [[maybe_unused]] static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

// Of several processes that open a new database, one makes the key.
Sha256 instance_key(Connection& connection) {
    const auto read = [&](Sha256& key) {
        Rows rows = connection.run("SELECT value FROM instance_secret WHERE name = 'seal'");
        if (!rows.next()) return false;
        const auto kept = rows.blob(0);
        if (kept.size() != key.size()) {
            throw StoreFailure(StoreFailure::Cause::Damaged, "The key of the instance has a wrong length");
        }
        std::ranges::copy(kept, key.begin());
        return true;
    };
    Sha256 key;
    if (read(key)) return key;
    random_bytes(key.data(), key.size());
    connection.execute("INSERT INTO instance_secret (name, value) VALUES ('seal', ?1) ON CONFLICT DO NOTHING",
                       key);
    CHECK(read(key));
    return key;
}

// A trail whose rows were sealed with one key is not continued with another, or with none: from there on no row could
// be told from a forged one.
Result<void> check_audit_key(Connection& connection, const std::optional<Sha256>& key) {
    constexpr std::string_view kPurpose = "rollcall audit key";
    const auto read = [&]() -> std::optional<Sha256> {
        Rows rows = connection.run("SELECT value FROM instance_secret WHERE name = 'audit_key'");
        if (!rows.next()) return std::nullopt;
        Sha256 known{};
        const auto kept = rows.blob(0);
        std::ranges::copy(kept.substr(0, known.size()), known.begin());
        return known;
    };
    const auto known = read();
    if (!key && !known) return {};
    if (!key) return refusal("The audit trail of this database has a key; name its file with audit_key_file.");
    const Sha256 shown = hmac_sha256(*key, kPurpose);
    if (known && shown == *known) return {};
    if (known) return refusal("The file of audit_key_file holds another key than the one of this audit trail.");
    Rows any = connection.run("SELECT 1 FROM event LIMIT 1");
    if (any.next()) {
        return refusal(
            "The audit trail of this database was begun without a key; audit_key_file must be set before the first "
            "tenant is made.");
    }
    connection.execute(
        "INSERT INTO instance_secret (name, value) VALUES ('audit_key', ?1) ON CONFLICT DO NOTHING", shown);
    return read() == shown ? Result<void>{} : check_audit_key(connection, key);
}

bool readable_and_writable(const std::string& path) {
    return ::access(path.c_str(), R_OK | W_OK) == 0;
}

}  // namespace

Result<std::unique_ptr<Store>> open_file(const std::string& path, const OpenOptions& options) {
    count_no_allocations();
    if (path.empty()) return refusal("The database URL names no file; write sqlite:PATH.");
    TRY_VOID(create_private_file(path, options));
    if (!readable_and_writable(path)) {
        return refusal("The database file cannot be written to; give the server's user the right to.");
    }
    Connection::Settings writer{.path = path, .vfs = options.vfs};
#ifdef ROLLCALL_CANARIES
    writer.synchronous_normal = options.unsafe_synchronous_normal;
#endif
    Connection::Settings readers = writer;
    readers.query_only = true;
    readers.map_file = true;
    try {
        const auto connection = Connection::open(writer);
        migrate(*connection);
        const auto mark = mark_purpose(*connection);
        if (mark && !options.even_unfinished) return refusal(transfer::refusal_of(*mark));
        TRY_VOID(check_audit_key(*connection, options.audit_key));
        return std::make_unique<SqliteStore>(writer, readers, options, instance_key(*connection));
    } catch (const StoreFailure& failed) {
        return explain(failed);
    } catch (const std::logic_error& error) {
        // A statement that a sound database would have understood.
        return refusal(
            "The file is no Rollcall database, or it is damaged; check the path, or restore a backup.",
            error.what());
    }
}

Result<std::unique_ptr<transfer::Database>> open_transfer(const std::string& path, transfer::Opening opening) {
    using transfer::Opening;
    count_no_allocations();
    if (path.empty()) return refusal("The database URL names no file; write sqlite:PATH.");
    const bool is_source = opening == Opening::Existing || opening == Opening::ReadOnly;
    OpenOptions options;
    options.create = !is_source;
    TRY_VOID(create_private_file(path, options));
    if (opening != Opening::ReadOnly && !readable_and_writable(path)) {
        return refusal("The database file cannot be written to; give the user who runs this the right to.");
    }
    try {
        auto connection = Connection::open({.path = path, .read_only = opening == Opening::ReadOnly});
        if (opening != Opening::ReadOnly)
            migrate(*connection);
        else if (!is_current(*connection)) {
            return refusal(
                "The file was written by another version of Rollcall; restore it with that version, then start this "
                "one.");
        }
        if (opening == Opening::Existing) instance_key(*connection);
        return std::make_unique<TransferFile>(std::move(connection), opening);
    } catch (const StoreFailure& failed) {
        return explain(failed);
    } catch (const std::logic_error& error) {
        return refusal("The file is no Rollcall database, or it is damaged; check the path.", error.what());
    }
}

}  // namespace rollcall::store::sqlite
