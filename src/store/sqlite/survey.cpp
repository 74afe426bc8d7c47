#include "store/sqlite/survey.h"

#include "base/log.h"

namespace rollcall::store::sqlite {
namespace {

// Rows of one snapshot: an open one keeps the log from starting over.
constexpr int64_t kSliceRows = 20'000;
// A survey rests for so many times as long as it took.
constexpr int kRests = 20;

}  // namespace

Survey::Survey(Connection::Settings settings, const CommitNews& news, std::chrono::milliseconds rest_min)
    : settings_(std::move(settings)), news_(news), rest_min_(rest_min), grouped_(news) {}

Survey::~Survey() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Survey::ask() {
    if (asked_.exchange(true)) return;
    const std::lock_guard lock(mutex_);
    wake();
}

void Survey::wake() {
    asked_ = true;
    if (!thread_.joinable() && !stopping_) thread_ = std::thread([this] { loop(); });
    wake_.notify_all();
}

void Survey::wait() {
    std::unique_lock lock(mutex_);
    const uint64_t next = begun_ + 1;
    wake();
    wake_.wait(lock, [&] { return over_ >= next; });
}

bool Survey::is_stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

void Survey::loop() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [this] { return stopping_ || asked_; });
        if (stopping_) return;
        asked_ = false;
        ++begun_;
        lock.unlock();
        const auto began = std::chrono::steady_clock::now();
        try {
            const auto connection = Connection::open(settings_);
            run(*connection);
        } catch (const StoreFailure& failure) {
            // Everything works without it.
            log(LogLevel::Warning, "store_survey_failed", {{"reason", failure.what()}});
        }
        const auto took = std::chrono::steady_clock::now() - began;
        lock.lock();
        over_ = begun_;
        wake_.notify_all();
        wake_.wait_for(lock, std::max<std::chrono::steady_clock::duration>(rest_min_, took * kRests),
                       [this] { return stopping_; });
    }
}

void Survey::run(Connection& connection) {
    const uint64_t others = news_.others();
    note_members(connection);
    if (is_stopping()) return;
    grouped_.surveyed(others);
    if (!places_are_noted_) note_places(connection);
    places_are_noted_ = true;
}

// Members that are added between two slices are noted by the writer, and those of another process end what
// this survey knows.
void Survey::note_members(Connection& connection) {
    int64_t tenant = 0;
    ResourceId member;
    for (int64_t rows_of_slice = kSliceRows; rows_of_slice == kSliceRows && !is_stopping();) {
        rows_of_slice = 0;
        Rows rows = connection.run(
            "SELECT tenant_id, member_id FROM membership INDEXED BY membership_by_member WHERE (tenant_id, "
            "member_id) > (?1, ?2) ORDER BY tenant_id, member_id LIMIT ?3",
            tenant, member, kSliceRows);
        while (rows.next()) {
            ++rows_of_slice;
            tenant = rows.integer(0);
            member = rows.id<ResourceId>(1);
            grouped_.note(TenantId{tenant}, member);
        }
    }
}

// Rows that are not shown to all are left out: see RowPlaces::Key.
void Survey::note_places(Connection& connection) {
    int64_t tenant = 0;
    std::string type;
    ResourceId id;
    int64_t noted = 0;
    for (int64_t rows_of_slice = kSliceRows; rows_of_slice == kSliceRows && !is_stopping();) {
        if (noted >= RowPlaces::kWorthNoting) return;
        rows_of_slice = 0;
        const std::string after = type;
        Rows rows = connection.run(
            "SELECT tenant_id, type, id, hidden, seq FROM resource INDEXED BY resource_by_id WHERE "
            "(tenant_id, type, id) > (?1, ?2, ?3) ORDER BY tenant_id, type, id LIMIT ?4",
            tenant, after, id, kSliceRows);
        while (rows.next()) {
            ++rows_of_slice;
            tenant = rows.integer(0);
            if (rows.text(1) != type) type = rows.text(1);
            id = rows.id<ResourceId>(2);
            if (rows.integer(3) == 0) places_.note({TenantId{tenant}, 0, id}, rows.integer(4));
        }
        noted += rows_of_slice;
    }
}

}  // namespace rollcall::store::sqlite
