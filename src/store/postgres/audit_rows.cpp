#include "store/postgres/transaction.h"

namespace rollcall::store::postgres {

// Without waiting for anything: the number of the last row is raised and used in one statement.
void PostgresTransaction::append_audit_rows(TenantId tenant, std::span<const AuditRow> rows) {
    begin_change();
    for (const auto& row : rows) {
        make_month_(row.time);
        of_tenant(tenant).send(
            "WITH number AS (INSERT INTO counter (tenant_id, name, value) VALUES ($1, 'audit', 1) "
            "ON CONFLICT (tenant_id, name) DO UPDATE SET value = counter.value + 1 RETURNING value) "
            "INSERT INTO audit (tenant_id, seq, time, request_id, credential_id, method, path, body_hash, "
            "status, "
            "duration_us, address, channel, target, note) "
            "SELECT $1, value, timestamptz 'epoch' + $2 * interval '1 ms', $3, $4, $5, $6, $7, $8, $9, $10, "
            "$11, $12, "
            "$13 FROM number",
            tenant, row.time, row.request, null_if_nil(row.credential), row.method, row.path, row.body_hash,
            row.status, row.duration_us, row.address, row.channel, row.target, row.note);
    }
}

}  // namespace rollcall::store::postgres
