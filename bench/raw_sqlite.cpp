// The yardstick for creating users: how fast can SQLite itself take exactly the rows that the server writes for a POST
// (resource, its index rows, member, counters, outbox, event, audit), durably, in transactions of a given number of
// creations? No HTTP, no JSON, no rules, no savepoints: rows are made before the clock starts. Settings of the
// connection are the server's; checkpoints run beside the writer. Prints one JSON object.
#include <atomic>
#include <cinttypes>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>

#include "arguments.h"
#include "histogram.h"
#include "people.h"
#include "raw_statements.h"
#include "records.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/resource_rows.h"

namespace rollcall::bench {
namespace {

using store::sqlite::Connection;
using Clock = std::chrono::steady_clock;

constexpr double kRowsPerSecondMax = 30'000;   // more than any disk here takes

struct Options {
    std::string database;
    size_t batch;
    double seconds;
    uint64_t seed;
    size_t rows_max;          // made before the clock starts; the run ends when they are used up
    int frames_max;           // of the log, before a checkpoint starts
};

// A creation, ready to be bound. Texts stay where they are while statements point at them.
struct Creation {
    store::ResourceRow row;
    std::string indexed;
    std::string target;
    std::string time;
    RequestId request;
    Sha256 body_hash;
};

// ------------------------------------------------------------------------------------------------ statements

class Statement {
public:
    Statement(sqlite3* database, const char* text) : database_(database) {
        if (sqlite3_prepare_v3(database, text, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr) != SQLITE_OK) {
            throw std::runtime_error(std::string("SQLite: ") + sqlite3_errmsg(database));
        }
    }
    ~Statement() { sqlite3_finalize(statement_); }
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    Statement& begin() { at_ = 0; return *this; }
    Statement& text(std::string_view value) {
        const char* data = value.data() ? value.data() : "";
        sqlite3_bind_text64(statement_, ++at_, data, value.size(), SQLITE_STATIC, SQLITE_UTF8);
        return *this;
    }
    Statement& text_or_null(std::string_view value) {
        if (!value.empty()) return text(value);
        sqlite3_bind_null(statement_, ++at_);
        return *this;
    }
    Statement& blob(const void* data, size_t size) {
        sqlite3_bind_blob64(statement_, ++at_, data, size, SQLITE_STATIC);
        return *this;
    }
    template <class Noun>
    Statement& id(const Id<Noun>& value) { return blob(value.bytes.data(), value.bytes.size()); }
    Statement& number(int64_t value) {
        sqlite3_bind_int64(statement_, ++at_, value);
        return *this;
    }
    // The first column of the first row, or 0.
    int64_t run() {
        int code = sqlite3_step(statement_);
        const int64_t value = code == SQLITE_ROW ? sqlite3_column_int64(statement_, 0) : 0;
        while (code == SQLITE_ROW) code = sqlite3_step(statement_);
        sqlite3_reset(statement_);
        if (code != SQLITE_DONE) throw std::runtime_error(std::string("SQLite: ") + sqlite3_errmsg(database_));
        return value;
    }

    // The first column of the first row.
    std::string first_text() {
        std::string text;
        if (sqlite3_step(statement_) == SQLITE_ROW) {
            text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, 0));
        }
        sqlite3_reset(statement_);
        return text;
    }

private:
    sqlite3* database_;
    sqlite3_stmt* statement_ = nullptr;
    int at_ = 0;
};

// ------------------------------------------------------------------------------------------------ checkpoints

// When the log is long, a thread copies it into the database beside the writer; the writer then copies the rest
// between two transactions, after which the log starts over. SQLite's own way (every 1,000 frames, inside a commit) is
// 14 to 23 % slower.
class Checkpoints {
public:
    Checkpoints(Connection& writer, const Connection::Settings& settings, int frames_max)
        : writer_(writer), settings_(settings), frames_max_(frames_max) {
        sqlite3_wal_hook(writer.handle(), committed, this);
        thread_ = std::jthread([this](std::stop_token stop) { loop(stop); });
    }

    void between_transactions() {
        if (frames_ < frames_max_) return;
        if (state_ == State::Idle) {
            const std::lock_guard lock(mutex_);
            state_ = State::Asked;
            wake_.notify_one();
        } else if (state_ == State::RestDue) {
            copy(writer_);
            ++rounds_;
            state_ = State::Idle;
        }
    }
    int rounds() const { return rounds_; }

private:
    enum class State { Idle, Asked, RestDue };

