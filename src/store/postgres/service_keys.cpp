// Service keys: the tenant's own rows, and the look-up by token that finds the tenant.
#include "store/postgres/credential_rows.h"
#include "store/postgres/tenant_transaction.h"

namespace rollcall::store::postgres {
namespace {

#define ROLLCALL_SERVICE_KEY_COLUMNS \
    "k.id, k.name, k.scopes, k.token_hash, k.created, k.expires, k.revoked, k.last_used, k.quarantined"
constexpr int kServiceKeyColumns = 9;

ServiceKey read_service_key(const Rows& rows) {
    ServiceKey key;
    key.id = rows.id<ServiceKeyId>(0);
    key.name = rows.text(1);
    key.scopes = Scopes::of(rows.text(2));
    key.token_hash = rows.hash(3);
    key.created = Instant{rows.integer(4)};
    key.expires = rows.optional_instant(5);
    key.revoked = rows.optional_instant(6);
    key.last_used = rows.optional_instant(7);
    key.quarantined = rows.optional_instant(8);
    return key;
}

}  // namespace

void PostgresTenant::insert_service_key(const ServiceKey& key) {
    transaction_.begin_change();
    database().send(
        "INSERT INTO service_key (tenant_id, id, name, scopes, token_hash, created, expires, revoked, "
        "last_used) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        id_, key.id, key.name, key.scopes.text(), key.token_hash, key.created, key.expires, key.revoked,
        key.last_used);
}

std::vector<ServiceKey> PostgresTenant::service_keys() {
    Rows rows = database().run("SELECT " ROLLCALL_SERVICE_KEY_COLUMNS
                               " FROM service_key k WHERE k.tenant_id = $1 ORDER BY k.id",
                               id_);
    std::vector<ServiceKey> found;
    while (rows.next()) found.push_back(read_service_key(rows));
    return found;
}

Result<void> PostgresTenant::update_service_key(const ServiceKey& key) {
    transaction_.begin_change();
    const int64_t changed = database().change(
        "UPDATE service_key SET name = $3, scopes = $4, expires = $5, revoked = $6, last_used = $7, quarantined = $8 "
        "WHERE tenant_id = $1 AND id = $2",
        id_, key.id, key.name, key.scopes.text(), key.expires, key.revoked, key.last_used, key.quarantined);
    if (changed == 0) return failure(ErrorKind::NotFound, "There is no such service key.");
    return {};
}

void PostgresTenant::touch_service_key(ServiceKeyId id, Instant time) {
    transaction_.begin_change();
    database().send(
        "UPDATE service_key SET last_used = $3 WHERE tenant_id = $1 AND id = $2 "
        "AND (last_used IS NULL OR last_used <= $3)",
        id_, id, time);
}

std::optional<std::pair<ServiceKey, Tenant>> PostgresTransaction::find_service_key(const Sha256& token_hash) {
    Rows rows = of_installation().run(
        "SELECT " ROLLCALL_SERVICE_KEY_COLUMNS
        ", t.id, t.slug, t.profile, t.policy, t.created, t.enabled, t.schema_version"
        " FROM service_key k JOIN tenant t ON t.id = k.tenant_id WHERE k.token_hash = $1",
        token_hash);
    if (!rows.next()) return std::nullopt;
    return std::pair(read_service_key(rows), read_tenant(rows, kServiceKeyColumns));
}

}  // namespace rollcall::store::postgres
