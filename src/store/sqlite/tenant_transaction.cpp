#include "store/sqlite/tenant_transaction.h"

#include "store/sqlite/credential_rows.h"

namespace rollcall::store::sqlite {
namespace {

Result<void> slug_taken() {
    return failure(ErrorKind::Uniqueness,
                   "Another credential of this tenant has this slug; choose a different one.");
}

std::optional<ResourceId> user_of(const Credential& credential) {
    if (credential.user.is_nil()) return std::nullopt;
    return credential.user;
}

}  // namespace

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

Result<void> SqliteTenant::insert_credential(const Credential& credential) {
    transaction_.begin_change();
    connection_.execute(
        "INSERT INTO credential (tenant_id, id, name, slug, token_hash, created, expires, enabled, revoked, "
        "last_used, "
        "last_used_address, user_id, rights) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) "
        "ON CONFLICT (tenant_id, slug) WHERE slug IS NOT NULL DO NOTHING",
        id_, credential.id, credential.name, null_if_empty(credential.slug), credential.token_hash,
        credential.created, credential.expires, credential.enabled, credential.revoked, credential.last_used,
        credential.last_used_address, user_of(credential), right_name(credential.right));
    if (connection_.changes() == 0) return slug_taken();
    return {};
}

std::vector<Credential> SqliteTenant::credentials() {
    Rows rows = connection_.run(
        "SELECT id, tenant_id, name, slug, token_hash, created, expires, enabled, revoked, last_used, "
        "last_used_address, user_id, rights FROM credential WHERE tenant_id = ?1 ORDER BY id",
        id_);
    std::vector<Credential> found;
    while (rows.next()) found.push_back(read_credential(rows));
    return found;
}

Result<void> SqliteTenant::update_credential(const Credential& credential) {
    transaction_.begin_change();
    if (!credential.slug.empty()) {
        Rows owner = connection_.run("SELECT id FROM credential WHERE tenant_id = ?1 AND slug = ?2", id_,
                                     credential.slug);
        if (owner.next() && owner.id<CredentialId>(0) != credential.id) return slug_taken();
    }
    connection_.execute(
        "UPDATE credential SET name = ?3, slug = ?4, token_hash = ?5, created = ?6, expires = ?7, enabled = "
        "?8, "
        "revoked = ?9, last_used = ?10, last_used_address = ?11, user_id = ?12, rights = ?13 WHERE tenant_id "
        "= ?1 AND id = ?2",
        id_, credential.id, credential.name, null_if_empty(credential.slug), credential.token_hash,
        credential.created, credential.expires, credential.enabled, credential.revoked, credential.last_used,
        credential.last_used_address, user_of(credential), right_name(credential.right));
    if (connection_.changes() == 0) return failure(ErrorKind::NotFound, "There is no such credential.");
    return {};
}

void SqliteTenant::revoke_credentials_of(ResourceId user, Instant now) {
    transaction_.begin_change();
    connection_.execute(
        "UPDATE credential SET revoked = ?3 WHERE tenant_id = ?1 AND user_id = ?2 AND revoked IS NULL", id_,
        user, now);
}

}  // namespace rollcall::store::sqlite
