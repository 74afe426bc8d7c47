#include <algorithm>
#include <map>
#include <set>

#include "store/sqlite/tenant_transaction.h"

namespace rollcall::store::sqlite {

bool SqliteTenant::add_member(ResourceId group, const MemberRow& member) {
    transaction_.begin_change();
    transaction_.note_member(id_, member.id);
    const bool hidden = sees_hidden() && is_hidden(member);
    connection_.execute(
        "INSERT INTO membership (tenant_id, group_id, member_id, member_type, display, hidden) VALUES (?1, "
        "?2, ?3, "
        "?4, ?5, ?6) "
        "ON CONFLICT (tenant_id, group_id, member_id) DO NOTHING",
        id_, group, member.id, member.type, member.display, hidden);
    if (connection_.changes() == 0) return false;
    if (!hidden) change_member_count(group, 1);
    return true;
}

bool SqliteTenant::remove_member(ResourceId group, ResourceId member) {
    transaction_.begin_change();
    connection_.execute(
        "DELETE FROM membership WHERE tenant_id = ?1 AND group_id = ?2 AND member_id = ?3 AND hidden = 0",
        id_, group, member);
    if (connection_.changes() > 0) {
        change_member_count(group, -1);
        return true;
    }
    if (!sees_hidden()) return false;
    connection_.execute("DELETE FROM membership WHERE tenant_id = ?1 AND group_id = ?2 AND member_id = ?3",
                        id_, group, member);
    return connection_.changes() > 0;
}

int64_t SqliteTenant::remove_all_members(ResourceId group) {
    transaction_.begin_change();
    connection_.execute("DELETE FROM membership WHERE tenant_id = ?1 AND group_id = ?2 AND hidden = 0", id_,
                        group);
    const int64_t removed = connection_.changes();
    if (removed > 0) change_member_count(group, -removed);
    if (!sees_hidden()) return removed;
    connection_.execute("DELETE FROM membership WHERE tenant_id = ?1 AND group_id = ?2", id_, group);
    return removed + connection_.changes();
}

void SqliteTenant::change_member_count(ResourceId group, int64_t difference) {
    connection_.execute(
        "UPDATE resource SET member_count = member_count + ?3 WHERE tenant_id = ?1 AND id = ?2 AND type IN "
        "(SELECT substr(name, 6) FROM counter WHERE tenant_id = ?1 AND name >= 'type:' AND name < 'type;')",
        id_, group, difference);
}

bool SqliteTenant::has_member(ResourceId group, ResourceId member) {
    return connection_
        .run(
            "SELECT 1 FROM membership WHERE tenant_id = ?1 AND group_id = ?2 AND member_id = ?3 AND hidden "
            "<= ?4",
            id_, group, member, most_hidden_)
        .next();
}

int64_t SqliteTenant::member_count(ResourceId group) {
    Rows rows = connection_.run(
        "SELECT member_count FROM resource WHERE tenant_id = ?1 AND id = ?2 AND type IN "
        "(SELECT substr(name, 6) FROM counter WHERE tenant_id = ?1 AND name >= 'type:' AND name < 'type;')",
        id_, group);
    const int64_t shown = rows.next() ? rows.integer(0) : 0;
    if (!sees_hidden()) return shown;
    Rows hidden = connection_.run(
        "SELECT count(*) FROM membership INDEXED BY membership_hidden WHERE tenant_id = ?1 AND group_id = ?2 "
        "AND "
        "hidden = 1",
        id_, group);
    hidden.next();
    return shown + hidden.integer(0);
}

bool SqliteTenant::is_hidden(const MemberRow& member) {
    Rows rows = connection_.run("SELECT hidden FROM resource WHERE tenant_id = ?1 AND type = ?2 AND id = ?3",
                                id_, member.type, member.id);
    return rows.next() && rows.integer(0) != 0;
}

void SqliteTenant::members(ResourceId group, const std::function<void(const MemberRow&)>& visit) {
    Rows rows = connection_.run(
        "SELECT member_id, member_type, display FROM membership WHERE tenant_id = ?1 AND group_id = ?2 AND "
        "hidden <= ?3 "
        "ORDER BY member_id",
        id_, group, most_hidden_);
    MemberRow member;
    while (rows.next()) {
        member.id = rows.id<ResourceId>(0);
        member.type = rows.text(1);
        member.display = rows.text(2);
        visit(member);
    }
}

std::vector<GroupReference> SqliteTenant::direct_groups_of(ResourceId member) {
    if (!transaction_.may_be_in_group(id_, member)) return {};
    Rows rows = connection_.run(
        "SELECT m.group_id, g.display FROM membership m CROSS JOIN resource g ON g.tenant_id = ?1 AND "
        "g.type = 'Group' AND g.id = m.group_id AND g.hidden <= ?3 WHERE m.tenant_id = ?1 AND m.member_id = "
        "?2 "
        "ORDER BY m.group_id",
        id_, member, most_hidden_);
    std::vector<GroupReference> groups;
    while (rows.next()) groups.push_back({rows.id<ResourceId>(0), std::string(rows.text(1)), true});
    return groups;
}

// One look for each group instead of one recursive statement: most members of most directories are in few
// groups, and most groups in none.
std::vector<GroupReference> SqliteTenant::groups_of(ResourceId member) {
    std::vector<GroupReference> groups = direct_groups_of(member);
    std::erase_if(groups, [&](const GroupReference& group) { return group.id == member; });
    if (groups.empty()) return groups;
    std::set<ResourceId> seen{member};
    for (const auto& group : groups) seen.insert(group.id);
    const size_t direct = groups.size();
    for (size_t at = 0; at < groups.size(); ++at) {
        for (auto& above : direct_groups_of(groups[at].id)) {
            if (!seen.insert(above.id).second) continue;
            above.direct = false;
            groups.push_back(std::move(above));
        }
    }
    const auto indirect = groups.begin() + static_cast<ptrdiff_t>(direct);
    std::sort(indirect, groups.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    return groups;
}

void SqliteTenant::forget_older_snapshots() {
    const auto snapshot = transaction_.snapshot();
    if (snapshot && *snapshot == known_of_) return;
    if (snapshot) known_of_ = *snapshot;
    summaries_.clear();
    users_.clear();
}

const SqliteTenant::GroupSummary& SqliteTenant::summary_of(ResourceId group) {
    constexpr size_t kSummariesMax = 1'000;
    if (summaries_.size() > kSummariesMax) summaries_.clear();
    const auto [known, is_new] = summaries_.try_emplace(group);
    if (!is_new) return known->second;
    {
        Rows rows = connection_.run(
            "SELECT display FROM resource WHERE tenant_id = ?1 AND type = 'Group' AND id = ?2", id_, group);
        if (rows.next()) known->second.display = rows.text(0);
    }
    Rows above = connection_.run("SELECT 1 FROM membership WHERE tenant_id = ?1 AND member_id = ?2 LIMIT 1",
                                 id_, group);
    known->second.is_nested = above.next();
    return known->second;
}

// Members that follow each other in the index are read as one range; the groups they share are looked at
// once for all pages of a snapshot.
std::vector<std::vector<GroupReference>> SqliteTenant::groups_of_each(
    const std::vector<ResourceId>& members) {
    std::vector<std::vector<GroupReference>> all(members.size());
    const auto one_by_one = [&] {
        for (size_t i = 0; i < members.size(); ++i) all[i] = groups_of(members[i]);
        return std::move(all);
    };
    if (members.size() < 4 || !std::is_sorted(members.begin(), members.end())) return one_by_one();
    std::vector<std::pair<ResourceId, ResourceId>> pairs;  // member, group
    pairs.reserve(2 * members.size());
    {
        // Others' memberships may lie in between (a sparse page): more than a few are not worth reading.
        const size_t rows_max = members.size() * 8;
        const RowTaker taker = [&](const RowInPlace& row) {
            pairs.emplace_back(row.id<ResourceId>(0), row.id<ResourceId>(1));
            return pairs.size() == rows_max;
        };
        Rows rows = connection_.run(
            "SELECT 1 FROM membership INDEXED BY membership_by_member WHERE tenant_id = ?1 AND member_id "
            "BETWEEN ?2 AND ?3 AND take(?4, member_id, group_id) ORDER BY member_id, group_id",
            id_, members.front(), members.back(), taker);
        if (rows.next()) return one_by_one();
    }
    forget_older_snapshots();
    auto pair = pairs.begin();
    for (size_t i = 0; i < members.size(); ++i) {
        while (pair != pairs.end() && pair->first < members[i]) ++pair;
        const auto end =
            std::find_if(pair, pairs.end(), [&](const auto& one) { return one.first != members[i]; });
        all[i].reserve(static_cast<size_t>(end - pair));
        bool is_nested = false;
        for (; pair != end; ++pair) {
            const auto& group = summary_of(pair->second);
            all[i].push_back({pair->second, group.display, true});
            is_nested |= group.is_nested;
        }
        if (is_nested) all[i] = groups_of(members[i]);
    }
    return all;
}

int64_t SqliteTenant::nesting(ResourceId group, Nesting direction, int64_t most) {
    const auto ask = [&](auto statement) {
        Rows rows = connection_.run(statement, id_, group, most);
        return rows.next() ? rows.integer(0) : 0;
    };
    if (direction == Nesting::Above) {
        return ask(Sql(
            "WITH RECURSIVE chain (id, level) AS (VALUES (?2, 0) UNION SELECT m.group_id, chain.level + 1 "
            "FROM chain JOIN membership m ON m.tenant_id = ?1 AND m.member_id = chain.id WHERE chain.level < "
            "?3) SELECT max(level) FROM chain"));
    }
    return ask(
        Sql("WITH RECURSIVE chain (id, level) AS (VALUES (?2, 0) UNION SELECT m.member_id, chain.level + 1 "
            "FROM chain JOIN membership m ON m.tenant_id = ?1 AND m.group_id = chain.id AND "
            "m.member_type = 'Group' WHERE chain.level < ?3) SELECT max(level) FROM chain"));
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
