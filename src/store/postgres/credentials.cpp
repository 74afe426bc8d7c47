// store/credentials.h over SQLite, and the rows of credentials themselves.
#include "store/postgres/credential_rows.h"
#include "store/postgres/tenant_transaction.h"

namespace rollcall::store::postgres {
namespace {

Result<void> slug_taken() {
    return failure(ErrorKind::Uniqueness,
                   "Another credential of this tenant has this slug; choose a different one.");
}

std::optional<ResourceId> user_of(const Credential& credential) {
    if (credential.user.is_nil()) return std::nullopt;
    return credential.user;
}

IssuerRow read_issuer(const Rows& rows, int first) {
    IssuerRow row;
    row.url = rows.text(first);
    row.audience = rows.text(first + 1);
    row.tenant_claim = rows.text(first + 2);
    row.tenant_value = rows.text(first + 3);
    row.keys = rows.text(first + 4);
    row.credential = rows.id<CredentialId>(first + 5);
    row.created = Instant{rows.integer(first + 6)};
    row.keys_url = rows.text(first + 7);
    row.keys_fetched = rows.optional_instant(first + 8);
    return row;
}

}  // namespace

Result<void> PostgresTenant::insert_credential(const Credential& credential) {
    transaction_.begin_change();
    transaction_.held(id_)->credentials.clear();
    const int64_t changed = database().change(
        "INSERT INTO credential (tenant_id, id, name, slug, token_hash, created, expires, enabled, revoked, "
        "last_used, "
        "last_used_address, user_id, rights, token_issued, paused, networks, quarantined) VALUES ($1, $2, "
        "$3, $4, $5, $6, $7, $8, "
        "$9, $10, "
        "$11, "
        "$12, $13, $14, $15, $16, $17) "
        "ON CONFLICT (tenant_id, slug) WHERE slug IS NOT NULL DO NOTHING",
        id_, credential.id, credential.name, null_if_empty(credential.slug), credential.token_hash,
        credential.created, credential.expires, credential.enabled, credential.revoked, credential.last_used,
        credential.last_used_address, user_of(credential), right_name(credential.right),
        credential.token_issued, credential.paused, joined(credential.networks), credential.quarantined);
    if (changed == 0) return slug_taken();
    return {};
}

std::vector<Credential> PostgresTenant::credentials() {
    Rows rows = database().run(
        "SELECT " ROLLCALL_CREDENTIAL_COLUMNS " FROM credential c WHERE tenant_id = $1 ORDER BY id", id_);
    std::vector<Credential> found;
    while (rows.next()) found.push_back(read_credential(rows));
    return found;
}

Result<void> PostgresTenant::update_credential(const Credential& credential) {
    transaction_.begin_change();
    transaction_.held(id_)->credentials.clear();
    if (!credential.slug.empty()) {
        Rows owner = database().run("SELECT id FROM credential WHERE tenant_id = $1 AND slug = $2", id_,
                                    credential.slug);
        if (owner.next() && owner.id<CredentialId>(0) != credential.id) return slug_taken();
    }
    const int64_t changed = database().change(
        "UPDATE credential SET name = $3, slug = $4, token_hash = $5, created = $6, expires = $7, enabled = "
        "$8, "
        "revoked = $9, last_used = $10, last_used_address = $11, user_id = $12, rights = $13, token_issued = "
        "$14, paused = $15, networks = $16, quarantined = $17 WHERE tenant_id = $1 AND id = $2",
        id_, credential.id, credential.name, null_if_empty(credential.slug), credential.token_hash,
        credential.created, credential.expires, credential.enabled, credential.revoked, credential.last_used,
        credential.last_used_address, user_of(credential), right_name(credential.right),
        credential.token_issued, credential.paused, joined(credential.networks), credential.quarantined);
    if (changed == 0) return failure(ErrorKind::NotFound, "There is no such credential.");
    return {};
}

void PostgresTenant::revoke_credentials_of(ResourceId user, Instant now) {
    transaction_.begin_change();
    transaction_.held(id_)->credentials.clear();
    database().send(
        "UPDATE credential SET revoked = $3 WHERE tenant_id = $1 AND user_id = $2 AND revoked IS NULL", id_,
        user, now);
}

std::optional<Credential> PostgresTenant::credential(CredentialId id) {
    auto* held = transaction_.held(id_);
    if (held != nullptr && held->credentials.contains(id)) return held->credentials[id];
    Rows rows = database().run(
        "SELECT " ROLLCALL_CREDENTIAL_COLUMNS " FROM credential c WHERE tenant_id = $1 AND id = $2", id_, id);
    std::optional<Credential> found;
    if (rows.next()) found = read_credential(rows);
    if (held != nullptr) held->credentials[id] = found;
    return found;
}

// ------------------------------------------------------------------------------------------------ further
// tokens

void PostgresTenant::insert_token(const TokenRow& row) {
    transaction_.begin_change();
    database().send(
        "INSERT INTO credential_token (token_hash, tenant_id, credential_id, kind, expires) "
        "VALUES ($1, $2, $3, $4, $5)",
        row.token_hash, id_, row.credential, token_kind_name(row.kind), row.expires);
}

void PostgresTenant::end_tokens(CredentialId credential, Instant end, Instant now) {
    transaction_.begin_change();
    database().send(
        "UPDATE credential_token SET expires = $3 WHERE tenant_id = $1 AND credential_id = $2 AND expires > "
        "$3",
        id_, credential, end);
    database().send(
        "DELETE FROM credential_token WHERE tenant_id = $1 AND credential_id = $2 AND expires <= $3", id_,
        credential, now);
}

std::vector<TokenRow> PostgresTenant::tokens(CredentialId credential, Instant now) {
    Rows rows = database().run(
        "SELECT token_hash, kind, expires FROM credential_token "
        "WHERE tenant_id = $1 AND credential_id = $2 AND expires > $3 ORDER BY expires, token_hash",
        id_, credential, now);
    std::vector<TokenRow> found;
    while (rows.next()) {
        found.push_back({rows.hash(0), credential, token_kind_named(rows.text(1)), Instant{rows.integer(2)}});
    }
    return found;
}

void PostgresTenant::erase_token(const Sha256& token_hash) {
    transaction_.begin_change();
    database().send("DELETE FROM credential_token WHERE token_hash = $1 AND tenant_id = $2", token_hash, id_);
}

// ------------------------------------------------------------------------------------------------ use

bool PostgresTenant::note_address(CredentialId credential, std::string_view address, Instant now,
                                  int64_t most) {
    transaction_.begin_change();
    const int64_t changed = database().change(
        "UPDATE credential_address SET last_used = $4 WHERE tenant_id = $1 AND credential_id = $2 AND "
        "address = $3",
        id_, credential, address, now);
    if (changed > 0) return false;
    database().send(
        "INSERT INTO credential_address (tenant_id, credential_id, address, last_used) VALUES ($1, $2, $3, "
        "$4)",
        id_, credential, address, now);
    database().send(
        "DELETE FROM credential_address WHERE tenant_id = $1 AND credential_id = $2 AND address IN ("
        "SELECT address FROM credential_address WHERE tenant_id = $1 AND credential_id = $2 "
        "ORDER BY last_used DESC, address OFFSET $3)",
        id_, credential, most);
    Rows rows =
        database().run("SELECT count(*) FROM credential_address WHERE tenant_id = $1 AND credential_id = $2",
                       id_, credential);
    rows.next();
    return rows.integer(0) > 1;
}

HourlyUse PostgresTenant::count_requests(CredentialId credential, int64_t hour, int64_t requests) {
    transaction_.begin_change();
    const int64_t week_before = hour - 168;
    database().send(
        "INSERT INTO credential_hour (tenant_id, credential_id, hour, requests) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (tenant_id, credential_id, hour) DO UPDATE SET requests = credential_hour.requests + $4",
        id_, credential, hour, requests);
    database().send("DELETE FROM credential_hour WHERE tenant_id = $1 AND credential_id = $2 AND hour < $3",
                    id_, credential, week_before);
    Rows rows = database().run(
        "SELECT max(CASE WHEN hour = $3 THEN requests END), max(CASE WHEN hour < $3 THEN requests END), "
        "min(hour) "
        "FROM credential_hour WHERE tenant_id = $1 AND credential_id = $2 AND hour <= $3",
        id_, credential, hour);
    rows.next();
    return {rows.integer(0), rows.integer(1), rows.integer(2)};
}

void PostgresTenant::append_notice(const NoticeRow& row) {
    transaction_.begin_change();
    database().send(
        "WITH number AS (INSERT INTO counter (tenant_id, name, value) VALUES ($1, 'credential_notice', 1) "
        "ON CONFLICT (tenant_id, name) DO UPDATE SET value = counter.value + 1 RETURNING value) "
        "INSERT INTO credential_notice (tenant_id, seq, time, credential_id, kind, address, requests, usual) "
        "SELECT $1, value, $2, $3, $4, $5, $6, $7 FROM number",
        id_, row.time, row.credential, row.kind, row.address, row.requests, row.usual);
}

std::vector<NoticeRow> PostgresTenant::notices(int64_t most) {
    Rows rows = database().run(
        "SELECT time, credential_id, kind, address, requests, usual FROM credential_notice WHERE tenant_id = "
        "$1 "
        "ORDER BY seq DESC LIMIT $2",
        id_, most);
    std::vector<NoticeRow> found;
    while (rows.next()) {
        found.push_back({Instant{rows.integer(0)}, rows.id<CredentialId>(1), std::string(rows.text(2)),
                         std::string(rows.text(3)), rows.integer(4), rows.integer(5)});
    }
    return found;
}

// ------------------------------------------------------------------------------------------------ issuers

std::vector<IssuerRow> PostgresTenant::issuers() {
    Rows rows = database().run(
        "SELECT url, audience, tenant_claim, tenant_value, keys, credential_id, created, keys_url, "
        "keys_fetched FROM issuer "
        "WHERE tenant_id = $1 ORDER BY url",
        id_);
    std::vector<IssuerRow> found;
    while (rows.next()) found.push_back(read_issuer(rows, 0));
    return found;
}

void PostgresTenant::put_issuer(const IssuerRow& row) {
    transaction_.begin_change();
    database().send(
        "INSERT INTO issuer (tenant_id, url, audience, tenant_claim, tenant_value, keys, credential_id, "
        "created, keys_url, keys_fetched) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (tenant_id, url) DO UPDATE SET "
        "audience = $3, "
        "tenant_claim = $4, tenant_value = $5, keys = $6, credential_id = $7, created = $8, keys_url = $9, "
        "keys_fetched = $10",
        id_, row.url, row.audience, row.tenant_claim, row.tenant_value, row.keys, row.credential, row.created,
        row.keys_url, row.keys_fetched);
}

bool PostgresTenant::erase_issuer(std::string_view url) {
    transaction_.begin_change();
    const int64_t changed =
        database().change("DELETE FROM issuer WHERE tenant_id = $1 AND url = $2", id_, url);
    return changed > 0;
}

std::vector<FoundIssuer> PostgresTransaction::find_issuers(std::string_view url) {
    Rows rows = of_installation().run(
        "SELECT " ROLLCALL_CREDENTIAL_COLUMNS
        ", t.id, t.slug, t.profile, t.policy, t.created, t.enabled, "
        "t.schema_version, i.url, i.audience, i.tenant_claim, i.tenant_value, i.keys, "
        "i.credential_id, i.created, i.keys_url, i.keys_fetched FROM issuer i "
        "JOIN credential c ON c.tenant_id = i.tenant_id AND c.id = i.credential_id "
        "JOIN tenant t ON t.id = i.tenant_id WHERE i.url = $1 ORDER BY i.tenant_id LIMIT 100",
        url);
    std::vector<FoundIssuer> found;
    while (rows.next()) {
        found.push_back({read_issuer(rows, kCredentialColumns + kTenantColumns), read_credential(rows),
                         read_tenant(rows, kCredentialColumns)});
    }
    return found;
}

}  // namespace rollcall::store::postgres
