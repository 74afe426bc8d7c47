#include "store/postgres/resource_rows.h"
#include "store/postgres/tenant_transaction.h"

namespace rollcall::store::postgres {
namespace {

// The columns of several rows, side by side.
struct Columns {
    explicit Columns(std::span<const AuditRow> rows) {
        for (const auto& row : rows) {
            times.push_back(row.time.ms);
            requests.push_back(row.request);
            credentials.push_back(row.credential);
            methods.emplace_back(row.method);
            paths.emplace_back(row.path);
            hashes.push_back(row.body_hash.value_or(Sha256{}));
            statuses.push_back(row.status);
            durations.push_back(row.duration_us);
            addresses.emplace_back(row.address);
            channels.emplace_back(row.channel);
            targets.emplace_back(row.target);
            notes.emplace_back(row.note);
        }
    }
    std::vector<int64_t> times, statuses, durations;
    std::vector<RequestId> requests;
    std::vector<CredentialId> credentials;
    std::vector<Sha256> hashes;
    std::vector<std::string> methods, paths, addresses, channels, targets, notes;
};

}  // namespace

void PostgresTransaction::append_audit_rows(TenantId tenant, std::span<const AuditRow> rows) {
    if (rows.empty()) return;
    begin_change();
    for (const auto& row : rows) make_month_(row.time);
    if (rows.size() > 1) return send_requests(tenant, rows);
    of_tenant(tenant);
    left_.add(tenant, rows.front());
}

void PostgresTenant::append_outbox(const OutboxRow& row) {
    transaction_.begin_change();
    database();
    transaction_.left().add(id_, row);
}

// Without waiting for anything: the last number is raised and used in one statement, for all rows.
void PostgresTransaction::send_requests(TenantId tenant, std::span<const AuditRow> rows) {
    const Columns columns(rows);
    of_tenant(tenant).send(
        "WITH number AS (INSERT INTO counter (tenant_id, name, value) VALUES ($1, 'audit', $2) "
        "ON CONFLICT (tenant_id, name) DO UPDATE SET value = counter.value + $2 RETURNING value - $2 AS "
        "last) "
        "INSERT INTO audit (tenant_id, seq, time, request_id, credential_id, method, path, body_hash, "
        "status, "
        "duration_us, address, channel, target, note) "
        "SELECT $1, last + n, timestamptz 'epoch' + time * interval '1 ms', request, "
        "nullif(credential, '00000000-0000-0000-0000-000000000000'), method, path, "
        "nullif(body_hash, decode(repeat('00', 32), 'hex')), status::integer, duration, address, channel, "
        "target, note "
        "FROM number, unnest($3::bigint[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::bytea[], "
        "$9::bigint[], "
        "$10::bigint[], $11::text[], $12::text[], $13::text[], $14::text[]) WITH ORDINALITY AS r (time, "
        "request, "
        "credential, method, path, body_hash, status, duration, address, channel, target, note, n)",
        tenant, static_cast<int64_t>(rows.size()), columns.times, columns.requests, columns.credentials,
        columns.methods, columns.paths, columns.hashes, columns.statuses, columns.durations,
        columns.addresses, columns.channels, columns.targets, columns.notes);
}

void PostgresTransaction::write_left_rows() {
    for (const auto& [tenant, rows] : left_.requests()) send_requests(tenant, rows);
    for (const auto& [tenant, rows] : left_.changes()) {
        std::vector<int64_t> times, versions;
        std::vector<std::string> events, types;
        std::vector<ResourceId> ids;
        for (const auto& row : rows) {
            times.push_back(row.time.ms);
            events.push_back(row.event);
            types.push_back(row.type);
            ids.push_back(row.id);
            versions.push_back(row.version);
        }
        of_tenant(tenant).send(
            "WITH number AS (INSERT INTO counter (tenant_id, name, value) VALUES ($1, 'outbox', $2) "
            "ON CONFLICT (tenant_id, name) DO UPDATE SET value = counter.value + $2 RETURNING value - $2 AS "
            "last) INSERT INTO outbox (tenant_id, seq, time, event, type, id, version) "
            "SELECT $1, last + n, time, event, type, id, version FROM number, unnest($3::bigint[], "
            "$4::text[], $5::text[], $6::uuid[], $7::bigint[]) WITH ORDINALITY AS r (time, event, type, id, "
            "version, n)",
            tenant, static_cast<int64_t>(rows.size()), times, events, types, ids, versions);
    }
    for (const auto& [what, number] : left_.counted()) {
        of_tenant(what.first).send(ROLLCALL_COUNT, what.first, what.second, number);
    }
    left_ = {};
}

}  // namespace rollcall::store::postgres
