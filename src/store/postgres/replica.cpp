#include "store/postgres/replica.h"

#include <algorithm>

#include "base/log.h"

namespace rollcall::store::postgres {
namespace {

constexpr std::chrono::milliseconds kLook(100);
constexpr size_t kMarksMax = 1'000;

Connection::Settings of_standby(Connection::Settings settings, const std::string& url) {
    settings.url = url;
    settings.outage = std::make_shared<Outage>();
    // It sets what commits wait for, and nothing is committed there.
    return settings;
}

Connection& opened(std::unique_ptr<Connection>& connection, const Connection::Settings& settings) {
    if (!connection || !connection->is_alive()) {
        connection.reset();
        connection = Connection::open(settings);
    }
    return *connection;
}

}  // namespace

Replica::Replica(Connection::Settings primary, const std::string& url, const Limits& limits,
                 std::chrono::milliseconds behind_max)
    : primary_settings_(std::move(primary)),
      settings_(of_standby(primary_settings_, url)),
      behind_max_(behind_max),
      readers_(std::make_shared<ReaderPool>(settings_, limits)),
      thread_([this] { watch(); }) {}

Replica::~Replica() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
    readers_->close();
}

std::chrono::milliseconds Replica::behind() const {
    const auto until = complete_until_.load(std::memory_order_acquire);
    if (until == Clock::time_point::min()) return std::chrono::hours(24);
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - until);
}

Transaction* Replica::read() noexcept {
    if (behind() > behind_max_) return nullptr;
    try {
        auto& transaction = readers_->mine().begin();
        reads_.fetch_add(1, std::memory_order_relaxed);
        return &transaction;
    } catch (const std::exception&) {
        return nullptr;
    }
}

void Replica::end_read() noexcept {
    if (Reader* reader = readers_->existing()) reader->end();
}

void Replica::watch() {
    bool was_close = true;
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        lock.unlock();
        std::string why = "it is too far behind";
        try {
            look();
        } catch (const std::exception& failure) {
            why = failure.what();
        }
        const bool is_close = behind() <= behind_max_;
        if (is_close != was_close)
            log(is_close ? LogLevel::Info : LogLevel::Warning,
                is_close ? "lists are read from the replica" : "lists are not read from the replica",
                {{"reason", is_close ? "it follows" : why}});
        was_close = is_close;
        lock.lock();
        wake_.wait_for(lock, kLook, [this] { return stopping_; });
    }
}

void Replica::look() {
    const auto now = Clock::now();
    marks_.push_back({now, end_of_primary()});
    if (marks_.size() > kMarksMax) marks_.pop_front();
    const auto there = replayed();
    if (!there) throw StoreFailure(StoreFailure::Cause::Lost, "it is no standby of this database");
    // Of another timeline than the last one: the marks are of a primary that is gone, or the standby is.
    std::erase_if(marks_,
                  [&](const Mark& mark) { return mark.place.timeline != marks_.back().place.timeline; });
    while (!marks_.empty() && there->holds(marks_.front().place)) {
        complete_until_.store(marks_.front().asked, std::memory_order_release);
        marks_.pop_front();
    }
}

Replica::Place Replica::end_of_primary() {
    auto rows = opened(primary_, primary_settings_)
                    .run(
                        "SELECT (SELECT system_identifier FROM pg_control_system()), "
                        "('x' || lpad(left(pg_walfile_name(pg_current_wal_flush_lsn()), 8), 16, "
                        "'0'))::bit(64)::bigint, "
                        "(pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::bigint");
    rows.next();
    return {rows.integer(0), rows.integer(1), rows.integer(2)};
}

std::optional<Replica::Place> Replica::replayed() {
    auto rows = opened(standby_, settings_)
                    .run(
                        "SELECT (SELECT system_identifier FROM pg_control_system()), "
                        "(SELECT timeline_id FROM pg_control_checkpoint())::bigint, "
                        "(pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint WHERE pg_is_in_recovery()");
    if (!rows.next()) return std::nullopt;
    return Place{rows.integer(0), rows.integer(1), rows.integer(2)};
}

}  // namespace rollcall::store::postgres
