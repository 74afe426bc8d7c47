#include "store/sqlite/tenant_transaction.h"

namespace rollcall::store::sqlite {

bool SqliteTenant::add_member(ResourceId group, const MemberRow& member) {
    transaction_.begin_change();
    connection_.execute(
        "INSERT INTO membership (tenant_id, group_id, member_id, member_type, display) VALUES (?1, ?2, ?3, "
        "?4, ?5) "
        "ON CONFLICT (tenant_id, group_id, member_id) DO NOTHING",
        id_, group, member.id, member.type, member.display);
    if (connection_.changes() == 0) return false;
    change_member_count(group, 1);
    return true;
}

bool SqliteTenant::remove_member(ResourceId group, ResourceId member) {
    transaction_.begin_change();
    connection_.execute("DELETE FROM membership WHERE tenant_id = ?1 AND group_id = ?2 AND member_id = ?3",
                        id_, group, member);
    if (connection_.changes() == 0) return false;
    change_member_count(group, -1);
    return true;
}

int64_t SqliteTenant::remove_all_members(ResourceId group) {
    transaction_.begin_change();
    connection_.execute("DELETE FROM membership WHERE tenant_id = ?1 AND group_id = ?2", id_, group);
    const int64_t removed = connection_.changes();
    if (removed > 0) change_member_count(group, -removed);
    return removed;
}

void SqliteTenant::change_member_count(ResourceId group, int64_t difference) {
    connection_.execute(
        "UPDATE resource SET member_count = member_count + ?3 WHERE tenant_id = ?1 AND id = ?2 AND type IN "
        "(SELECT substr(name, 6) FROM counter WHERE tenant_id = ?1 AND name >= 'type:' AND name < 'type;')",
        id_, group, difference);
}

bool SqliteTenant::has_member(ResourceId group, ResourceId member) {
    return connection_
        .run("SELECT 1 FROM membership WHERE tenant_id = ?1 AND group_id = ?2 AND member_id = ?3", id_, group,
             member)
        .next();
}

int64_t SqliteTenant::member_count(ResourceId group) {
    Rows rows = connection_.run(
        "SELECT member_count FROM resource WHERE tenant_id = ?1 AND id = ?2 AND type IN "
        "(SELECT substr(name, 6) FROM counter WHERE tenant_id = ?1 AND name >= 'type:' AND name < 'type;')",
        id_, group);
    return rows.next() ? rows.integer(0) : 0;
}

void SqliteTenant::members(ResourceId group, const std::function<void(const MemberRow&)>& visit) {
    Rows rows = connection_.run(
        "SELECT member_id, member_type, display FROM membership WHERE tenant_id = ?1 AND group_id = ?2 "
        "ORDER BY member_id",
        id_, group);
    MemberRow member;
    while (rows.next()) {
        member.id = rows.id<ResourceId>(0);
        member.type = rows.text(1);
        member.display = rows.text(2);
        visit(member);
    }
}

std::vector<GroupReference> SqliteTenant::groups_of(ResourceId member) {
    std::vector<GroupReference> groups;
    // Most members of most directories are in few groups, and most of those in none: one look tells.
    if (!connection_
             .run("SELECT 1 FROM membership WHERE tenant_id = ?1 AND member_id = ?2 LIMIT 1", id_, member)
             .next()) {
        return groups;
    }
    Rows rows = connection_.run(
        "WITH RECURSIVE up (id) AS ("
        "SELECT group_id FROM membership WHERE tenant_id = ?1 AND member_id = ?2 "
        "UNION SELECT m.group_id FROM up JOIN membership m ON m.tenant_id = ?1 AND m.member_id = up.id) "
        "SELECT up.id, g.display, EXISTS (SELECT 1 FROM membership d WHERE d.tenant_id = ?1 AND d.group_id = "
        "up.id "
        "AND d.member_id = ?2) AS direct FROM up CROSS JOIN resource g ON g.tenant_id = ?1 AND g.id = up.id "
        "AND g.type IN (SELECT substr(name, 6) FROM counter WHERE tenant_id = ?1 AND name >= 'type:' AND "
        "name < 'type;') "
        "WHERE up.id <> ?2 ORDER BY direct DESC, up.id",
        id_, member);
    while (rows.next()) {
        groups.push_back({rows.id<ResourceId>(0), std::string(rows.text(1)), rows.integer(2) != 0});
    }
    return groups;
}

bool SqliteTenant::reaches(ResourceId start, ResourceId group) {
    if (start == group) return true;
    // Upwards: a group is in few others, but may have very many members.
    Rows rows = connection_.run(
        "WITH RECURSIVE up (id) AS ("
        "SELECT group_id FROM membership WHERE tenant_id = ?1 AND member_id = ?2 "
        "UNION SELECT m.group_id FROM up JOIN membership m ON m.tenant_id = ?1 AND m.member_id = up.id) "
        "SELECT 1 FROM up WHERE id = ?3 LIMIT 1",
        id_, group, start);
    return rows.next();
}

}  // namespace rollcall::store::sqlite
