#include "store/postgres/tenant_transaction.h"

namespace rollcall::store::postgres {
namespace {

#define ROLLCALL_EVENT_COLUMNS                                                                         \
    "seq, time, request_id, channel, actor_kind, actor_id, actor_name, address, action, target_type, " \
    "target, payload, code"

// Rows that one search may look at: some 100 ms.
constexpr int64_t kLookedAtMax = 100'000;

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
    event.code = rows.hash(12);
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

PostgresTransaction::EventEnd& PostgresTransaction::event_end(TenantId tenant) {
    event_tenants_.insert(tenant.value);
    const auto known = event_ends_.find(tenant.value);
    if (known != event_ends_.end()) return known->second;
    ask_for_event_end(tenant);
    auto answers = connection_.answers();
    return event_ends_[tenant.value] = read_event_end(answers.front());
}

void PostgresTransaction::ask_for_event_end(TenantId tenant) {
    of_tenant(tenant).ask("SELECT seq, time, code FROM event WHERE tenant_id = $1 ORDER BY seq DESC LIMIT 1",
                          tenant);
}

PostgresTransaction::EventEnd PostgresTransaction::read_event_end(Rows& last) {
    if (!last.next()) return {};
    return {last.integer(0), Instant{last.integer(1)}, last.hash(2)};
}

void PostgresTransaction::note_event_heads() {
    const auto tenants = event_tenants_;
    for (const int64_t tenant : tenants) {
        const auto& end = event_end(TenantId{tenant});
        if (end.seq == 0) continue;
        of_tenant(TenantId{tenant})
            .send(
                "INSERT INTO event_head (tenant_id, seq, code) VALUES ($1, $2, $3) "
                "ON CONFLICT (tenant_id) DO UPDATE SET seq = excluded.seq, code = excluded.code",
                tenant, end.seq, end.code);
    }
}

void PostgresTenant::append_event(Event& event) {
    transaction_.begin_change();
    auto& end = transaction_.event_end(id_);
    event.seq = end.seq + 1;
    event.time = std::max(event.time, end.time);
    event.code = chain_code(transaction_.audit_key(), end.code, id_.value, event);
    const auto actor = actor_column(event.actor);
    database().send("INSERT INTO event (tenant_id, " ROLLCALL_EVENT_COLUMNS
                    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
                    id_, event.seq, event.time, event.request, event.channel, event.actor_kind, actor,
                    event.actor_name, event.address, event.action, event.target_type, event.target,
                    event.payload, event.code);
    end = {event.seq, event.time, event.code};
}

// Times never fall, so that a time is a place in the order of numbers.
int64_t PostgresTenant::first_event_at(Instant time, int64_t last) {
    int64_t low = 1, high = last + 1;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        Rows row = database().run("SELECT time FROM event WHERE tenant_id = $1 AND seq = $2", id_, middle);
        if (!row.next() || row.integer(0) >= time.ms)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

std::vector<Event> PostgresTenant::search_events(const EventSearch& search, int64_t& looked_to) {
    int64_t last = 0;
    {
        Rows newest = database().run("SELECT max(seq) FROM event WHERE tenant_id = $1", id_);
        if (newest.next()) last = newest.integer(0);
    }
    const int64_t first = search.from ? first_event_at(*search.from, last) : 1;
    int64_t at = search.before ? std::min(*search.before - 1, last) : last;
    if (search.until) at = std::min(at, first_event_at(*search.until, last) - 1);
    const int64_t lowest = std::max(first, at - kLookedAtMax + 1);
    std::vector<Event> found;
    looked_to = lowest <= first ? 0 : lowest;
    // In parts: most searches end early.
    constexpr int64_t kRowsAtOnce = 1'000;
    for (; at >= lowest; at -= kRowsAtOnce) {
        Rows rows =
            database().run("SELECT " ROLLCALL_EVENT_COLUMNS
                           " FROM event WHERE tenant_id = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq DESC",
                           id_, std::max(lowest, at - kRowsAtOnce + 1), at);
        while (rows.next()) {
            auto event = read_event(rows);
            if (!is_wanted(search, event)) continue;
            found.push_back(std::move(event));
            if (static_cast<int64_t>(found.size()) < search.limit) continue;
            looked_to = found.back().seq <= first ? 0 : found.back().seq;
            return found;
        }
    }
    return found;
}

void PostgresTenant::visit_events(int64_t after, const std::function<bool(const Event&)>& visit) {
    for (;;) {
        Rows rows = database().run("SELECT " ROLLCALL_EVENT_COLUMNS
                                   " FROM event WHERE tenant_id = $1 AND seq > $2 ORDER BY seq LIMIT 1000",
                                   id_, after);
        if (rows.count() == 0) return;
        while (rows.next()) {
            const auto event = read_event(rows);
            if (!visit(event)) return;
            after = event.seq;
        }
    }
}

std::vector<LoggedRequest> PostgresTenant::requests_of(CredentialId credential,
                                                       const std::optional<RequestPlace>& before,
                                                       int64_t limit) {
    constexpr Instant kBeyondAll{253'402'300'800'000};
    const auto time = before ? parse_date_time(before->time) : std::nullopt;
    Rows rows = database().run(
        "SELECT seq, (extract(epoch FROM time) * 1000)::bigint, request_id, method, path, body_hash, status, "
        "duration_us, address, channel, target, note FROM audit WHERE tenant_id = $1 AND credential_id = $2 "
        "AND (time, seq) < (timestamptz 'epoch' + $3 * interval '1 ms', $4) ORDER BY time DESC, seq DESC "
        "LIMIT $5",
        id_, credential, time.value_or(kBeyondAll), before ? before->seq : 0, limit);
    std::vector<LoggedRequest> found;
    while (rows.next()) {
        LoggedRequest row;
        row.seq = rows.integer(0);
        row.time = format_instant(rows.instant(1));
        row.request = rows.id<RequestId>(2);
        row.method = rows.text(3);
        row.path = rows.text(4);
        if (!rows.is_null(5)) row.body_hash = rows.hash(5);
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

std::vector<HourOfAnswers> PostgresTenant::answers_of(CredentialId credential, Instant from) {
    Rows rows = database().run(
        "SELECT (extract(epoch FROM date_trunc('hour', time, 'UTC')) * 1000)::bigint AS hour, status / 100, "
        "count(*) "
        "FROM audit WHERE tenant_id = $1 AND credential_id = $2 AND time >= timestamptz 'epoch' + $3 * "
        "interval '1 ms' "
        "GROUP BY hour, status / 100 ORDER BY hour",
        id_, credential, from);
    std::vector<HourOfAnswers> hours;
    while (rows.next()) {
        const Instant hour = rows.instant(0);
        const int64_t status_class = rows.integer(1);
        if (status_class < 0 || status_class > 5) continue;
        if (hours.empty() || hours.back().hour != hour) hours.push_back({hour, {}});
        hours.back().classes[static_cast<size_t>(status_class)] = rows.integer(2);
    }
    return hours;
}

EventHead PostgresTenant::event_head() {
    Rows rows = database().run("SELECT seq, code FROM event_head WHERE tenant_id = $1", id_);
    if (!rows.next()) return {};
    return {rows.integer(0), rows.hash(1)};
}

}  // namespace rollcall::store::postgres
