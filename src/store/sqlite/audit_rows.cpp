#include <array>

#include "store/sqlite/transaction.h"

namespace rollcall::store::sqlite {
namespace {

// Rows of one statement. Most are written in batches, and a statement of many rows finds the end of the table
// and of its index once: a row then costs a quarter less.
constexpr size_t kTogether = 16;

#define ROLLCALL_AUDIT_INSERT                                                                               \
    "INSERT INTO audit (tenant_id, seq, time, request_id, credential_id, method, path, body_hash, status, " \
    "duration_us, address, channel, target, note) VALUES "
#define ROLLCALL_AUDIT_ROW "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
#define ROLLCALL_AUDIT_ROWS_4 \
    ROLLCALL_AUDIT_ROW ", " ROLLCALL_AUDIT_ROW ", " ROLLCALL_AUDIT_ROW ", " ROLLCALL_AUDIT_ROW

// Binds the parameters of one row behind the first `at`; `time` outlives the statement.
void bind_row(Rows& statement, int at, TenantId tenant, int64_t seq, std::string_view time,
              const AuditRow& row) {
    statement.bind(++at, tenant);
    statement.bind(++at, seq);
    statement.bind(++at, time);
    statement.bind(++at, row.request);
    if (row.credential.is_nil()) {
        statement.bind(++at, nullptr);
    } else {
        statement.bind(++at, row.credential);
    }
    statement.bind(++at, row.method);
    statement.bind(++at, row.path);
    statement.bind(++at, row.body_hash);
    statement.bind(++at, row.status);
    statement.bind(++at, row.duration_us);
    statement.bind(++at, row.address);
    statement.bind(++at, row.channel);
    statement.bind(++at, row.target);
    statement.bind(++at, row.note);
}
constexpr int kParameters = 14;

}  // namespace

void SqliteTransaction::append_audit_rows(TenantId tenant, std::span<const AuditRow> rows) {
    begin_audit();
    const auto [next, is_unknown] = next_audit_.try_emplace(tenant.value);
    if (is_unknown) {
        // Rows are never removed, so that the end of the tree gives the next number.
        Rows last = connection_.run("SELECT max(seq) FROM audit WHERE tenant_id = ?1", tenant);
        last.next();
        next->second = last.integer(0) + 1;
    }
    std::array<std::string, kTogether> times;
    while (!rows.empty()) {
        const size_t count = rows.size() < kTogether ? 1 : kTogether;
        Rows insert = count == 1 ? connection_.run(ROLLCALL_AUDIT_INSERT ROLLCALL_AUDIT_ROW)
                                 : connection_.run(ROLLCALL_AUDIT_INSERT ROLLCALL_AUDIT_ROWS_4
                                                   ", " ROLLCALL_AUDIT_ROWS_4 ", " ROLLCALL_AUDIT_ROWS_4
                                                   ", " ROLLCALL_AUDIT_ROWS_4);
        for (size_t i = 0; i < count; ++i) {
            times[i] = format_instant(rows[i].time);
            bind_row(insert, static_cast<int>(i) * kParameters, tenant, next->second, times[i], rows[i]);
            ++next->second;
        }
        insert.run();
        rows = rows.subspan(count);
    }
}

}  // namespace rollcall::store::sqlite
