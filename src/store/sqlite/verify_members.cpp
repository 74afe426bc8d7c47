#include "store/sqlite/verify_members.h"

#include "model/visibility.h"

namespace rollcall::store::sqlite {
namespace {

void check_pairs(Connection& connection, const Report& report) {
    const auto all = [&](std::string_view invariant, Sql sql) {
        Rows rows = connection.run(sql);
        while (rows.next()) report(invariant, rows.integer(0), rows.blob(1));
    };
    all("member.exists",
        "SELECT r.tenant_id, r.id FROM resource r NOT INDEXED WHERE r.type = 'User' AND EXISTS "
        "(SELECT 1 FROM member x WHERE x.tenant_id = r.tenant_id) AND NOT EXISTS "
        "(SELECT 1 FROM member m WHERE m.tenant_id = r.tenant_id AND m.id = r.id)");
    all("member.user_exists",
        "SELECT m.tenant_id, m.id FROM member m WHERE NOT EXISTS "
        "(SELECT 1 FROM resource r WHERE r.tenant_id = m.tenant_id AND r.type = 'User' AND r.id = m.id)");
    all("member.account_exists",
        "SELECT m.tenant_id, m.id FROM member m WHERE m.account_id IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM account a WHERE a.id = m.account_id)");
    all("resource.hidden_is_member",
        "SELECT tenant_id, id FROM resource NOT INDEXED WHERE hidden = 1 AND type <> 'User'");
}

// What a member leaves behind when it is deactivated or gone: nothing that opens a door (MOB-05, MOD-03, PLU-06).
void check_doors(Connection& connection, const Report& report) {
    const auto all = [&](std::string_view invariant, Sql sql) {
        Rows rows = connection.run(sql);
        while (rows.next()) report(invariant, rows.integer(0), rows.blob(1));
    };
#define ROLLCALL_OF_NO_ACTIVE_MEMBER                                                            \
    " EXISTS (SELECT 1 FROM member o WHERE o.tenant_id = x.tenant_id) AND NOT EXISTS (SELECT 1 " \
    "FROM member m WHERE m.tenant_id = x.tenant_id AND m.id = x.member_id AND m.deactivated_at IS NULL)"
    all("session.member_is_active",
        "SELECT DISTINCT x.tenant_id, x.member_id FROM member_session x WHERE" ROLLCALL_OF_NO_ACTIVE_MEMBER);
    all("key.member_is_active",
        "SELECT DISTINCT x.tenant_id, x.member_id FROM member_key x WHERE x.suspended IS NULL AND x.revoked IS "
        "NULL AND" ROLLCALL_OF_NO_ACTIVE_MEMBER);
    all("admin_session.member_is_active",
        "SELECT DISTINCT x.tenant_id, x.member_id FROM admin_session x WHERE x.member_id IS NOT NULL "
        "AND" ROLLCALL_OF_NO_ACTIVE_MEMBER);
    all("link.member_is_active",
        "SELECT DISTINCT x.tenant_id, x.member_id FROM member_token x WHERE" ROLLCALL_OF_NO_ACTIVE_MEMBER);
#undef ROLLCALL_OF_NO_ACTIVE_MEMBER
}

// At least one active owner, where there is one at all (MOD-08).
void check_owners(Connection& connection, const std::map<int64_t, Policy>& policies, const Report& report) {
    for (const auto& [tenant, policy] : policies) {
        if (!policy.last_owner_guard || policy.owner_role.empty()) continue;
        Rows rows = connection.run(
            "SELECT count(*), count(*) FILTER (WHERE deactivated_at IS NULL AND role = ?2) FROM member "
            "WHERE tenant_id = ?1 AND (role = ?2 OR previous_role = ?2) AND removed_at IS NULL",
            tenant, policy.owner_role);
        if (rows.next() && rows.integer(0) > 0 && rows.integer(1) == 0)
            report("member.last_owner", tenant, {});
    }
}

}  // namespace

void check_members(Connection& connection, const std::map<int64_t, Policy>& policies, const Report& report) {
    check_pairs(connection, report);
    check_doors(connection, report);
    Rows rows = connection.run(
        "SELECT m.tenant_id, m.id, m.role, m.managed, m.deactivated_at IS NOT NULL, m.removed_at, r.active, "
        "r.hidden, "
        "r.user_name_key IS NULL FROM member m JOIN resource r ON r.tenant_id = m.tenant_id "
        "AND r.type = 'User' AND r.id = m.id");
    while (rows.next()) {
        const auto found = policies.find(rows.integer(0));
        if (found == policies.end()) continue;
        const Policy& policy = found->second;
        const auto broken = [&](std::string_view invariant) {
            report(invariant, rows.integer(0), rows.blob(1));
        };
        Member member;
        member.role = rows.text(2);
        member.managed = rows.text(3) == "scim" ? Managed::Scim : Managed::Manual;
        const bool is_inactive = rows.integer(4) != 0;
        const bool is_removed = !rows.is_null(5);
        if (is_removed) member.removed_at = Instant{rows.integer(5)};
        // A document that states nothing may be that of either.
        if (rows.integer(6) == (is_inactive ? 1 : 0)) broken("member.active");
        if (is_hidden(member, policy) != (rows.integer(7) != 0)) broken("member.hidden");
        if (rank_of(policy, member.role) < 0) broken("member.role_known");
        if (!policy.inactive_role.empty() && is_inactive != (member.role == policy.inactive_role))
            broken("member.inactive_role");
        const bool gave_name_back = rows.integer(8) != 0;
        if (is_removed && (!is_inactive || !gave_name_back)) broken("member.removed");
    }
    check_owners(connection, policies, report);
}

}  // namespace rollcall::store::sqlite
