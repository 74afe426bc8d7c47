#include "store/members.h"

#include "store/postgres/resource_rows.h"
#include "store/postgres/tenant_transaction.h"

namespace rollcall::store::postgres {
namespace {

std::string_view managed_name(Managed managed) {
    return managed == Managed::Scim ? "scim" : "manual";
}

#define ROLLCALL_ACCOUNT_COLUMNS "SELECT id, email, verified_at, created FROM account "

std::optional<Account> account_in(Rows rows) {
    if (!rows.next()) return std::nullopt;
    return Account{rows.id<AccountId>(0), std::string(rows.text(1)), rows.optional_instant(2),
                   Instant{rows.integer(3)}};
}

std::optional<Account> verified_account(Connection& connection, std::string_view email) {
    const std::string key = email_key(email);
    if (key.empty()) return std::nullopt;
    return account_in(
        connection.run(ROLLCALL_ACCOUNT_COLUMNS "WHERE email_key = $1 AND verified_at IS NOT NULL", key));
}

std::optional<ResourceId> id_in(Rows rows) {
    if (!rows.next()) return std::nullopt;
    return rows.id<ResourceId>(0);
}

}  // namespace

std::optional<Member> PostgresTenant::find_member(ResourceId id) {
    Rows rows = database().run(
        "SELECT account_id, role, previous_role, managed, pre_linked, deactivated_at, deactivated_by, "
        "removed_at, "
        "removed_name, email_verified_at FROM member WHERE tenant_id = $1 AND id = $2",
        id_, id);
    if (!rows.next()) return std::nullopt;
    Member member;
    member.id = id;
    if (!rows.is_null(0)) member.account = rows.id<AccountId>(0);
    member.role = rows.text(1);
    member.previous_role = rows.text(2);
    member.managed = rows.text(3) == "scim" ? Managed::Scim : Managed::Manual;
    member.pre_linked = rows.integer(4) != 0;
    member.deactivated_at = rows.optional_instant(5);
    member.deactivated_by = rows.text(6);
    member.removed_at = rows.optional_instant(7);
    member.removed_name = rows.text(8);
    member.email_verified_at = rows.optional_instant(9);
    return member;
}

Result<void> PostgresTenant::put_member(const Member& member) {
    transaction_.begin_change();
    if (!member.account.is_nil() && !member.removed_at) {
        if (const auto other = member_of_account(member.account); other && *other != member.id) {
            return failure(ErrorKind::Uniqueness, "Another member of this tenant is the same person.");
        }
    }
    database().send(
        "INSERT INTO member (tenant_id, id, account_id, role, previous_role, managed, pre_linked, "
        "deactivated_at, "
        "deactivated_by, removed_at, removed_name, email_verified_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) "
        "ON CONFLICT (tenant_id, id) DO UPDATE SET account_id = $3, role = $4, previous_role = $5, managed = "
        "$6, "
        "pre_linked = $7, deactivated_at = $8, deactivated_by = $9, removed_at = $10, removed_name = $11, "
        "email_verified_at = $12",
        id_, member.id, null_if_nil(member.account), member.role, member.previous_role,
        managed_name(member.managed), member.pre_linked, member.deactivated_at, member.deactivated_by,
        member.removed_at, null_if_empty(member.removed_name), member.email_verified_at);
    return {};
}

std::vector<ResourceId> PostgresTenant::active_members_with_role(std::string_view role, int64_t most) {
    Rows rows = database().run(
        "SELECT id FROM member WHERE tenant_id = $1 AND role = $2 AND deactivated_at IS NULL ORDER BY id "
        "LIMIT $3",
        id_, role, most);
    std::vector<ResourceId> found;
    while (rows.next()) found.push_back(rows.id<ResourceId>(0));
    return found;
}

std::optional<ResourceRow> PostgresTenant::find_user(ResourceId id) {
    Rows rows = database().run("SELECT " ROLLCALL_RESOURCE_COLUMNS
                               " FROM resource r WHERE r.tenant_id = $1 AND r.type = 'User' AND r.id = $2",
                               id_, id);
    if (!rows.next()) return std::nullopt;
    return read_resource(rows);
}

std::optional<ResourceId> PostgresTenant::user_named(std::string_view user_name_key) {
    return id_in(database().run("SELECT id FROM resource WHERE tenant_id = $1 AND user_name_key = $2", id_,
                                user_name_key));
}

std::optional<ResourceId> PostgresTenant::removed_member_named(std::string_view user_name_key) {
    return id_in(
        database().run("SELECT id FROM member WHERE tenant_id = $1 AND removed_name = $2 ORDER BY "
                       "removed_at DESC, id DESC LIMIT 1",
                       id_, user_name_key));
}

std::optional<ResourceId> PostgresTenant::member_of_account(AccountId account) {
    return id_in(database().run(
        "SELECT id FROM member WHERE tenant_id = $1 AND account_id = $2 AND removed_at IS NULL", id_,
        account));
}

void PostgresTenant::leave_groups(ResourceId hidden) {
    transaction_.begin_change();
    database().send("DELETE FROM membership WHERE tenant_id = $1 AND member_id = $2 AND hidden", id_, hidden);
}

std::optional<Account> PostgresTenant::find_verified_account(std::string_view email) {
    return verified_account(database(), email);
}

std::optional<Account> PostgresTenant::find_account(AccountId id) {
    return account_in(database().run(ROLLCALL_ACCOUNT_COLUMNS "WHERE id = $1", id));
}

Result<void> PostgresTenant::put_account(const Account& account) {
    transaction_.begin_change();
    if (account.verified_at) {
        // Of two tenants that want the address at a time, the second waits here and then finds it taken.
        transaction_.lock_address(email_key(account.email));
        const auto other = verified_account(database(), account.email);
        if (other && other->id != account.id) {
            return failure(ErrorKind::Uniqueness, "This e-mail address belongs to another account.");
        }
    }
    database().send(
        "INSERT INTO account (id, email, email_key, verified_at, created) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (id) DO UPDATE SET email = $2, email_key = $3, verified_at = $4",
        account.id, account.email, email_key(account.email), account.verified_at, account.created);
    return {};
}

std::optional<Account> PostgresTransaction::account_verified_as(std::string_view email) {
    return verified_account(of_installation(), email);
}

std::vector<std::pair<TenantId, ResourceId>> PostgresTransaction::memberships_of(AccountId account) {
    Rows rows = of_installation().run(
        "SELECT tenant_id, id FROM member WHERE account_id = $1 AND removed_at IS NULL ORDER BY tenant_id",
        account);
    std::vector<std::pair<TenantId, ResourceId>> found;
    while (rows.next()) found.emplace_back(TenantId{rows.integer(0)}, rows.id<ResourceId>(1));
    return found;
}

}  // namespace rollcall::store::postgres
