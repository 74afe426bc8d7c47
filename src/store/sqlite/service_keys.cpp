// Service keys: the tenant's own rows, and the look-up by token that finds the tenant.
#include "store/sqlite/credential_rows.h"
#include "store/sqlite/tenant_transaction.h"

namespace rollcall::store::sqlite {
namespace {

#define ROLLCALL_SERVICE_KEY_COLUMNS \
    "k.id, k.name, k.scopes, k.token_hash, k.created, k.expires, k.revoked, k.last_used, k.quarantined"
constexpr int kServiceKeyColumns = 9;
constexpr size_t kServiceKeysKept = 64;

ServiceKey read_service_key(const Rows& rows) {
    const auto instant = [&rows](int column) -> std::optional<Instant> {
        if (rows.is_null(column)) return std::nullopt;
        return Instant{rows.integer(column)};
    };
    ServiceKey key;
    key.id = rows.id<ServiceKeyId>(0);
    key.name = rows.text(1);
    key.scopes = Scopes::of(rows.text(2));
    const auto hash = rows.blob(3);
    std::memcpy(key.token_hash.data(), hash.data(), std::min(hash.size(), key.token_hash.size()));
    key.created = Instant{rows.integer(4)};
    key.expires = instant(5);
    key.revoked = instant(6);
    key.last_used = instant(7);
    key.quarantined = instant(8);
    return key;
}

}  // namespace

void SqliteTenant::insert_service_key(const ServiceKey& key) {
    transaction_.begin_change();
    connection_.execute(
        "INSERT INTO service_key (tenant_id, id, name, scopes, token_hash, created, expires, revoked, "
        "last_used) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        id_, key.id, key.name, key.scopes.text(), key.token_hash, key.created, key.expires, key.revoked,
        key.last_used);
}

std::vector<ServiceKey> SqliteTenant::service_keys() {
    Rows rows = connection_.run("SELECT " ROLLCALL_SERVICE_KEY_COLUMNS
                                " FROM service_key k WHERE k.tenant_id = ?1 ORDER BY k.id",
                                id_);
    std::vector<ServiceKey> found;
    while (rows.next()) found.push_back(read_service_key(rows));
    return found;
}

Result<void> SqliteTenant::update_service_key(const ServiceKey& key) {
    transaction_.begin_change();
    connection_.execute(
        "UPDATE service_key SET name = ?3, scopes = ?4, expires = ?5, revoked = ?6, last_used = ?7, quarantined = ?8 "
        "WHERE tenant_id = ?1 AND id = ?2",
        id_, key.id, key.name, key.scopes.text(), key.expires, key.revoked, key.last_used, key.quarantined);
    if (connection_.changes() == 0) return failure(ErrorKind::NotFound, "There is no such service key.");
    return {};
}

void SqliteTenant::touch_service_key(ServiceKeyId id, Instant time) {
    transaction_.begin_change();
    connection_.execute(
        "UPDATE service_key SET last_used = ?3 WHERE tenant_id = ?1 AND id = ?2 "
        "AND (last_used IS NULL OR last_used <= ?3)",
        id_, id, time);
}

std::optional<std::pair<ServiceKey, Tenant>> SqliteTransaction::find_service_key(const Sha256& token_hash) {
    if (const auto known = service_keys_.find(token_hash); known != service_keys_.end()) return known->second;
    Rows rows =
        connection_.run("SELECT " ROLLCALL_SERVICE_KEY_COLUMNS
                        ", t.id, t.slug, t.profile, t.policy, t.created, t.enabled, t.schema_version"
                        " FROM service_key k JOIN tenant t ON t.id = k.tenant_id WHERE k.token_hash = ?1",
                        token_hash);
    if (!rows.next()) return std::nullopt;
    std::pair found(read_service_key(rows), read_tenant(rows, kServiceKeyColumns));
    if (is_snapshot() && service_keys_.size() < kServiceKeysKept) service_keys_.emplace(token_hash, found);
    return found;
}

}  // namespace rollcall::store::sqlite
