// Operators, sessions of administrators, links to members, policies.
#include "store/sqlite/administrator_rows.h"
#include "store/sqlite/tenant_transaction.h"
#include "store/sqlite/transaction.h"

namespace rollcall::store::sqlite {
namespace {

std::optional<Operator> read_operator(Rows rows) {
    if (!rows.next()) return std::nullopt;
    return Operator{rows.id<OperatorId>(0), std::string(rows.text(1)), std::string(rows.text(2)),
                    Instant{rows.integer(3)}};
}

template <class AnyId>
std::optional<AnyId> null_if_nil(const AnyId& id) {
    if (id.is_nil()) return std::nullopt;
    return id;
}

}  // namespace

// ------------------------------------------------------------------------------------------------ of a
// tenant

std::optional<std::string> SqliteTenant::password_of(ResourceId member) {
    Rows rows = connection_.run(
        "SELECT password FROM member_password WHERE tenant_id = ?1 AND member_id = ?2", id_, member);
    if (!rows.next()) return std::nullopt;
    return std::string(rows.text(0));
}

void SqliteTenant::set_password(ResourceId member, std::string_view password, Instant now) {
    transaction_.begin_change();
    if (password.empty()) {
        connection_.execute("DELETE FROM member_password WHERE tenant_id = ?1 AND member_id = ?2", id_,
                            member);
        return;
    }
    connection_.execute(
        "INSERT INTO member_password (tenant_id, member_id, password, changed) VALUES (?1, ?2, ?3, ?4) "
        "ON CONFLICT DO UPDATE SET password = ?3, changed = ?4",
        id_, member, password, now);
}

void SqliteTenant::end_administration_of(ResourceId member) {
    transaction_.begin_change();
    connection_.execute("DELETE FROM admin_session WHERE tenant_id = ?1 AND member_id = ?2", id_, member);
    connection_.execute("DELETE FROM member_token WHERE tenant_id = ?1 AND member_id = ?2", id_, member);
    connection_.execute("DELETE FROM mail WHERE tenant_id = ?1 AND member_id = ?2 AND purpose <> ?3", id_,
                        member, purpose_name(MemberToken::Purpose::AddressChanged));
}

void SqliteTenant::put_member_token(const MemberToken& token) {
    transaction_.begin_change();
    remove_member_token(token.member, token.purpose);
    connection_.execute(
        "INSERT INTO member_token (token_hash, tenant_id, member_id, purpose, email, created, expires) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        token.token_hash, id_, token.member, purpose_name(token.purpose), token.email, token.created,
        token.expires);
}

void SqliteTenant::remove_member_token(ResourceId member, MemberToken::Purpose purpose) {
    transaction_.begin_change();
    connection_.execute("DELETE FROM member_token WHERE tenant_id = ?1 AND member_id = ?2 AND purpose = ?3",
                        id_, member, purpose_name(purpose));
}

int64_t SqliteTenant::hold_links(std::optional<Instant> since) {
    transaction_.begin_change();
    connection_.execute(
        "UPDATE member_token SET held = ?2 WHERE tenant_id = ?1 AND (held IS NULL) = (?2 IS NOT NULL)", id_,
        since);
    return connection_.changes();
}

int64_t SqliteTenant::append_policy(std::string_view actor, std::string_view policy, Instant now) {
    transaction_.begin_change();
    int64_t version = 1;
    {
        Rows rows = connection_.run("SELECT max(version) FROM policy_version WHERE tenant_id = ?1", id_);
        if (rows.next()) version = rows.integer(0) + 1;
    }
    connection_.execute(
        "INSERT INTO policy_version (tenant_id, version, changed, actor, policy) VALUES (?1, ?2, ?3, ?4, ?5)",
        id_, version, now, actor, policy);
    return version;
}

std::vector<PolicyVersion> SqliteTenant::policies(int64_t most) {
    std::vector<PolicyVersion> found;
    Rows rows = connection_.run(
        "SELECT version, changed, actor, policy FROM policy_version WHERE tenant_id = ?1 "
        "ORDER BY version DESC LIMIT ?2",
        id_, most);
    while (rows.next()) {
        found.push_back({rows.integer(0), Instant{rows.integer(1)}, std::string(rows.text(2)),
                         std::string(rows.text(3))});
    }
    return found;
}

// ------------------------------------------------------------------------------------------- of the
// installation

std::optional<Operator> SqliteTransaction::find_operator(std::string_view name) {
    return read_operator(
        connection_.run("SELECT id, name, password, created FROM operator WHERE name = ?1", name));
}

std::optional<Operator> SqliteTransaction::find_operator(OperatorId id) {
    return read_operator(
        connection_.run("SELECT id, name, password, created FROM operator WHERE id = ?1", id));
}

std::vector<Operator> SqliteTransaction::operators() {
    std::vector<Operator> found;
    Rows rows = connection_.run("SELECT id, name, password, created FROM operator ORDER BY name");
    while (rows.next()) {
        found.push_back({rows.id<OperatorId>(0), std::string(rows.text(1)), std::string(rows.text(2)),
                         Instant{rows.integer(3)}});
    }
    return found;
}

Result<void> SqliteTransaction::put_operator(const Operator& one) {
    if (const auto other = find_operator(one.name); other && other->id != one.id) {
        return failure(ErrorKind::Uniqueness, "Another operator has this name; choose a different one.");
    }
    begin_change();
    connection_.execute(
        "INSERT INTO operator (id, name, password, created) VALUES (?1, ?2, ?3, ?4) "
        "ON CONFLICT (id) DO UPDATE SET name = ?2, password = ?3",
        one.id, one.name, one.password, one.created);
    return {};
}

bool SqliteTransaction::remove_operator(OperatorId id) {
    end_sessions_of_operator(id);
    connection_.execute("DELETE FROM operator WHERE id = ?1", id);
    return connection_.changes() > 0;
}

std::optional<AdminSession> SqliteTransaction::find_admin_session(const Sha256& token_hash) {
    Rows rows = connection_.run(
        "SELECT id, tenant_id, member_id, operator_id, created, last_used, proven FROM admin_session "
        "WHERE token_hash = ?1",
        token_hash);
    if (!rows.next()) return std::nullopt;
    AdminSession session;
    session.token_hash = token_hash;
    session.id = rows.id<AdminSessionId>(0);
    session.tenant = TenantId{rows.integer(1)};
    if (!rows.is_null(2)) session.member = rows.id<ResourceId>(2);
    if (!rows.is_null(3)) session.operator_id = rows.id<OperatorId>(3);
    session.created = Instant{rows.integer(4)};
    session.last_used = Instant{rows.integer(5)};
    session.proven = Instant{rows.integer(6)};
    return session;
}

void SqliteTransaction::put_admin_session(const AdminSession& session) {
    begin_change();
    const auto member = null_if_nil(session.member);
    const auto of_operator = null_if_nil(session.operator_id);
    connection_.execute(
        "INSERT INTO admin_session (token_hash, id, tenant_id, member_id, operator_id, created, last_used, "
        "proven) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO UPDATE SET last_used = ?7, proven = ?8",
        session.token_hash, session.id, session.tenant, member, of_operator, session.created,
        session.last_used, session.proven);
}

void SqliteTransaction::remove_admin_session(const Sha256& token_hash) {
    begin_change();
    connection_.execute("DELETE FROM admin_session WHERE token_hash = ?1", token_hash);
}

void SqliteTransaction::end_sessions_of_operator(OperatorId id) {
    begin_change();
    connection_.execute("DELETE FROM admin_session WHERE operator_id = ?1", id);
}

void SqliteTransaction::remove_admin_sessions_before(Instant created) {
    begin_change();
    connection_.execute("DELETE FROM admin_session WHERE created < ?1", created);
}

std::optional<MemberToken> SqliteTransaction::find_member_token(const Sha256& token_hash) {
    Rows rows = connection_.run(
        "SELECT tenant_id, member_id, purpose, email, created, expires, held FROM member_token WHERE "
        "token_hash = "
        "?1",
        token_hash);
    if (!rows.next()) return std::nullopt;
    MemberToken token;
    token.token_hash = token_hash;
    token.tenant = TenantId{rows.integer(0)};
    token.member = rows.id<ResourceId>(1);
    token.purpose = purpose_named(rows.text(2));
    token.email = rows.text(3);
    token.created = Instant{rows.integer(4)};
    token.expires = Instant{rows.integer(5)};
    if (!rows.is_null(6)) token.held = Instant{rows.integer(6)};
    return token;
}

}  // namespace rollcall::store::sqlite