    static int committed(void* self, sqlite3*, const char*, int frames) {
        static_cast<Checkpoints*>(self)->frames_ = frames;
        return SQLITE_OK;
    }
    static void copy(Connection& connection) {
        sqlite3_wal_checkpoint_v2(connection.handle(), "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    }
    void loop(std::stop_token stop) {
        const auto connection = Connection::open(settings_);
        std::unique_lock lock(mutex_);
        while (wake_.wait(lock, stop, [this] { return state_ == State::Asked; })) {
            lock.unlock();
            copy(*connection);
            lock.lock();
            state_ = State::RestDue;
        }
    }

    Connection& writer_;
    const Connection::Settings settings_;
    const int frames_max_;
    int frames_ = 0;
    int rounds_ = 0;
    std::atomic<State> state_{State::Idle};
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::jthread thread_;
};

// ------------------------------------------------------------------------------------------------ the run

struct Outcome {
    size_t creations = 0;
    size_t transactions = 0;
    double seconds = 0;
    Histogram latency;
    int checkpoints = 0;
};

class RawWriter {
public:
    explicit RawWriter(const Options& options)
        : options_(options), settings_{.path = options.database}, connection_(Connection::open(settings_)),
          database_(connection_->handle()) {}

    void make_rows();
    Outcome run();

private:
    Policy tenant_policy();
    void insert(const Creation& creation);
    void insert_resource(const Creation& creation);

    static constexpr std::string_view kPath = "/scim/v2/Users";

    const Options& options_;
    const Connection::Settings settings_;
    std::unique_ptr<Connection> connection_;
    sqlite3* database_;
    int64_t tenant_ = 0;
    CredentialId credential_;
    int64_t audit_ = 0;       // the last number given
    int64_t outbox_ = 0;
    int64_t event_ = 0;
    std::vector<Creation> creations_;

    Statement begin_{database_, sql::kBegin};
    Statement commit_{database_, sql::kCommit};
    Statement resource_{database_, sql::kResource};
    Statement value_{database_, sql::kValue};
    Statement unique_{database_, sql::kUnique};
    Statement count_{database_, sql::kCount};
    Statement member_{database_, sql::kMember};
    Statement event_row_{database_, sql::kEvent};
    Statement event_head_{database_, sql::kEventHead};
    Statement outbox_row_{database_, sql::kOutbox};
    Statement audit_row_{database_, sql::kAudit};
};

// It decides which values are unique, and so which rows there are.
Policy RawWriter::tenant_policy() {
    Tenant tenant;
    Statement policy(database_, sql::kTenantPolicy);
    tenant.policy = policy.first_text();
    return policy_of(tenant);
}

void RawWriter::make_rows() {
    Statement tenant(database_, sql::kLastTenant);
    tenant_ = tenant.run();
    Statement audit(database_, sql::kLastAudit);
    audit_ = audit.begin().number(tenant_).run();
    Statement outbox(database_, sql::kLastOutbox);
    outbox_ = outbox.begin().number(tenant_).run();
    Statement event(database_, sql::kLastEvent);
    event_ = event.begin().number(tenant_).run();
    credential_ = CredentialId::create();
    const RecordMaker records(tenant_policy());
    Dice dice(options_.seed);
    creations_.reserve(options_.rows_max);
    for (size_t i = 0; i < options_.rows_max; ++i) {
        std::string body;
        append_person(dice, {}, body);
        Creation creation;
        creation.row = records.user(body, ResourceId::create(), system_now());
        creation.indexed = store::sqlite::pack_indexed(creation.row.indexed);
        creation.target = creation.row.id.text();
        creation.time = format_instant(creation.row.created);
        creation.request = RequestId::create();
        creation.body_hash = sha256(body);
        creations_.push_back(std::move(creation));
    }
}

Outcome RawWriter::run() {
    Checkpoints checkpoints(*connection_, settings_, options_.frames_max);
    Outcome outcome;
    const auto start = Clock::now();
    const auto end = start + std::chrono::nanoseconds(static_cast<int64_t>(options_.seconds * 1e9));
    auto now = start;
    while (now < end && outcome.creations < creations_.size()) {
        const size_t last = std::min(outcome.creations + options_.batch, creations_.size());
        begin_.run();
        while (outcome.creations < last) insert(creations_[outcome.creations++]);
        const auto& code = creations_[last - 1].body_hash;
        event_head_.begin().number(tenant_).number(event_).blob(code.data(), code.size()).run();
        commit_.run();
        ++outcome.transactions;
        // From commit to commit: whoever waits for the next one waits for the checkpoint too.
        const auto committed = Clock::now();
        outcome.latency.add(static_cast<uint64_t>((committed - now).count()));
        now = committed;
        checkpoints.between_transactions();
    }
    now = Clock::now();
    outcome.seconds = std::chrono::duration<double>(now - start).count();
    outcome.checkpoints = checkpoints.rounds();
    return outcome;
}

void RawWriter::insert(const Creation& creation) {
    insert_resource(creation);
    const auto& row = creation.row;
    for (const auto& value : row.indexed) {
        if (value.unique) {
            unique_.begin().number(tenant_).text(value.attribute).text(value.key).id(row.id).run();
        } else {
            value_.begin().number(tenant_).text(value.attribute).text(value.key).id(row.id).run();
        }
    }
    member_.begin().number(tenant_).id(row.id).run();
    count_.begin().number(tenant_).text("type:User").run();
    count_.begin().number(tenant_).text("outbox").run();
    outbox_row_.begin().number(tenant_).number(++outbox_).number(row.created.ms).id(row.id).number(row.version).run();
    event_row_.begin().number(tenant_).number(++event_).number(row.created.ms).id(creation.request).id(credential_)
        .text(creation.target).text(row.document).blob(creation.body_hash.data(), creation.body_hash.size()).run();
    audit_row_.begin().number(tenant_).number(++audit_).text(creation.time).id(creation.request).id(credential_)
        .text(kPath).blob(creation.body_hash.data(), creation.body_hash.size()).text(creation.target).run();
}

void RawWriter::insert_resource(const Creation& creation) {
    const auto& row = creation.row;
    resource_.begin().number(tenant_).id(row.id).number(row.version).number(row.created.ms).number(row.last_modified.ms)
        .number(row.active.value_or(true) ? 1 : 0).number(row.plain ? 1 : 0).text_or_null(row.user_name_key)
        .text_or_null(row.external_id).text(row.display).text_or_null(row.manager)
        .blob(creation.indexed.data(), creation.indexed.size()).text(row.document).run();
}

void print(const Outcome& outcome, const Options& options) {
    std::printf("{\"batch\": %zu, \"creations\": %zu, \"transactions\": %zu, \"seconds\": %.4f, \"per_second\": %.1f, "
                "\"transaction_p50_us\": %.1f, \"transaction_p99_us\": %.1f, \"transaction_max_us\": %.1f, "
                "\"checkpoints\": %d}\n",
                options.batch, outcome.creations, outcome.transactions, outcome.seconds,
                static_cast<double>(outcome.creations) / outcome.seconds, outcome.latency.percentile(50) / 1e3,
                outcome.latency.percentile(99) / 1e3, static_cast<double>(outcome.latency.max()) / 1e3,
                outcome.checkpoints);
}

int run(Arguments& arguments) {
    Options options;
    options.database = arguments.needed("database");
    options.batch = static_cast<size_t>(arguments.number("batch", 32));
    options.seconds = arguments.real("seconds", 3);
    options.seed = static_cast<uint64_t>(arguments.number("seed", 1'000));
    options.rows_max = static_cast<size_t>(
        arguments.number("rows-max", static_cast<int64_t>(options.seconds * kRowsPerSecondMax)));
    options.frames_max = static_cast<int>(arguments.number("frames-max", 8'000));
    arguments.refuse_unknown();
    RawWriter writer(options);
    writer.make_rows();
    print(writer.run(), options);
    return 0;
}

}  // namespace
}  // namespace rollcall::bench

int main(int argc, char** argv) {
    try {
        // Without it every allocation of SQLite takes one lock for its statistics.
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        rollcall::bench::Arguments arguments(argc, argv);
        return rollcall::bench::run(arguments);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_raw_sqlite: %s\n", error.what());
        return 1;
    }
}
