// One connection to PostgreSQL and its prepared statements. Used by one thread at a time.
//
// Statements are sent in a pipeline: send() does not wait, and what was sent is looked at when a later run()
// waits for rows. So a change of many statements costs as many round trips as it has questions. ask() is a
// question that waits for others: answers() has the rows of all of them for one round trip.
//
// Failures leave as StoreFailure (lost, full, damaged, busy). A violated constraint is a bug of ours and
// leaves as std::logic_error: every caller has the tenant's lock and looks first, or asks for conflicts to be
// ignored and looks at the number of rows. After any of them the transaction can only be rolled back, to a
// savepoint or as a whole.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/postgres/outage.h"
#include "store/postgres/parameters.h"
#include "store/store.h"

namespace rollcall::store::postgres {

// A statement ran into statement_timeout.
struct DeadlineExceeded : StoreFailure {
    DeadlineExceeded() : StoreFailure(Cause::Busy, "A statement took too long") {}
};

// Others were in the way, or another job of the batch: what was done is undone, and may be done again.
struct Conflict : StoreFailure {
    Conflict(const std::string& what, bool waited) : StoreFailure(Cause::Busy, what), has_waited(waited) {}
    bool has_waited;  // as long as lock_timeout allows
};

struct FinishConnection {
    void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct ClearResult {
    void operator()(PGresult* result) const { PQclear(result); }
};
using Answer = std::unique_ptr<PGresult, ClearResult>;

// The rows of a statement, all of them. Text and bytes are valid as long as the Rows.
class Rows {
public:
    explicit Rows(Answer result) : result_(std::move(result)), count_(PQntuples(result_.get())) {}

    // True when there is a row.
    bool next() { return ++row_ < count_; }
    // To go through them again.
    void rewind() { row_ = -1; }
    // The n-th row, from 0.
    void go_to(int row) { row_ = row; }
    int count() const { return count_; }
    // What the server says was done: "COMMIT".
    std::string_view command() const { return PQcmdStatus(result_.get()); }
    // How many rows the statement changed.
    int64_t changed() const;

    bool is_null(int column) const { return PQgetisnull(result_.get(), row_, column) != 0; }
    int64_t integer(int column) const;  // of any integer type, and of booleans; 0 for NULL
    bool boolean(int column) const { return integer(column) != 0; }
    std::string_view text(int column) const {
        return {PQgetvalue(result_.get(), row_, column),
                static_cast<size_t>(PQgetlength(result_.get(), row_, column))};
    }
    std::string_view blob(int column) const { return text(column); }
    Instant instant(int column) const { return Instant{integer(column)}; }
    std::optional<Instant> optional_instant(int column) const {
        if (is_null(column)) return std::nullopt;
        return instant(column);
    }
    // Nil for NULL.
    template <class AnyId>
    AnyId id(int column) const {
        const auto bytes = text(column);
        return bytes.size() == 16 ? AnyId::from_bytes(bytes.data()) : AnyId{};
    }
    Sha256 hash(int column) const;

private:
    Answer result_;
    int row_ = -1;
    int count_;
};

class Connection {
public:
    struct Settings {
        std::string url;
        // Longest time without any sign from the server (and for a new connection as a whole), and of one
        // statement: with what else a request does, 503 comes within two seconds (P25).
        int patience_ms = 1'300;
        int statement_timeout_ms = 1'000;
        int lock_timeout_ms = 700;
        std::shared_ptr<Outage> outage = {};         // of the store; null: every call tries
        bool as_server = true;                       // works as the role rollcall_server
        bool unsafe_synchronous_commit_off = false;  // canary only
    };
    // Throws StoreFailure: at once when others of the store have just waited in vain.
    static std::unique_ptr<Connection> open(const Settings& settings);

