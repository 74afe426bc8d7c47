// Sessions and API keys of members.
#include "store/postgres/tenant_transaction.h"

namespace rollcall::store::postgres {
namespace {

#define ROLLCALL_SESSION_COLUMNS "id, member_id, token_hash, created, expires"
#define ROLLCALL_KEY_COLUMNS "id, member_id, token_hash, name, scope, created, expires, suspended, revoked"

Session read_session(const Rows& rows) {
    return {rows.id<SessionId>(0), rows.id<ResourceId>(1), rows.hash(2), Instant{rows.integer(3)},
            Instant{rows.integer(4)}};
}

MemberKey read_key(const Rows& rows) {
    MemberKey key;
    key.id = rows.id<MemberKeyId>(0);
    key.member = rows.id<ResourceId>(1);
    key.token_hash = rows.hash(2);
    key.name = rows.text(3);
    key.scope = rows.text(4);
    key.created = Instant{rows.integer(5)};
    key.expires = rows.optional_instant(6);
    key.suspended = rows.optional_instant(7);
    key.revoked = rows.optional_instant(8);
    return key;
}

}  // namespace

void PostgresTenant::insert_session(const Session& session) {
    transaction_.begin_change();
    database().send(
        "INSERT INTO member_session (tenant_id, id, member_id, token_hash, created, expires) "
        "VALUES ($1, $2, $3, $4, $5, $6)",
        id_, session.id, session.member, session.token_hash, session.created, session.expires);
}

std::optional<Session> PostgresTenant::find_session(SessionId id) {
    Rows rows = database().run(
        "SELECT " ROLLCALL_SESSION_COLUMNS " FROM member_session WHERE tenant_id = $1 AND id = $2", id_, id);
    if (!rows.next()) return std::nullopt;
    return read_session(rows);
}

std::optional<Session> PostgresTenant::find_session_by_token(const Sha256& token_hash) {
    Rows rows = database().run("SELECT " ROLLCALL_SESSION_COLUMNS
                               " FROM member_session WHERE tenant_id = $1 AND token_hash = $2",
                               id_, token_hash);
    if (!rows.next()) return std::nullopt;
    return read_session(rows);
}

std::vector<Session> PostgresTenant::sessions_of(ResourceId member) {
    Rows rows = database().run("SELECT " ROLLCALL_SESSION_COLUMNS
                               " FROM member_session WHERE tenant_id = $1 AND member_id = $2 ORDER BY id",
                               id_, member);
    std::vector<Session> found;
    while (rows.next()) found.push_back(read_session(rows));
    return found;
}

bool PostgresTenant::end_session(SessionId id) {
    transaction_.begin_change();
    const int64_t changed =
        database().change("DELETE FROM member_session WHERE tenant_id = $1 AND id = $2", id_, id);
    return changed > 0;
}

int64_t PostgresTenant::end_sessions_of(ResourceId member) {
    transaction_.begin_change();
    return database().change("DELETE FROM member_session WHERE tenant_id = $1 AND member_id = $2", id_,
                             member);
}

void PostgresTenant::forget_expired_sessions(ResourceId member, Instant now) {
    transaction_.begin_change();
    database().send("DELETE FROM member_session WHERE tenant_id = $1 AND member_id = $2 AND expires <= $3",
                    id_, member, now);
}

void PostgresTenant::insert_key(const MemberKey& key) {
    transaction_.begin_change();
    database().send(
        "INSERT INTO member_key (tenant_id, id, member_id, token_hash, name, scope, created, expires, "
        "suspended, "
        "revoked) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        id_, key.id, key.member, key.token_hash, key.name, key.scope, key.created, key.expires, key.suspended,
        key.revoked);
}

std::optional<MemberKey> PostgresTenant::find_key(MemberKeyId id) {
    Rows rows = database().run(
        "SELECT " ROLLCALL_KEY_COLUMNS " FROM member_key WHERE tenant_id = $1 AND id = $2", id_, id);
    if (!rows.next()) return std::nullopt;
    return read_key(rows);
}

std::optional<MemberKey> PostgresTenant::find_key_by_token(const Sha256& token_hash) {
    Rows rows = database().run("SELECT " ROLLCALL_KEY_COLUMNS
                               " FROM member_key WHERE tenant_id = $1 AND token_hash = $2",
                               id_, token_hash);
    if (!rows.next()) return std::nullopt;
    return read_key(rows);
}

std::vector<MemberKey> PostgresTenant::keys_of(ResourceId member) {
    Rows rows = database().run("SELECT " ROLLCALL_KEY_COLUMNS
                               " FROM member_key WHERE tenant_id = $1 AND member_id = $2 ORDER BY id",
                               id_, member);
    std::vector<MemberKey> found;
    while (rows.next()) found.push_back(read_key(rows));
    return found;
}

bool PostgresTenant::revoke_key(MemberKeyId id, Instant now) {
    transaction_.begin_change();
    const int64_t changed = database().change(
        "UPDATE member_key SET revoked = $3 WHERE tenant_id = $1 AND id = $2 AND revoked IS NULL", id_, id,
        now);
    return changed > 0;
}

int64_t PostgresTenant::suspend_keys_of(ResourceId member, Instant now) {
    transaction_.begin_change();
    return database().change(
        "UPDATE member_key SET suspended = $3 WHERE tenant_id = $1 AND member_id = $2 AND suspended IS NULL "
        "AND revoked IS NULL",
        id_, member, now);
}

int64_t PostgresTenant::resume_keys_of(ResourceId member) {
    transaction_.begin_change();
    return database().change(
        "UPDATE member_key SET suspended = NULL WHERE tenant_id = $1 AND member_id = $2 AND suspended IS NOT "
        "NULL",
        id_, member);
}

int64_t PostgresTenant::revoke_keys_of(ResourceId member, Instant now) {
    transaction_.begin_change();
    return database().change(
        "UPDATE member_key SET revoked = $3 WHERE tenant_id = $1 AND member_id = $2 AND revoked IS NULL", id_,
        member, now);
}

int64_t PostgresTenant::revive_keys_of(ResourceId member, Instant revoked) {
    transaction_.begin_change();
    return database().change(
        "UPDATE member_key SET revoked = NULL WHERE tenant_id = $1 AND member_id = $2 AND revoked = $3", id_,
        member, revoked);
}

int64_t PostgresTenant::end_all_sessions() {
    transaction_.begin_change();
    return database().change("DELETE FROM member_session WHERE tenant_id = $1", id_);
}

int64_t PostgresTenant::suspend_all_keys(Instant now) {
    transaction_.begin_change();
    return database().change(
        "UPDATE member_key SET suspended = $2 WHERE tenant_id = $1 AND suspended IS NULL AND revoked IS NULL", id_,
        now);
}

int64_t PostgresTenant::resume_all_keys() {
    transaction_.begin_change();
    return database().change(
        "UPDATE member_key SET suspended = NULL WHERE tenant_id = $1 AND suspended IS NOT NULL AND EXISTS (SELECT 1 "
        "FROM member m WHERE m.tenant_id = $1 AND m.id = member_key.member_id AND m.deactivated_at IS NULL)",
        id_);
}

}  // namespace rollcall::store::postgres
