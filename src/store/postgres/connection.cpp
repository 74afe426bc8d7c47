#include "store/postgres/connection.h"

#include <poll.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "base/check.h"

namespace rollcall::store::postgres {
namespace {

using Cause = StoreFailure::Cause;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kStatementTimeout = "57014";
constexpr std::string_view kLockTimeout = "55P03";
constexpr std::chrono::milliseconds kOpenAtMost(5'000);

// What an SQLSTATE means; nothing for what is a bug of ours.
std::optional<Cause> cause_of(std::string_view state) {
    if (state == "53100") return Cause::Full;
    if (state.starts_with("53") || state.starts_with("40") || state == kLockTimeout) return Cause::Busy;
    if (state.starts_with("08") || state.starts_with("57P") || state.starts_with("58") || state == "25P03" ||
        state == "25006")
        return Cause::Lost;
    if (state == "XX001" || state == "XX002") return Cause::Damaged;
    return std::nullopt;
}

// 1: readable, 2: writable, 0: nothing happened in time.
int poll_socket(int socket, short events, Clock::time_point end) {
    pollfd one{socket, events, 0};
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
        const int ready = ::poll(&one, 1, static_cast<int>(std::max<int64_t>(left, 0)));
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) return 0;
        return (one.revents & POLLOUT) != 0 && (one.revents & ~POLLOUT) == 0 ? 2 : 1;
    }
}

}  // namespace

// ------------------------------------------------------------------------------------------------ Rows

