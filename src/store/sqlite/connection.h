// One SQLite connection and its prepared statements, closed and finalised by scope. Used by one thread at a
// time. Failures of the database leave as StoreFailure (lost, full, damaged, busy); a violated constraint is
// a bug of ours and leaves as std::logic_error, because every caller asks for conflicts to be ignored and
// looks at changes().
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>

#include "base/ids.h"
#include "base/secret.h"
#include "base/time.h"
#include "store/sql.h"
#include "store/sqlite/functions.h"
#include "store/store.h"

namespace rollcall::store::sqlite {

// A query ran into its deadline: see Connection::Deadline.
struct DeadlineExceeded {};

// Throws what `code` means. `database` may be null.
[[noreturn]] void throw_failure(sqlite3* database, int code);

struct CloseDatabase {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
struct FinalizeStatement {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using StatementHandle = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

// Bytes that are no id and no digest.
struct Bytes {
    std::string_view bytes;
};

// What bind() keeps by reference until the statement is reset: a temporary would be gone before the first row.
template <class T>
inline constexpr bool kIsBoundByReference =
    std::is_same_v<T, std::string> || std::is_same_v<T, Sha256> || std::is_same_v<T, Value>;
template <class Noun>
inline constexpr bool kIsBoundByReference<Id<Noun>> = true;
template <class T>
inline constexpr bool kIsBoundByReference<std::optional<T>> = kIsBoundByReference<T>;

// `T` as a forwarding reference deduces it: an lvalue, or a temporary that bind() copies.
template <class T>
concept OutlivesStatement = std::is_lvalue_reference_v<T> || !kIsBoundByReference<std::remove_cv_t<T>>;

// A statement being run. Text and blobs are valid until the next next() or the end of the Rows.
class Rows {
public:
    Rows(sqlite3_stmt* statement, bool* in_use) : statement_(statement), in_use_(in_use) { *in_use_ = true; }
    explicit Rows(StatementHandle own) : statement_(own.get()), in_use_(nullptr), own_(std::move(own)) {}
    Rows(Rows&& other) noexcept
        : statement_(std::exchange(other.statement_, nullptr)),
          in_use_(std::exchange(other.in_use_, nullptr)),
          own_(std::move(other.own_)) {}
    Rows& operator=(Rows&&) = delete;
    ~Rows() {
        if (statement_ == nullptr) return;
        sqlite3_reset(statement_);
        if (in_use_) *in_use_ = false;
    }

    // True when there is a row.
    bool next() {
        const int code = sqlite3_step(statement_);
        if (code == SQLITE_ROW) [[likely]]
            return true;
        if (code == SQLITE_DONE) return false;
        fail(code);
    }
    void run() {
        while (next()) {
        }
    }

    sqlite3_stmt* handle() const { return statement_; }
    bool is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
    int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
    std::string_view text(int column) const {
        const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
        if (data == nullptr) return {};
        return {data, static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
    }
    std::string_view blob(int column) const {
        const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
        if (data == nullptr) return {};
        return {data, static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
    }
    template <class AnyId>
    AnyId id(int column) const {
        return AnyId::from_bytes(sixteen_bytes(column));
    }

    void bind(int index, std::nullptr_t);
    void bind(int index, int64_t value);
    void bind(int index, double value);
    void bind(int index, std::string_view text);
    void bind_blob(int index, const void* data, size_t size);
    void bind_pointer(int index, const void* data, const char* type);
    void bind(int index, const Bytes& value) { bind_blob(index, value.bytes.data(), value.bytes.size()); }
    void bind(int index, const Value& value);
    void bind(int index, bool value) { bind(index, int64_t{value}); }
    void bind(int index, int value) { bind(index, int64_t{value}); }
    void bind(int index, const char*) = delete;
    void bind(int index, Instant value) { bind(index, value.ms); }
    void bind(int index, TenantId value) { bind(index, value.value); }
    void bind(int index, const Sha256& value) { bind_blob(index, value.data(), value.size()); }
    template <class Noun>
    void bind(int index, const Id<Noun>& value) {
        bind_blob(index, value.bytes.data(), value.bytes.size());
    }
    void bind(int index, const RowTaker& taker) { bind_pointer(index, &taker, kRowTaker); }
    template <class T>
    void bind(int index, const std::optional<T>& value) {
        if (value)
            bind(index, *value);
        else
            bind(index, nullptr);
    }

private:
    [[noreturn]] void fail(int code);
    const void* sixteen_bytes(int column) const;

    sqlite3_stmt* statement_;
    bool* in_use_;
    StatementHandle own_;
};

class Connection {
public:
    struct Settings {
        std::string path;
        std::string vfs;                  // empty: the default
        bool synchronous_normal = false;  // canary only
        int busy_timeout_ms = 5'000;
        bool map_file = false;
        bool query_only = false;
        bool read_only = false;  // nothing is written, no log is made: for a file that nobody writes
    };
    // Opens an existing file in WAL mode, applies and checks the settings. Throws StoreFailure.
    static std::unique_ptr<Connection> open(const Settings& settings);

    // Runs a literal statement with parameters in order. The values must live as long as the Rows.
    template <OutlivesStatement... Values>
    Rows run(Sql sql, Values&&... values) {
        Rows rows = prepare(sql);
        int index = 0;
        (bind_one(rows, ++index, values), ...);
        return rows;
    }
    template <class... Values>
    void execute(Sql sql, const Values&... values) {
        run(sql, values...).run();
    }
    // Runs an assembled statement; `sql` must outlive the Rows.
    Rows run(const SqlText& sql);
    // Runs several statements without parameters (migrations).
    void execute_script(std::string_view script);

    int64_t changes() const { return sqlite3_changes64(database_.get()); }
    bool in_transaction() const { return sqlite3_get_autocommit(database_.get()) == 0; }
    // Undoes what is open, if anything still is. Never throws.
    void rollback() noexcept;
    sqlite3* handle() const { return database_.get(); }

    // While it lives, statements of the connection throw DeadlineExceeded once the time is over.
    class Deadline {
    public:
        Deadline(Connection& connection, int64_t milliseconds);
        ~Deadline();
        Deadline(const Deadline&) = delete;
        Deadline& operator=(const Deadline&) = delete;

    private:
        static int check(void* self);
        Connection& connection_;
        std::chrono::steady_clock::time_point end_;
    };

private:
    struct Prepared {
        StatementHandle handle;
        bool in_use = false;
    };
    struct Assembled {
        std::string text;
        Prepared prepared;
    };

    explicit Connection(sqlite3* database) : database_(database) {}
    void apply(const Settings& settings);
    void enter_wal_mode(int patience_ms);
    Rows prepare(Sql sql);
    StatementHandle compile(std::string_view text, unsigned flags);
    template <class T>
    static void bind_one(Rows& rows, int index, const T& value) {
        if constexpr (std::is_convertible_v<const T&, std::string_view>)
            rows.bind(index, std::string_view(value));
        else
            rows.bind(index, value);
    }

    std::unique_ptr<sqlite3, CloseDatabase> database_;
    std::unordered_map<const char*, Prepared> literals_;
    // Assembled statements, the last used first. Bounded: shapes of filters are few, but clients choose them.
    std::list<Assembled> assembled_;
    std::unordered_map<std::string_view, std::list<Assembled>::iterator> assembled_by_text_;
};

// Text that is stored as NULL when empty.
inline std::optional<std::string_view> null_if_empty(std::string_view text) {
    if (text.empty()) return std::nullopt;
    return text;
}

}  // namespace rollcall::store::sqlite
