#include "store/sqlite/connection.h"

#include <stdexcept>
#include <thread>

#include "base/check.h"
#include "store/sqlite/functions.h"
#include "store/sqlite/database_files.h"

namespace rollcall::store::sqlite {
namespace {

constexpr size_t kAssembledMax = 64;  // about 10 KiB each; sixteen readers stay below 10 MiB

std::string sentence(int code, sqlite3* database) {
    std::string text = sqlite3_errstr(code);
    if (database != nullptr) {
        text += " (";
        text += std::to_string(sqlite3_extended_errcode(database));
        text += ')';
    }
    return text;
}

}  // namespace

void throw_failure(sqlite3* database, int code) {
    using Cause = StoreFailure::Cause;
    const std::string what = sentence(code, database);
    switch (code & 0xff) {
        case SQLITE_FULL:
            throw StoreFailure(Cause::Full, "The disk is full: " + what);
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            throw StoreFailure(Cause::Busy, "Another process holds the database: " + what);
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_FORMAT:
            throw StoreFailure(Cause::Damaged, "The database is damaged: " + what);
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_PROTOCOL:
        case SQLITE_NOLFS:
        case SQLITE_AUTH:
            throw StoreFailure(Cause::Lost, "The database cannot be reached: " + what);
        case SQLITE_NOMEM:
            throw std::bad_alloc();
        case SQLITE_INTERRUPT:
            throw DeadlineExceeded();
        default:
            throw std::logic_error("SQLite: " + what + ": " + (database ? sqlite3_errmsg(database) : ""));
    }
}

// ------------------------------------------------------------------------------------------------ Rows

void Rows::fail(int code) {
    sqlite3* database = sqlite3_db_handle(statement_);
    // The message is kept by the connection until the reset of the statement, which the destructor does.
    throw_failure(database, code == SQLITE_ERROR ? sqlite3_extended_errcode(database) : code);
}

const void* Rows::sixteen_bytes(int column) const {
    const void* data = sqlite3_column_blob(statement_, column);
    if (data == nullptr || sqlite3_column_bytes(statement_, column) != 16) {
        throw StoreFailure(StoreFailure::Cause::Damaged,
                           "The database is damaged: an id is not 16 bytes long");
    }
    return data;
}

void Rows::bind(int index, std::nullptr_t) {
    sqlite3_bind_null(statement_, index);
}
void Rows::bind(int index, int64_t value) {
    sqlite3_bind_int64(statement_, index, value);
}
void Rows::bind(int index, double value) {
    sqlite3_bind_double(statement_, index, value);
}

void Rows::bind(int index, std::string_view text) {
    // A null pointer would bind NULL.
    const char* data = text.data() ? text.data() : "";
    const int code = sqlite3_bind_text64(statement_, index, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
    if (code != SQLITE_OK) throw_failure(sqlite3_db_handle(statement_), code);
}

void Rows::bind_blob(int index, const void* data, size_t size) {
    if (data == nullptr) data = "";
    const int code = sqlite3_bind_blob64(statement_, index, data, size, SQLITE_STATIC);
    if (code != SQLITE_OK) throw_failure(sqlite3_db_handle(statement_), code);
}

void Rows::bind_pointer(int index, const void* data, const char* type) {
    // The function that takes it out again knows that it is const.
    const int code = sqlite3_bind_pointer(statement_, index, const_cast<void*>(data), type, nullptr);
    if (code != SQLITE_OK) throw_failure(sqlite3_db_handle(statement_), code);
}

void Rows::bind(int index, const Value& value) {
    if (const auto* number = std::get_if<int64_t>(&value))
        bind(index, *number);
    else if (const auto* real = std::get_if<double>(&value))
        bind(index, *real);
    else if (const auto* text = std::get_if<std::string>(&value))
        bind(index, std::string_view(*text));
    else if (const auto* uuid = std::get_if<UuidBytes>(&value))
        bind_blob(index, uuid->data(), uuid->size());
    else
        bind(index, nullptr);
}

// ------------------------------------------------------------------------------------------------ Connection

std::unique_ptr<Connection> Connection::open(const Settings& settings) {
    sqlite3* database = nullptr;
    const int access = settings.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    const int flags = access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const char* vfs = database_files(settings.vfs);
    const int code = sqlite3_open_v2(settings.path.c_str(), &database, flags, vfs);
    std::unique_ptr<Connection> connection(new Connection(database));
    if (code != SQLITE_OK) throw_failure(database, code);
    connection->apply(settings);
    return connection;
}

void Connection::apply(const Settings& settings) {
    // Before journal_mode: else two processes that open at once fail with "database is locked".
    sqlite3_busy_timeout(handle(), settings.busy_timeout_ms);
    int was = 0;
    sqlite3_db_config(handle(), SQLITE_DBCONFIG_DEFENSIVE, 1, &was);
    sqlite3_db_config(handle(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, &was);
    sqlite3_db_config(handle(), SQLITE_DBCONFIG_ENABLE_FKEY, 1, &was);
    if (settings.read_only) return;
    enter_wal_mode(settings.busy_timeout_ms);
    if (settings.synchronous_normal)
        run("PRAGMA synchronous = NORMAL").run();
    else
        run("PRAGMA synchronous = FULL").run();
    run("PRAGMA wal_autocheckpoint = 0").run();
    // A log that was larger than this is cut when it starts over.
    run("PRAGMA journal_size_limit = 67108864").run();
    // Jobs undo through a journal of their own, which belongs in memory.
    run("PRAGMA temp_store = MEMORY").run();
    if (settings.query_only)
        run("PRAGMA query_only = ON").run();
    else
        run("PRAGMA cell_size_check = ON").run();
    // Any size makes the pager ask for pages of the mapping (database_files.h).
    if (settings.map_file) run("PRAGMA mmap_size = 2147418112").run();
    // Of the writer, whose random index pages would otherwise be read again and again; readers have the
    // mapping.
    if (!settings.query_only) run("PRAGMA cache_size = -65536").run();

    // What was asked for and what is in force can differ; an acknowledgement must not rest on a hope.
    const int64_t wanted = settings.synchronous_normal ? 1 : 2;
    Rows synchronous = run("PRAGMA synchronous");
    Rows foreign_keys = run("PRAGMA foreign_keys");
    if (!synchronous.next() || synchronous.integer(0) != wanted || !foreign_keys.next() ||
        foreign_keys.integer(0) != 1) {
        throw StoreFailure(StoreFailure::Cause::Lost,
                           "SQLite did not take synchronous = FULL and foreign_keys = ON");
    }
    register_functions(handle());
}

// Of two processes that change the mode at once, one is told "busy" without waiting, since waiting could be
// for ever.
void Connection::enter_wal_mode(int patience_ms) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
    for (;;) {
        try {
            Rows mode = run("PRAGMA journal_mode = WAL");
            if (mode.next() && mode.text(0) == "wal") return;
            throw StoreFailure(StoreFailure::Cause::Lost, "The database cannot be put into WAL mode");
        } catch (const StoreFailure& failure) {
            const bool is_over = std::chrono::steady_clock::now() >= end;
            if (failure.cause != StoreFailure::Cause::Busy || is_over) throw;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

StatementHandle Connection::compile(std::string_view text, unsigned flags) {
    sqlite3_stmt* statement = nullptr;
    const int code =
        sqlite3_prepare_v3(handle(), text.data(), static_cast<int>(text.size()), flags, &statement, nullptr);
    StatementHandle owned(statement);
    if ((code & 0xff) == SQLITE_ERROR) {
        // A bug of ours; the text has no values in it.
        throw std::logic_error(std::string("SQLite: ") + sqlite3_errmsg(handle()) + ": " + std::string(text));
    }
    if (code != SQLITE_OK) throw_failure(handle(), code);
    CHECK(statement != nullptr);
    return owned;
}

Rows Connection::prepare(Sql sql) {
    auto& prepared = literals_[sql.address()];
    if (!prepared.handle) prepared.handle = compile(sql.text(), SQLITE_PREPARE_PERSISTENT);
    // A visitor of one list may ask for another of the same kind.
    if (prepared.in_use) return Rows(compile(sql.text(), 0));
    return Rows(prepared.handle.get(), &prepared.in_use);
}

Rows Connection::run(const SqlText& sql) {
    const auto bound = [&sql](Rows rows) {
        int index = 0;
        for (const auto& value : sql.values()) rows.bind(++index, value);
        return rows;
    };
    if (const auto found = assembled_by_text_.find(sql.text()); found != assembled_by_text_.end()) {
        assembled_.splice(assembled_.begin(), assembled_, found->second);
        auto& prepared = found->second->prepared;
        if (prepared.in_use) return bound(Rows(compile(sql.text(), 0)));
        return bound(Rows(prepared.handle.get(), &prepared.in_use));
    }
    while (assembled_.size() >= kAssembledMax && !assembled_.back().prepared.in_use) {
        assembled_by_text_.erase(assembled_.back().text);
        assembled_.pop_back();
    }
    assembled_.push_front({sql.text(), {compile(sql.text(), SQLITE_PREPARE_PERSISTENT)}});
    assembled_by_text_.emplace(assembled_.front().text, assembled_.begin());
    auto& prepared = assembled_.front().prepared;
    return bound(Rows(prepared.handle.get(), &prepared.in_use));
}

void Connection::execute_script(std::string_view script) {
    const std::string text(script);
    const int code = sqlite3_exec(handle(), text.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) throw_failure(handle(), code);
}

void Connection::rollback() noexcept {
    if (!in_transaction()) return;
    sqlite3_exec(handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

// ------------------------------------------------------------------------------------------------ Deadline

Connection::Deadline::Deadline(Connection& connection, int64_t milliseconds)
    : connection_(connection),
      end_(std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds)) {
    // Every 4,000 steps of the virtual machine: well below a millisecond, and the clock costs nothing then.
    sqlite3_progress_handler(connection_.handle(), 4'000, check, this);
}

Connection::Deadline::~Deadline() {
    sqlite3_progress_handler(connection_.handle(), 0, nullptr, nullptr);
}

int Connection::Deadline::check(void* self) {
    return std::chrono::steady_clock::now() >= static_cast<Deadline*>(self)->end_ ? 1 : 0;
}

}  // namespace rollcall::store::sqlite
