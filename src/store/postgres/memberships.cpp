#include <map>
#include <set>

#include "store/postgres/resource_rows.h"
#include "store/postgres/tenant_transaction.h"

namespace rollcall::store::postgres {
namespace {

// A parameter of statements about groups, whose type is rare among all resources: told of it, the planner
// takes any index for a good one, also one that has the id behind the time.
constexpr std::string_view kGroup = "Group";

}  // namespace
bool PostgresTenant::add_member(ResourceId group, const MemberRow& member) {
    transaction_.begin_change();
    transaction_.held(id_)->without_groups = {};
    Rows rows = database().run(
        "INSERT INTO membership (tenant_id, group_id, member_id, member_type, display, hidden) SELECT $1, "
        "$2, $3, $4, "
        "$5, coalesce((SELECT r.hidden FROM resource r WHERE r.tenant_id = $1 AND r.type = $4 AND r.id = "
        "$3), false) "
        "ON CONFLICT (tenant_id, group_id, member_id) DO NOTHING RETURNING hidden",
        id_, group, member.id, member.type, member.display);
    if (!rows.next()) return false;
    if (!rows.boolean(0)) change_member_count(group, 1);
    return true;
}

bool PostgresTenant::remove_member(ResourceId group, ResourceId member) {
    transaction_.begin_change();
    Rows rows = database().run(
        "DELETE FROM membership WHERE tenant_id = $1 AND group_id = $2 AND member_id = $3 AND hidden <= $4 "
        "RETURNING hidden",
        id_, group, member, sees_hidden_);
    if (!rows.next()) return false;
    if (!rows.boolean(0)) change_member_count(group, -1);
    return true;
}

int64_t PostgresTenant::remove_all_members(ResourceId group) {
    transaction_.begin_change();
    const int64_t shown = database().change(
        "DELETE FROM membership WHERE tenant_id = $1 AND group_id = $2 AND NOT hidden", id_, group);
    if (shown > 0) change_member_count(group, -shown);
    if (!sees_hidden_) return shown;
    return shown +
           database().change("DELETE FROM membership WHERE tenant_id = $1 AND group_id = $2", id_, group);
}

void PostgresTenant::change_member_count(ResourceId group, int64_t difference) {
    database().send(
        "UPDATE resource SET member_count = member_count + $3 WHERE tenant_id = $1 AND id = $2 AND type "
        "= " ROLLCALL_ANY_TYPE,
        id_, group, difference);
}

bool PostgresTenant::has_member(ResourceId group, ResourceId member) {
    return database()
        .run(
            "SELECT 1 FROM membership WHERE tenant_id = $1 AND group_id = $2 AND member_id = $3 AND hidden "
            "<= $4",
            id_, group, member, sees_hidden_)
        .next();
}

int64_t PostgresTenant::member_count(ResourceId group) {
    if (sees_hidden_) {
        Rows all = database().run("SELECT count(*) FROM membership WHERE tenant_id = $1 AND group_id = $2",
                                  id_, group);
        all.next();
        return all.integer(0);
    }
    Rows rows = database().run(
        "SELECT member_count FROM resource WHERE tenant_id = $1 AND id = $2 AND type = " ROLLCALL_ANY_TYPE,
        id_, group);
    return rows.next() ? rows.integer(0) : 0;
}

// In parts, so that a group of a hundred thousand is never in memory as a whole.
void PostgresTenant::members(ResourceId group, const std::function<void(const MemberRow&)>& visit) {
    constexpr int64_t kRowsAtOnce = 10'000;
    ResourceId after;
    for (;;) {
        Rows rows = database().run(
            // In the words of the primary key, lest the other index is gone through for the order it has.
            "SELECT member_id, member_type, display FROM membership WHERE tenant_id = $1 AND group_id = $2 "
            "AND (group_id, member_id) > ($2, $4) AND hidden <= $3 ORDER BY group_id, member_id LIMIT $5",
            id_, group, sees_hidden_, after, kRowsAtOnce);
        MemberRow member;
        while (rows.next()) {
            member.id = rows.id<ResourceId>(0);
            member.type = rows.text(1);
            member.display = rows.text(2);
            visit(member);
        }
        if (rows.count() < kRowsAtOnce) return;
        after = member.id;
    }
}

std::vector<GroupReference> PostgresTenant::direct_groups_of(ResourceId member) {
    Rows rows = database().run(
        "SELECT m.group_id, g.display FROM membership m JOIN resource g ON g.tenant_id = $1 AND g.type = $4 "
        "AND g.id = m.group_id AND g.hidden <= $3 WHERE m.tenant_id = $1 AND m.member_id = $2 ORDER BY "
        "m.group_id",
        id_, member, sees_hidden_, kGroup);
    std::vector<GroupReference> groups;
    while (rows.next()) groups.push_back({rows.id<ResourceId>(0), std::string(rows.text(1)), true});
    return groups;
}

std::vector<GroupReference> PostgresTenant::groups_of(ResourceId member) {
    if (const auto* held = transaction_.held(id_); held != nullptr && held->without_groups == member)
        return {};
    if (const auto* known = foreseen()) {
        if (const auto* groups = known->groups_of(member)) return *groups;
    }
    return std::move(groups_of_each({member}).front());
}

// Each way up is one look into an index, whatever the planner thinks of how many there are: what is joined
// could become a walk over all memberships, or all groups, of the tenant.
#define ROLLCALL_GROUPS_OF_EACH                                                                        \
    "WITH RECURSIVE up (member, id, direct) AS ("                                                      \
    "SELECT m.member_id, m.group_id, true FROM membership m WHERE m.tenant_id = $1 AND m.member_id = " \
    "ANY ($2) UNION SELECT up.member, above.group_id, false FROM up CROSS JOIN LATERAL (SELECT "       \
    "m.group_id FROM membership m WHERE m.tenant_id = $1 AND m.member_id = up.id OFFSET 0) above), "   \
    "reached AS (SELECT member, id, bool_or(direct) AS direct FROM up WHERE id <> member GROUP BY "    \
    "member, id) "                                                                                     \
    "SELECT reached.member, reached.id, g.display, reached.direct FROM reached CROSS JOIN LATERAL "    \
    "(SELECT r.display FROM resource r WHERE r.tenant_id = $1 AND r.type = $4 AND r.id = "             \
    "reached.id AND r.hidden <= $3 OFFSET 0) g ORDER BY reached.member, reached.direct DESC, reached.id"

// Groups in groups are rare, and a statement that follows them costs twice as much.
void ask_for_direct_groups(Connection& connection, TenantId tenant, const std::vector<ResourceId>& members,
                           bool sees_hidden) {
    connection.ask(
        "SELECT m.member_id, m.group_id, g.display, EXISTS (SELECT FROM membership above WHERE "
        "above.tenant_id = $1 AND above.member_id = m.group_id) FROM membership m LEFT JOIN LATERAL (SELECT "
        "r.display FROM resource r WHERE r.tenant_id = $1 AND r.type = $4 AND r.id = m.group_id AND r.hidden "
        "<= $3 OFFSET 0) g ON true WHERE m.tenant_id = $1 AND m.member_id = ANY ($2) ORDER BY m.member_id, "
        "m.group_id",
        tenant, members, sees_hidden, kGroup);
}

void read_direct_groups(
    Rows& rows,
    const std::function<void(ResourceId member, std::optional<GroupReference> group, bool has_more)>& visit) {
    while (rows.next()) {
        std::optional<GroupReference> group;
        if (!rows.is_null(2)) group = GroupReference{rows.id<ResourceId>(1), std::string(rows.text(2)), true};
        visit(rows.id<ResourceId>(0), std::move(group), rows.boolean(3));
    }
}

// One statement for all members, and another one for those of nested groups: each round trip costs more than
// the look-ups.
std::vector<std::vector<GroupReference>> PostgresTenant::groups_of_each(
    const std::vector<ResourceId>& members) {
    std::vector<std::vector<GroupReference>> all(members.size());
    if (members.empty()) return all;
    std::map<ResourceId, std::vector<GroupReference>> found;
    std::set<ResourceId> nested;
    ask_for_direct_groups(database(), id_, members, sees_hidden_);
    read_direct_groups(database().answers().front(),
                       [&](ResourceId member, std::optional<GroupReference> group, bool has_more) {
                           if (has_more) nested.insert(member);
                           if (group) found[member].push_back(std::move(*group));
                       });
    if (!nested.empty()) {
        for (const auto& member : nested) found.erase(member);
        Rows rows =
            database().run(ROLLCALL_GROUPS_OF_EACH, id_,
                           std::vector<ResourceId>(nested.begin(), nested.end()), sees_hidden_, kGroup);
        while (rows.next()) {
            found[rows.id<ResourceId>(0)].push_back(
                {rows.id<ResourceId>(1), std::string(rows.text(2)), rows.boolean(3)});
        }
    }
    for (size_t i = 0; i < members.size(); ++i) {
        if (const auto groups = found.find(members[i]); groups != found.end()) all[i] = groups->second;
    }
    return all;
}

int64_t PostgresTenant::nesting(ResourceId group, Nesting direction, int64_t most) {
    Rows rows =
        direction == Nesting::Above
            ? database().run(
                  "WITH RECURSIVE chain (id, level) AS (VALUES ($2, 0::bigint) UNION SELECT m.group_id, "
                  "chain.level + 1 FROM chain JOIN membership m ON m.tenant_id = $1 AND m.member_id = "
                  "chain.id "
                  "WHERE chain.level < $3) SELECT max(level) FROM chain",
                  id_, group, most)
            : database().run(
                  "WITH RECURSIVE chain (id, level) AS (VALUES ($2, 0::bigint) UNION SELECT m.member_id, "
                  "chain.level + 1 FROM chain JOIN membership m ON m.tenant_id = $1 AND m.group_id = "
                  "chain.id AND "
                  "m.member_type = 'Group' WHERE chain.level < $3) SELECT max(level) FROM chain",
                  id_, group, most);
    return rows.next() ? rows.integer(0) : 0;
}

bool PostgresTenant::reaches(ResourceId start, ResourceId group) {
    if (start == group) return true;
    // Upwards: a group is in few others, but may have very many members.
    Rows rows = database().run(
        "WITH RECURSIVE up (id) AS ("
        "SELECT group_id FROM membership WHERE tenant_id = $1 AND member_id = $2 "
        "UNION SELECT m.group_id FROM up JOIN membership m ON m.tenant_id = $1 AND m.member_id = up.id) "
        "SELECT 1 FROM up WHERE id = $3 LIMIT 1",
        id_, group, start);
    return rows.next();
}

}  // namespace rollcall::store::postgres
