#include "store/sqlite/tenant_transaction.h"

namespace rollcall::store::sqlite {
namespace {

#define ROLLCALL_EVENT_COLUMNS                                                                         \
    "seq, time, request_id, channel, actor_kind, actor_id, actor_name, address, action, target_type, " \
    "target, payload, code"

// Rows that one search may look at: some 100 ms.
constexpr int64_t kLookedAtMax = 100'000;

Sha256 read_code(const Rows& rows, int column) {
    Sha256 code{};
    const auto bytes = rows.blob(column);
    if (bytes.size() == code.size()) std::ranges::copy(bytes, code.begin());
    return code;
}

Event read_event(const Rows& rows) {
    Event event;
    event.seq = rows.integer(0);
    event.time = Instant{rows.integer(1)};
    event.request = rows.id<RequestId>(2);
    event.channel = rows.text(3);
    event.actor_kind = rows.text(4);
    if (!rows.is_null(5)) event.actor = rows.id<ResourceId>(5).bytes;
    event.actor_name = rows.text(6);
    event.address = rows.text(7);
    event.action = rows.text(8);
    event.target_type = rows.text(9);
    event.target = rows.text(10);
    event.payload = rows.text(11);
    event.code = read_code(rows, 12);
    return event;
}

std::optional<ResourceId> actor_column(const UuidBytes& actor) {
    if (actor == UuidBytes{}) return std::nullopt;
    return ResourceId{actor};
}

bool is_wanted(const EventSearch& search, const Event& event) {
    const auto fits = [](const std::string& wanted, const std::string& text) {
        return wanted.empty() || wanted == text;
    };
    const bool action = search.action.ends_with('.') ? event.action.starts_with(search.action)
                                                     : fits(search.action, event.action);
    return action && fits(search.channel, event.channel) && fits(search.target_type, event.target_type) &&
           fits(search.target, event.target) && (!search.actor || *search.actor == event.actor);
}

}  // namespace

SqliteTransaction::EventEnd& SqliteTransaction::event_end(TenantId tenant) {
    const auto [end, is_unknown] = event_ends_.try_emplace(tenant.value);
    if (!is_unknown) return end->second;
    if (std::ranges::find(event_tenants_, tenant) == event_tenants_.end()) event_tenants_.push_back(tenant);
    Rows last = connection_.run(
        "SELECT seq, time, code FROM event WHERE tenant_id = ?1 ORDER BY seq DESC LIMIT 1", tenant);
    if (last.next()) end->second = {last.integer(0), Instant{last.integer(1)}, read_code(last, 2)};
    return end->second;
}

void SqliteTransaction::end_batch() {
    for (const TenantId tenant : event_tenants_) {
        const auto& end = event_end(tenant);
        if (end.seq == 0) continue;
        connection_.execute(
            "INSERT INTO event_head (tenant_id, seq, code) VALUES (?1, ?2, ?3) "
            "ON CONFLICT (tenant_id) DO UPDATE SET seq = excluded.seq, code = excluded.code",
            tenant, end.seq, end.code);
    }
    event_tenants_.clear();
}

void SqliteTenant::append_event(Event& event) {
    transaction_.begin_change();
    auto& end = transaction_.event_end(id_);
    event.seq = end.seq + 1;
    event.time = std::max(event.time, end.time);
    event.code = chain_code(transaction_.audit_key(), end.code, id_.value, event);
    const auto actor = actor_column(event.actor);
    connection_.execute("INSERT INTO event (tenant_id, " ROLLCALL_EVENT_COLUMNS
                        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
                        id_, event.seq, event.time, event.request, event.channel, event.actor_kind, actor,
                        event.actor_name, event.address, event.action, event.target_type, event.target,
                        event.payload, event.code);
    end = {event.seq, event.time, event.code};
}

// Times never fall, so that a time is a place in the order of numbers.
int64_t SqliteTenant::first_event_at(Instant time, int64_t last) {
    int64_t low = 1, high = last + 1;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        Rows row = connection_.run("SELECT time FROM event WHERE tenant_id = ?1 AND seq = ?2", id_, middle);
        if (!row.next() || row.integer(0) >= time.ms)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

std::vector<Event> SqliteTenant::search_events(const EventSearch& search, int64_t& looked_to) {
    int64_t last = 0;
    {
        Rows newest = connection_.run("SELECT max(seq) FROM event WHERE tenant_id = ?1", id_);
        if (newest.next()) last = newest.integer(0);
    }
    const int64_t first = search.from ? first_event_at(*search.from, last) : 1;
    int64_t at = search.before ? std::min(*search.before - 1, last) : last;
    if (search.until) at = std::min(at, first_event_at(*search.until, last) - 1);
    const int64_t lowest = std::max(first, at - kLookedAtMax + 1);
    std::vector<Event> found;
    looked_to = lowest <= first ? 0 : lowest;
    Rows rows =
        connection_.run("SELECT " ROLLCALL_EVENT_COLUMNS
                        " FROM event WHERE tenant_id = ?1 AND seq BETWEEN ?2 AND ?3 ORDER BY seq DESC",
                        id_, lowest, at);
    while (rows.next()) {
        auto event = read_event(rows);
        if (!is_wanted(search, event)) continue;
        found.push_back(std::move(event));
        if (static_cast<int64_t>(found.size()) < search.limit) continue;
        looked_to = found.back().seq <= first ? 0 : found.back().seq;
        break;
    }
    return found;
}

void SqliteTenant::visit_events(int64_t after, const std::function<bool(const Event&)>& visit) {
    Rows rows = connection_.run("SELECT " ROLLCALL_EVENT_COLUMNS
                                " FROM event WHERE tenant_id = ?1 AND seq > ?2 ORDER BY seq",
                                id_, after);
    while (rows.next()) {
        if (!visit(read_event(rows))) return;
    }
}

std::vector<LoggedRequest> SqliteTenant::requests_of(CredentialId credential,
                                                     const std::optional<RequestPlace>& before,
                                                     int64_t limit) {
    // Beyond every time there is.
    const RequestPlace place = before.value_or(RequestPlace{"~", 0});
    Rows rows = connection_.run(
        "SELECT seq, time, request_id, method, path, body_hash, status, duration_us, address, channel, "
        "target, note "
        "FROM audit WHERE tenant_id = ?1 AND credential_id = ?2 AND (time, seq) < (?3, ?4) "
        "ORDER BY time DESC, seq DESC LIMIT ?5",
        id_, credential, place.time, place.seq, limit);
    std::vector<LoggedRequest> found;
    while (rows.next()) {
        LoggedRequest row;
        row.seq = rows.integer(0);
        row.time = rows.text(1);
        row.request = rows.id<RequestId>(2);
        row.method = rows.text(3);
        row.path = rows.text(4);
        if (!rows.is_null(5)) row.body_hash = read_code(rows, 5);
        row.status = static_cast<int>(rows.integer(6));
        row.duration_us = rows.integer(7);
        row.address = rows.text(8);
        row.channel = rows.text(9);
        row.target = rows.text(10);
        row.note = rows.text(11);
        found.push_back(std::move(row));
    }
    return found;
}

std::vector<HourOfAnswers> SqliteTenant::answers_of(CredentialId credential, Instant from) {
    const std::string first = format_instant(from);
    Rows rows = connection_.run(
        "SELECT substr(time, 1, 13) AS hour, status / 100, count(*) FROM audit WHERE tenant_id = ?1 AND "
        "credential_id = ?2 AND time >= ?3 GROUP BY hour, status / 100 ORDER BY hour",
        id_, credential, first);
    std::vector<HourOfAnswers> hours;
    while (rows.next()) {
        const auto hour = parse_date_time(std::string(rows.text(0)) + ":00:00Z");
        const int64_t status_class = rows.integer(1);
        if (!hour || status_class < 0 || status_class > 5) continue;
        if (hours.empty() || hours.back().hour != *hour) hours.push_back({*hour});
        hours.back().classes[static_cast<size_t>(status_class)] = rows.integer(2);
    }
    return hours;
}

EventHead SqliteTenant::event_head() {
    Rows rows = connection_.run("SELECT seq, code FROM event_head WHERE tenant_id = ?1", id_);
    if (!rows.next()) return {};
    return {rows.integer(0), read_code(rows, 1)};
}

}  // namespace rollcall::store::sqlite
