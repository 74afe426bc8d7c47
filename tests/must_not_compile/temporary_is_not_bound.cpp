// A statement keeps ids, digests and texts by reference: a temporary would be gone before its first row.
// error: no matching function for call to|associated constraints are not satisfied
#include "store/sqlite/connection.h"

#ifdef MUST_NOT_COMPILE
rollcall::store::sqlite::Rows wrong(rollcall::store::sqlite::Connection& connection) {
    return connection.run("SELECT 1 FROM resource WHERE id = ?1", rollcall::ResourceId::create());
}
#else
rollcall::store::sqlite::Rows right(rollcall::store::sqlite::Connection& connection,
                                    const rollcall::ResourceId& id) {
    return connection.run("SELECT 1 FROM resource WHERE tenant_id = ?1 AND id = ?2", int64_t{1}, id);
}

// A statement that is over with the call takes them.
void at_once(rollcall::store::sqlite::Connection& connection) {
    connection.execute("DELETE FROM resource WHERE id = ?1", rollcall::ResourceId::create());
}

using rollcall::store::sqlite::OutlivesStatement;
static_assert(!OutlivesStatement<std::string> && OutlivesStatement<const std::string&>);
static_assert(!OutlivesStatement<rollcall::Sha256> && OutlivesStatement<rollcall::Sha256&>);
static_assert(!OutlivesStatement<std::optional<rollcall::CredentialId>>);
static_assert(!OutlivesStatement<const rollcall::ResourceId>);
static_assert(OutlivesStatement<int64_t> && OutlivesStatement<rollcall::Instant>);
#endif
