#include "store/sqlite/query_plan.h"

#include <algorithm>

#include "base/check.h"
#include "store/sqlite/query_filter.h"

namespace rollcall::store::sqlite {
namespace {

using Kind = CheckedFilter::Kind;
using Node = CheckedFilter::Node;

}  // namespace

bool QueryPlan::is_of_column(const Lead& lead) const {
    const Node& node = filter_.node(lead.node);
    if (node.kind != Kind::Compare) return false;
    const Index index = index_of(*scope_.type, node);
    return index == Index::UserName || index == Index::LastModified || index == Index::ExternalId;
}

bool QueryPlan::write_column_lead(SqlText& out, const Lead& lead) const {
    if (!is_of_column(lead)) return false;
    const Node& node = filter_.node(lead.node);
    switch (index_of(*scope_.type, node)) {
        case Index::UserName:
            out << "INDEXED BY resource_by_user_name WHERE r.tenant_id = ?1 AND r.user_name_key ";
            write_name_range(out, node);
            return true;
        case Index::LastModified:
            out << "INDEXED BY resource_by_last_modified WHERE r.tenant_id = ?1 AND r.last_modified";
            write_instant_comparison(out, node);
            return true;
        case Index::ExternalId:
            out << "INDEXED BY resource_by_external_id WHERE r.tenant_id = ?1 AND r.external_id = "
                << Value(node.key);
            return true;
        default:
            return false;
    }
}

void QueryPlan::write_ids(SqlText& out, const Lead& lead) const {
    const auto leaves = leaves_of(*scope_.type, filter_, lead);
    if (leaves.size() == 1) return write_index_ids(out, filter_.node(leaves.front()));
    for (size_t i = 0; i < leaves.size(); ++i) {
        if (i > 0) out << " UNION ALL ";
        out << "SELECT id FROM (";
        write_index_ids(out, filter_.node(leaves[i]));
        out << ")";
    }
}

// Members that can have members. The index of those has no users in it.
void QueryPlan::write_nested(SqlText& out) const {
    const auto has_members = [](const auto& type) { return type->attribute_in_rows() != nullptr; };
    const bool users_have = std::ranges::any_of(scope_.catalogue->types(), [&](const auto& type) {
        return type->name == "User" && has_members(type);
    });
    if (!users_have) out << "INDEXED BY membership_nested ";
    out << "ON m.tenant_id = ?1 AND m.group_id = down.id ";
    if (!users_have) out << "AND m.member_type <> 'User' ";
    out << "AND m.member_type IN (NULL";
    for (const auto& type : scope_.catalogue->types()) {
        if (has_members(type)) out << ", " << Value(type->name);
    }
}

void QueryPlan::write_index_ids(SqlText& out, const Node& node) const {
    const auto id = parse_uuid(node.key);
    const Value id_or_null = id ? Value(*id) : Value(std::monostate());
    switch (index_of(*scope_.type, node)) {
        case Index::Id:
            out << "SELECT " << id_or_null << " AS id";
            return;
        case Index::UserName:
            out << "SELECT id FROM resource r INDEXED BY resource_by_user_name WHERE r.tenant_id = ?1 "
                   "AND r.user_name_key ";
            write_name_range(out, node);
            return;
        case Index::ExternalId:
            out << "SELECT id FROM resource r INDEXED BY resource_by_external_id WHERE r.tenant_id = ?1 "
                   "AND r.external_id = "
                << Value(node.key);
            return;
        case Index::ValueIndex:
            out << "SELECT resource_id AS id FROM value_index WHERE tenant_id = ?1 AND attribute = "
                << Value(node.path.text()) << " AND key = " << Value(node.key);
            return;
        case Index::UniqueValue:
            out << "SELECT resource_id AS id FROM unique_value WHERE tenant_id = ?1 AND type = "
                << Value(scope_.type->name) << " AND attribute = " << Value(node.path.text())
                << " AND key = " << Value(node.key);
            return;
        case Index::Member:
            out << "SELECT group_id AS id FROM membership INDEXED BY membership_by_member WHERE tenant_id = ?1 AND "
                   "member_id = "
                << id_or_null << " AND hidden <= " << Value(scope_.most_hidden);
            return;
        case Index::Group: {
            // Down from the group; only members that can have members are followed, the others are the
            // answer.
            out << "WITH RECURSIVE down (id) AS (SELECT " << id_or_null
                << " UNION SELECT m.member_id FROM down CROSS JOIN membership m ";
            write_nested(out);
            out << ")) SELECT m.member_id AS id FROM down CROSS JOIN membership m ON m.tenant_id = ?1 "
                   "AND m.group_id = down.id AND m.member_type = "
                << Value(scope_.type->name);
            return;
        }
        case Index::LastModified:
        case Index::None:
            CHECK(false);
    }
}

}  // namespace rollcall::store::sqlite
