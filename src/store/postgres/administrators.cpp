// Operators, sessions of administrators, links to members, policies.
#include "store/postgres/administrator_rows.h"
#include "store/postgres/tenant_transaction.h"
#include "store/postgres/transaction.h"

namespace rollcall::store::postgres {
namespace {

std::optional<Operator> read_operator(Rows rows) {
    if (!rows.next()) return std::nullopt;
    return Operator{rows.id<OperatorId>(0), std::string(rows.text(1)), std::string(rows.text(2)),
                    Instant{rows.integer(3)}};
}

}  // namespace

// ------------------------------------------------------------------------------------------------ of a
// tenant

std::optional<std::string> PostgresTenant::password_of(ResourceId member) {
    Rows rows = database().run("SELECT password FROM member_password WHERE tenant_id = $1 AND member_id = $2",
                               id_, member);
    if (!rows.next()) return std::nullopt;
    return std::string(rows.text(0));
}

void PostgresTenant::set_password(ResourceId member, std::string_view password, Instant now) {
    transaction_.begin_change();
    if (password.empty()) {
        database().send("DELETE FROM member_password WHERE tenant_id = $1 AND member_id = $2", id_, member);
        return;
    }
    database().send(
        "INSERT INTO member_password (tenant_id, member_id, password, changed) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (tenant_id, member_id) DO UPDATE SET password = $3, changed = $4",
        id_, member, password, now);
}

void PostgresTenant::end_administration_of(ResourceId member) {
    transaction_.begin_change();
    database().send("DELETE FROM admin_session WHERE tenant_id = $1 AND member_id = $2", id_, member);
    database().send("DELETE FROM member_token WHERE tenant_id = $1 AND member_id = $2", id_, member);
    database().send("DELETE FROM mail WHERE tenant_id = $1 AND member_id = $2 AND purpose <> $3", id_, member,
                    purpose_name(MemberToken::Purpose::AddressChanged));
}

void PostgresTenant::put_member_token(const MemberToken& token) {
    transaction_.begin_change();
    remove_member_token(token.member, token.purpose);
    database().send(
        "INSERT INTO member_token (token_hash, tenant_id, member_id, purpose, email, created, expires) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        token.token_hash, id_, token.member, purpose_name(token.purpose), token.email, token.created,
        token.expires);
}

void PostgresTenant::remove_member_token(ResourceId member, MemberToken::Purpose purpose) {
    transaction_.begin_change();
    database().send("DELETE FROM member_token WHERE tenant_id = $1 AND member_id = $2 AND purpose = $3", id_,
                    member, purpose_name(purpose));
}

int64_t PostgresTenant::hold_links(std::optional<Instant> since) {
    transaction_.begin_change();
    return database().change(
        "UPDATE member_token SET held = $2 WHERE tenant_id = $1 AND (held IS NULL) = ($2::bigint IS NOT "
        "NULL)",
        id_, since);
}

int64_t PostgresTenant::append_policy(std::string_view actor, std::string_view policy, Instant now) {
    transaction_.begin_change();
    int64_t version = 1;
    {
        Rows rows = database().run("SELECT max(version) FROM policy_version WHERE tenant_id = $1", id_);
        if (rows.next()) version = rows.integer(0) + 1;
    }
    database().send(
        "INSERT INTO policy_version (tenant_id, version, changed, actor, policy) VALUES ($1, $2, $3, $4, $5)",
        id_, version, now, actor, policy);
    return version;
}

std::vector<PolicyVersion> PostgresTenant::policies(int64_t most) {
    std::vector<PolicyVersion> found;
    Rows rows = database().run(
        "SELECT version, changed, actor, policy FROM policy_version WHERE tenant_id = $1 "
        "ORDER BY version DESC LIMIT $2",
        id_, most);
    while (rows.next()) {
        found.push_back({rows.integer(0), Instant{rows.integer(1)}, std::string(rows.text(2)),
                         std::string(rows.text(3))});
    }
    return found;
}

// ------------------------------------------------------------------------------------------- of the
// installation

std::optional<Operator> PostgresTransaction::find_operator(std::string_view name) {
    return read_operator(
        of_installation().run("SELECT id, name, password, created FROM operator WHERE name = $1", name));
}

std::optional<Operator> PostgresTransaction::find_operator(OperatorId id) {
    return read_operator(
        of_installation().run("SELECT id, name, password, created FROM operator WHERE id = $1", id));
}

std::vector<Operator> PostgresTransaction::operators() {
    std::vector<Operator> found;
    Rows rows = of_installation().run("SELECT id, name, password, created FROM operator ORDER BY name");
    while (rows.next()) {
        found.push_back({rows.id<OperatorId>(0), std::string(rows.text(1)), std::string(rows.text(2)),
                         Instant{rows.integer(3)}});
    }
    return found;
}

Result<void> PostgresTransaction::put_operator(const Operator& one) {
    begin_change();
    // Of two that want the name at a time, the second waits here and then finds it taken.
    of_installation().send("SELECT pg_advisory_xact_lock(3, hashtext($1))", one.name);
    if (const auto other = find_operator(one.name); other && other->id != one.id) {
        return failure(ErrorKind::Uniqueness, "Another operator has this name; choose a different one.");
    }
    of_installation().send(
        "INSERT INTO operator (id, name, password, created) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (id) DO UPDATE SET name = $2, password = $3",
        one.id, one.name, one.password, one.created);
    return {};
}

bool PostgresTransaction::remove_operator(OperatorId id) {
    end_sessions_of_operator(id);
    const int64_t changed = of_installation().change("DELETE FROM operator WHERE id = $1", id);
    return changed > 0;
}

std::optional<AdminSession> PostgresTransaction::find_admin_session(const Sha256& token_hash) {
    Rows rows = of_installation().run(
        "SELECT id, tenant_id, member_id, operator_id, created, last_used, proven FROM admin_session "
        "WHERE token_hash = $1",
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

void PostgresTransaction::put_admin_session(const AdminSession& session) {
    begin_change();
    const auto member = null_if_nil(session.member);
    const auto of_operator = null_if_nil(session.operator_id);
    of_installation().send(
        "INSERT INTO admin_session (token_hash, id, tenant_id, member_id, operator_id, created, last_used, "
        "proven) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (token_hash) DO UPDATE SET last_used = $7, "
        "proven = $8",
        session.token_hash, session.id, session.tenant, member, of_operator, session.created,
        session.last_used, session.proven);
}

void PostgresTransaction::remove_admin_session(const Sha256& token_hash) {
    begin_change();
    of_installation().send("DELETE FROM admin_session WHERE token_hash = $1", token_hash);
}

void PostgresTransaction::end_sessions_of_operator(OperatorId id) {
    begin_change();
    of_installation().send("DELETE FROM admin_session WHERE operator_id = $1", id);
}

void PostgresTransaction::remove_admin_sessions_before(Instant created) {
    begin_change();
    of_installation().send("DELETE FROM admin_session WHERE created < $1", created);
}

std::optional<MemberToken> PostgresTransaction::find_member_token(const Sha256& token_hash) {
    Rows rows = of_installation().run(
        "SELECT tenant_id, member_id, purpose, email, created, expires, held FROM member_token WHERE "
        "token_hash = "
        "$1",
        token_hash);
    if (!rows.next()) return std::nullopt;
    MemberToken token;
    token.token_hash = token_hash;
    token.tenant = TenantId{rows.integer(0)};
    token.member = rows.id<ResourceId>(1);
    token.purpose = rows.text(2) == "invitation" ? MemberToken::Purpose::Invitation
                                                 : MemberToken::Purpose::EmailVerification;
    token.email = rows.text(3);
    token.created = Instant{rows.integer(4)};
    token.expires = Instant{rows.integer(5)};
    token.held = rows.optional_instant(6);
    return token;
}

}  // namespace rollcall::store::postgres