    // Runs a literal statement with parameters in order and waits for its rows.
    template <class... Values>
    Rows run(Sql sql, const Values&... values) {
        return run_prepared(sql, Parameters(values...));
    }
    // The same for the number of rows that were changed.
    template <class... Values>
    int64_t change(Sql sql, const Values&... values) {
        return run(sql, values...).changed();
    }
    // Does not wait.
    template <class... Values>
    void send(Sql sql, const Values&... values) {
        send_prepared(sql, Parameters(values...));
    }
    // Does not wait either; its rows are the next of answers().
    template <class... Values>
    void ask(Sql sql, const Values&... values) {
        send_prepared(sql, Parameters(values...), true);
    }
    // Waits. In the order of ask(), since the last answers(); run() must not have come between.
    std::vector<Rows> answers();
    Rows run(const SqlText& sql);
    // The same with parameters that were put together beside it, and without waiting.
    Rows run(const SqlText& sql, Parameters parameters);
    void send(const SqlText& sql, Parameters parameters);
    // What was sent sets out now, as far as that takes no waiting.
    void start();
    // Waits for everything that was sent.
    void settle();
    // What is sent from here on belongs to another job. When a statement of an earlier one turns out to have
    // failed, that one can no longer be undone alone, and the failure is a StoreFailure.
    void begin_part() { ++part_; }
    // Several statements without parameters (migrations).
    void execute_script(const std::string& script);

    // False once the connection is lost. Looks at what the server said unasked, without waiting.
    bool is_alive();
    // A statement has failed: the server refuses what follows until the transaction is rolled back.
    bool has_failed() const { return PQtransactionStatus(connection_.get()) == PQTRANS_INERROR; }
    // Undoes what is open. Never throws; false: the connection is lost.
    bool rollback() noexcept;

private:
    struct Prepared {
        std::string name;
        bool is_there = false;
    };
    struct Sent {
        Prepared* prepares = nullptr;  // set: this one prepares a statement
        uint64_t part = 0;
        bool is_asked = false;
    };

    explicit Connection(const Settings& settings) : settings_(settings) {}
    void connect();
    void apply();
    Rows run_prepared(Sql sql, Parameters parameters);
    void send_prepared(const char* sql, Prepared& statement, Parameters parameters, bool is_asked);
    void send_prepared(Sql sql, Parameters parameters, bool is_asked = false);
    void check_sent(int sent);
    void sent(Prepared* prepares = nullptr, bool is_asked = false);
    void flush();
    // Takes answers until all that was sent has been answered; returns the last one.
    Answer collect();
    Answer next_answer();
    void take(Sent& one, Answer& last);
    void note_error(const PGresult* result, uint64_t part);
    [[noreturn]] void throw_noted();
    // Waits until the socket can be read (or written); throws when the server shows no sign of life.
    void wait(bool also_for_writing);
    std::chrono::steady_clock::time_point end_of_patience() const;
    [[noreturn]] void lose_silent();
    [[noreturn]] void lose(const std::string& why);

    std::unique_ptr<PGconn, FinishConnection> connection_;
    const Settings settings_;
    std::unordered_map<const char*, Prepared> prepared_;
    std::unordered_map<std::string, Prepared> prepared_texts_;  // of statements that were put together: text and types
    std::deque<Sent> sent_;
    std::vector<Rows> answers_;
    std::string error_state_;  // SQLSTATE of the first error since the last synchronisation
    std::string error_constraint_;
    uint64_t part_ = 0;
    uint64_t error_part_ = 0;
    bool is_lost_ = false;
    std::optional<std::chrono::steady_clock::time_point> open_until_;  // set while it is opened
};

// Text that is stored as NULL when empty.
inline std::optional<std::string_view> null_if_empty(std::string_view text) {
    if (text.empty()) return std::nullopt;
    return text;
}
template <class AnyId>
std::optional<AnyId> null_if_nil(const AnyId& id) {
    if (id.is_nil()) return std::nullopt;
    return id;
}

}  // namespace rollcall::store::postgres
