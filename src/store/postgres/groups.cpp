#include "store/postgres/tenant_transaction.h"

namespace rollcall::store::postgres {
std::optional<GroupState> PostgresTenant::find_group_state(ResourceId group) {
    Rows rows = database().run(
        "SELECT source, owner_id, enabled FROM group_state WHERE tenant_id = $1 AND id = $2", id_, group);
    if (!rows.next()) return std::nullopt;
    GroupState state;
    state.id = group;
    state.source = rows.text(0);
    if (!rows.is_null(1)) state.owner = rows.id<ResourceId>(1);
    state.enabled = rows.integer(2) != 0;
    return state;
}

void PostgresTenant::put_group_state(const GroupState& state) {
    transaction_.begin_change();
    database().send(
        "INSERT INTO group_state (tenant_id, id, source, owner_id, enabled) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (tenant_id, id) DO UPDATE SET source = excluded.source, owner_id = excluded.owner_id, "
        "enabled = excluded.enabled",
        id_, state.id, state.source, null_if_nil(state.owner), state.enabled);
}

std::vector<ScopeGrant> PostgresTenant::grants_of(ResourceId subject) {
    Rows rows = database().run(
        "SELECT scope, access FROM scope_grant WHERE tenant_id = $1 AND subject_id = $2 ORDER BY scope", id_,
        subject);
    std::vector<ScopeGrant> grants;
    while (rows.next()) {
        grants.push_back(
            {std::string(rows.text(0)), rows.text(1) == "write" ? ScopeAccess::Write : ScopeAccess::Read});
    }
    return grants;
}

void PostgresTenant::replace_grants(ResourceId subject, const std::vector<ScopeGrant>& grants) {
    transaction_.begin_change();
    database().send("DELETE FROM scope_grant WHERE tenant_id = $1 AND subject_id = $2", id_, subject);
    for (const auto& grant : grants) {
        database().send(
            "INSERT INTO scope_grant (tenant_id, subject_id, scope, access) VALUES ($1, $2, $3, $4)", id_,
            subject, grant.scope, grant.access == ScopeAccess::Write ? "write" : "read");
    }
}

void PostgresTenant::erase_group_rows(ResourceId id) {
    database().send("DELETE FROM group_state WHERE tenant_id = $1 AND id = $2", id_, id);
    database().send("DELETE FROM scope_grant WHERE tenant_id = $1 AND subject_id = $2", id_, id);
    database().send("UPDATE group_state SET owner_id = NULL WHERE tenant_id = $1 AND owner_id = $2", id_, id);
}

}  // namespace rollcall::store::postgres