int64_t Rows::changed() const {
    const std::string_view text = PQcmdTuples(result_.get());
    int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

int64_t Rows::integer(int column) const {
    const auto bytes = text(column);
    if (bytes.empty()) return 0;
    uint64_t value = static_cast<unsigned char>(bytes.front()) & 0x80 ? ~uint64_t{0} : 0;
    if (bytes.size() == 1) value = 0;
    for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
    return static_cast<int64_t>(value);
}

Sha256 Rows::hash(int column) const {
    Sha256 hash{};
    const auto bytes = text(column);
    std::copy_n(bytes.begin(), std::min(bytes.size(), hash.size()), hash.begin());
    return hash;
}

// ------------------------------------------------------------------------------------------------ opening

std::unique_ptr<Connection> Connection::open(const Settings& settings) {
    if (settings.outage && settings.outage->was_noted_just_now())
        throw StoreFailure(Cause::Lost, "The database could not be reached a moment ago");
    std::unique_ptr<Connection> made(new Connection(settings));
    made->open_until_ = Clock::now() + std::min(std::chrono::milliseconds(settings.patience_ms), kOpenAtMost);
    made->connect();
    made->apply();
    made->open_until_.reset();
    return made;
}

void Connection::connect() {
    const char* const names[] = {"dbname",
                                 "fallback_application_name",
                                 "client_encoding",
                                 "keepalives_idle",
                                 "keepalives_interval",
                                 "keepalives_count",
                                 nullptr};
    const char* const values[] = {settings_.url.c_str(), "rollcall", "UTF8", "5", "2", "2", nullptr};
    connection_.reset(PQconnectStartParams(names, values, 1));
    PGconn* raw = connection_.get();
    if (raw == nullptr) throw std::bad_alloc();
    auto state = PGRES_POLLING_WRITING;
    while (PQstatus(raw) != CONNECTION_BAD && state != PGRES_POLLING_OK && state != PGRES_POLLING_FAILED) {
        const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        if (poll_socket(PQsocket(raw), events, end_of_patience()) == 0) lose_silent();
        state = PQconnectPoll(raw);
    }
    if (PQstatus(raw) == CONNECTION_OK) return;
    if (settings_.outage) settings_.outage->note();
    const std::string_view message = PQerrorMessage(raw);
    lose(std::string(message.substr(0, message.find('\n'))));
}

void Connection::apply() {
    PGconn* raw = connection_.get();
    PQsetnonblocking(raw, 1);
    if (PQenterPipelineMode(raw) == 0) lose("The connection takes no pipeline");
    const auto set = [this](std::string_view name, int64_t value) {
        send("SELECT set_config($1, $2, false)", name, std::to_string(value));
    };
    set("statement_timeout", settings_.statement_timeout_ms);
    set("lock_timeout", settings_.lock_timeout_ms);
    set("idle_in_transaction_session_timeout", 30'000);
    // What is acknowledged is on disk, whatever the database was told to do for others.
    send(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = "
        "'off'");
    if (settings_.unsafe_synchronous_commit_off) send("SET synchronous_commit = off");
    // Plans that know the values are no better here, and cost.
    send("SET plan_cache_mode = force_generic_plan");
    send("SET jit = off");
    // Plans are made once, perhaps of tables that are empty then, and an import fills them before the
    // database has counted their rows: what looks best for ten rows must not be a walk over a million.
    if (settings_.as_server) send("SET enable_seqscan = off");
    if (settings_.as_server) send("SET ROLE rollcall_server");
    settle();
}

// ------------------------------------------------------------------------------------------------ sending

void Connection::check_sent(int sent) {
    if (sent == 0) lose(PQerrorMessage(connection_.get()));
}

void Connection::sent(Prepared* prepares, bool is_asked) {
    sent_.push_back({prepares, part_, is_asked});
    // Neither side may wait for the other with full buffers.
    constexpr size_t kSentMax = 500;
    if (sent_.size() >= kSentMax) settle();
}

void Connection::send_prepared(Sql sql, Parameters parameters, bool is_asked) {
    send_prepared(sql.address(), prepared_[sql.address()], std::move(parameters), is_asked);
}

void Connection::send_prepared(const char* sql, Prepared& statement, Parameters parameters, bool is_asked) {
    if (is_lost_) lose("The connection to the database is lost");
    PGconn* raw = connection_.get();
    if (!statement.is_there) {
        if (statement.name.empty())
            statement.name = "s" + std::to_string(prepared_.size() + prepared_texts_.size());
        check_sent(PQsendPrepare(raw, statement.name.c_str(), sql, parameters.size(), parameters.types()));
        statement.is_there = true;  // unless its answer says otherwise
        sent(&statement);
    }
    const auto* values = parameters.values();
    check_sent(PQsendQueryPrepared(raw, statement.name.c_str(), parameters.size(), values,
                                   parameters.lengths(), parameters.formats(), 1));
    sent(nullptr, is_asked);
}

Rows Connection::run_prepared(Sql sql, Parameters parameters) {
    send_prepared(sql, std::move(parameters));
    return Rows(collect());
}

std::vector<Rows> Connection::answers() {
    try {
        settle();
    } catch (...) {
        answers_.clear();
        throw;
    }
    return std::exchange(answers_, {});
}

Rows Connection::run(const SqlText& sql) {
    Parameters parameters;
    for (const auto& value : sql.values()) parameters.add(value);
    return run(sql, std::move(parameters));
}

Rows Connection::run(const SqlText& sql, Parameters parameters) {
    send(sql, std::move(parameters));
    return Rows(collect());
}

// Filters of few forms are asked again and again, with other values. Those of a form that came when there
// were many already are planned each time.
void Connection::send(const SqlText& sql, Parameters parameters) {
    constexpr size_t kTextsMax = 200;
    std::string form = sql.text();
    for (int i = 0; i < parameters.size(); ++i) form += ' ' + std::to_string(parameters.types()[i]);
    if (prepared_texts_.size() < kTextsMax || prepared_texts_.contains(form))
        return send_prepared(sql.text().c_str(), prepared_texts_[form], std::move(parameters), false);
    if (is_lost_) lose("The connection to the database is lost");
    const auto* values = parameters.values();
    check_sent(PQsendQueryParams(connection_.get(), sql.text().c_str(), parameters.size(), parameters.types(),
                                 values, parameters.lengths(), parameters.formats(), 1));
    sent();
}

void Connection::settle() {
    if (!sent_.empty()) collect();
}

void Connection::start() {
    if (!is_lost_ && PQflush(connection_.get()) < 0) lose("The connection to the database is lost");
}

void Connection::flush() {
    for (;;) {
        const int left = PQflush(connection_.get());
        if (left == 0) return;
        if (left < 0) lose("The connection to the database is lost");
        wait(true);
    }
}

void Connection::wait(bool also_for_writing) {
    const short events = also_for_writing ? POLLIN | POLLOUT : POLLIN;
    const int ready = poll_socket(PQsocket(connection_.get()), events, end_of_patience());
    if (ready == 0) lose_silent();
    if (ready == 1 && PQconsumeInput(connection_.get()) == 0) lose("The connection to the database is lost");
}

Clock::time_point Connection::end_of_patience() const {
    return open_until_.value_or(Clock::now() + std::chrono::milliseconds(settings_.patience_ms));
}

// ------------------------------------------------------------------------------------------------ answers

Answer Connection::next_answer() {
    while (PQisBusy(connection_.get())) wait(false);
    return Answer(PQgetResult(connection_.get()));
}

void Connection::take(Sent& one, Answer& last) {
    for (;;) {
        Answer answer = next_answer();
        if (!answer) {
            if (PQstatus(connection_.get()) == CONNECTION_BAD) lose("The connection to the database is lost");
            return;
        }
        switch (PQresultStatus(answer.get())) {
            case PGRES_PIPELINE_SYNC:
                return;  // nothing follows it
            case PGRES_COMMAND_OK:
            case PGRES_TUPLES_OK:
                last = std::move(answer);
                break;
            case PGRES_PIPELINE_ABORTED:
                if (one.prepares != nullptr) one.prepares->is_there = false;
                break;
            default:
                if (one.prepares != nullptr) one.prepares->is_there = false;
                note_error(answer.get(), one.part);
                break;
        }
    }
}

// A synchronisation at the end: outside a transaction it commits, and behind an error the server takes
// statements again.
Answer Connection::collect() {
    check_sent(PQpipelineSync(connection_.get()));
    flush();
    Answer last;
    for (; !sent_.empty(); sent_.pop_front()) {
        take(sent_.front(), last);
        if (sent_.front().is_asked && last) answers_.emplace_back(std::move(last));
    }
    Sent synchronisation;
    take(synchronisation, last);
    if (!error_state_.empty()) throw_noted();
    return last;
}

void Connection::note_error(const PGresult* result, uint64_t part) {
    if (!error_state_.empty()) return;
    const auto field = [&](int code) {
        const char* text = PQresultErrorField(result, code);
        return std::string(text ? text : "");
    };
    error_state_ = field(PG_DIAG_SQLSTATE);
    error_constraint_ = field(PG_DIAG_CONSTRAINT_NAME);
    error_part_ = part;
    if (error_state_.empty()) error_state_ = "08006";
    // An error that ends the session comes before the end of the connection does.
    if (error_state_.starts_with("57P"))
        lose("The database ended the connection (SQLSTATE " + error_state_ + ")");
}

void Connection::throw_noted() {
    const std::string state = std::exchange(error_state_, {});
    if (state == kStatementTimeout && error_part_ == part_) throw DeadlineExceeded();
    // The text of the server may repeat values; its code does not.
    std::string what = "PostgreSQL refused a statement: SQLSTATE " + state;
    if (!error_constraint_.empty()) what += ", " + error_constraint_;
    const auto cause = cause_of(state);
    const bool is_late = error_part_ != part_;
    if (is_late) what += " in an earlier change of the batch";
    if (state.starts_with("40") || state == kLockTimeout) throw Conflict(what, state == kLockTimeout);
    if (is_late && !cause) throw Conflict(what, false);
    if (is_late) throw StoreFailure(Cause::Busy, what);
    if (cause) {
        if (*cause == Cause::Lost) lose(what);
        throw StoreFailure(*cause, what);
    }
    throw std::logic_error(what);
}

void Connection::lose_silent() {
    if (settings_.outage) settings_.outage->note();
    lose("The database does not answer");
}

void Connection::lose(const std::string& why) {
    is_lost_ = true;
    sent_.clear();
    throw StoreFailure(Cause::Lost, why);
}

// ------------------------------------------------------------------------------------------------ state

bool Connection::is_alive() {
    if (is_lost_) return false;
    pollfd one{PQsocket(connection_.get()), POLLIN, 0};
    // Nothing was asked: what there is to read is the end, or not worth telling apart from it.
    if (sent_.empty() && ::poll(&one, 1, 0) > 0) is_lost_ = true;
    return !is_lost_;
}

bool Connection::rollback() noexcept {
    if (is_lost_) return false;
    try {
        settle();
    } catch (const std::exception&) {
        if (is_lost_) return false;
    }
    try {
        send("ROLLBACK");
        settle();
    } catch (...) {
        is_lost_ = true;
    }
    return !is_lost_;
}

void Connection::execute_script(const std::string& script) {
    settle();
    PGconn* raw = connection_.get();
    CHECK(PQexitPipelineMode(raw) == 1);
    if (PQsendQuery(raw, script.c_str()) == 0) lose("The connection to the database is lost");
    flush();
    while (Answer answer = next_answer()) {
        const auto status = PQresultStatus(answer.get());
        if (status == PGRES_FATAL_ERROR) note_error(answer.get(), part_);
    }
    CHECK(PQenterPipelineMode(raw) == 1);
    if (!error_state_.empty()) throw_noted();
}

}  // namespace rollcall::store::postgres
