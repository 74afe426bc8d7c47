#include "store/sqlite/tenant_transaction.h"

namespace rollcall::store::sqlite {

void SqliteTenant::append_outbox(const OutboxRow& row) {
    transaction_.begin_change();
    const int64_t number = next_number("outbox");
    connection_.execute(
        "INSERT INTO outbox (tenant_id, seq, time, event, type, id, version) VALUES (?1, ?2, ?3, ?4, ?5, ?6, "
        "?7)",
        id_, number, row.time, row.event, row.type, row.id, row.version);
}

// Rows of the outbox go once they have been delivered, so that its end does not tell the last number. In two
// statements: one with RETURNING needs a savepoint of its own, and leaving it takes the longer the more a job
// has changed.
int64_t SqliteTenant::next_number(std::string_view counter) {
    connection_.execute(
        "INSERT INTO counter (tenant_id, name, value) VALUES (?1, ?2, 1) "
        "ON CONFLICT (tenant_id, name) DO UPDATE SET value = value + 1",
        id_, counter);
    Rows rows = connection_.run("SELECT value FROM counter WHERE tenant_id = ?1 AND name = ?2", id_, counter);
    rows.next();
    return rows.integer(0);
}

}  // namespace rollcall::store::sqlite
