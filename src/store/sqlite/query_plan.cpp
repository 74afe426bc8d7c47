#include "store/sqlite/query_plan.h"

#include <algorithm>

#include "base/check.h"
#include "store/sqlite/query_filter.h"

namespace rollcall::store::sqlite {
namespace {

using Kind = CheckedFilter::Kind;
using Node = CheckedFilter::Node;

// Only text has keys of its own in the indexes of values. References to resources are equal in more ways than
// that.
bool has_text_keys(const Attribute& attribute) {
    return attribute.type == AttributeType::String || attribute.type == AttributeType::DateTime ||
           attribute.type == AttributeType::Binary;
}

// The smallest text above all that start with `prefix`; empty when there is none.
std::string end_of_prefix(std::string prefix) {
    while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
    if (!prefix.empty()) prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
    return prefix;
}

}  // namespace

// ------------------------------------------------------------------------------------------------ choosing

std::optional<Lead> QueryPlan::assess(int32_t index) const {
    const Node& node = filter_.node(index);
    switch (node.kind) {
        case Kind::And:
            return assess_and(node);
        case Kind::Or:
            return assess_or(index, node);
        case Kind::ValuePath: {
            const int32_t child = node.children.front();
            auto lead = assess(child);
            if (!lead) return std::nullopt;
            // An element that equals the value is all that a single comparison asks for.
            if (filter_.node(child).kind == Kind::Compare)
                lead->satisfied = {index};
            else
                lead->satisfied.clear();
            return lead;
        }
        case Kind::Compare:
            switch (index_of(node)) {
                case Index::None:
                    return std::nullopt;
                case Index::Id:
                    return Lead{0, index, {index}};
                case Index::UserName:
                    return Lead{node.op == CompareOperator::Eq ? 0 : 3, index, {index}};
                case Index::UniqueValue:
                    return Lead{0, index, {index}};
                case Index::LastModified:
                    return Lead{3, index, {index}, true};
                case Index::ExternalId:
                case Index::ValueIndex:
                    return Lead{1, index, {index}};
                case Index::Member:
                case Index::Group:
                    return Lead{2, index, {index}};
            }
            return std::nullopt;
        default:
            return std::nullopt;
    }
}

std::optional<Lead> QueryPlan::assess_and(const Node& node) const {
    std::optional<Lead> best;
    for (const int32_t child : node.children) {
        auto lead = assess(child);
        if (lead && (!best || lead->cost < best->cost)) best = std::move(lead);
    }
    return best;
}

std::optional<Lead> QueryPlan::assess_or(int32_t index, const Node& node) const {
    Lead all{0, index, {index}};
    for (const int32_t child : node.children) {
        const auto lead = assess(child);
        if (!lead || lead->cost > 2) return std::nullopt;
        all.cost = std::max(all.cost, std::max(lead->cost, 1));
        if (!lead->satisfied.contains(child)) all.satisfied.clear();
    }
    return all;
}

QueryPlan::Index QueryPlan::index_of(const Node& node) const {
    const Place place = place_of(*scope_.type, node.path);
    const Attribute& target = node.path.target();
    const bool is_eq = node.op == CompareOperator::Eq;
    const bool is_value = node.path.sub_attribute != nullptr && target.name == "value";
    switch (place.source) {
        case Source::Id:
            return is_eq ? Index::Id : Index::None;
        case Source::ExternalId:
            return is_eq ? Index::ExternalId : Index::None;
        case Source::UserName: {
            const bool is_range = node.op != CompareOperator::Ne && node.op != CompareOperator::Co &&
                                  node.op != CompareOperator::Ew && !node.key.empty();
            return is_eq || is_range ? Index::UserName : Index::None;
        }
        case Source::Meta: {
            const bool is_range = node.op != CompareOperator::Ne && target.name == "lastModified";
            return is_range && !(is_eq && instant_of_key(node.key).has_more) ? Index::LastModified
                                                                             : Index::None;
        }
        case Source::Members:
            return is_eq && is_value ? Index::Member : Index::None;
        case Source::Groups:
            return is_eq && is_value ? Index::Group : Index::None;
        case Source::Document:
        case Source::Manager:
            break;
        default:
            return Index::None;
    }
    if (!is_eq || !has_text_keys(target) || target.computed || node.path.attribute->computed)
        return Index::None;
    if (target.indexed) return Index::ValueIndex;
    return target.uniqueness != Uniqueness::None ? Index::UniqueValue : Index::None;
}

// ------------------------------------------------------------------------------------------------ writing

bool QueryPlan::is_of_column(const Lead& lead) const {
    const Node& node = filter_.node(lead.node);
    if (node.kind != Kind::Compare) return false;
    const Index index = index_of(node);
    return index == Index::UserName || index == Index::LastModified || index == Index::ExternalId;
}

bool QueryPlan::write_column_lead(SqlText& out, const Lead& lead) const {
    if (!is_of_column(lead)) return false;
    const Node& node = filter_.node(lead.node);
    switch (index_of(node)) {
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

void QueryPlan::write_name_range(SqlText& out, const Node& node) {
    switch (node.op) {
        case CompareOperator::Eq:
            out << "= " << Value(node.key);
            return;
        case CompareOperator::Gt:
            out << "> " << Value(node.key);
            return;
        case CompareOperator::Ge:
            out << ">= " << Value(node.key);
            return;
        case CompareOperator::Lt:
            out << "< " << Value(node.key);
            return;
        case CompareOperator::Le:
            out << "<= " << Value(node.key);
            return;
        case CompareOperator::Sw: {
            out << ">= " << Value(node.key);
            const auto end = end_of_prefix(node.key);
            if (!end.empty()) out << " AND r.user_name_key < " << Value(end);
            return;
        }
        default:
            CHECK(false);
    }
}

void QueryPlan::write_ids(SqlText& out, int32_t index) const {
    std::vector<int32_t> leaves;
    collect_leaves(index, leaves);
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

// Every part of an "or" leads; in an "and" below it, the one that assess() chooses.
void QueryPlan::collect_leaves(int32_t index, std::vector<int32_t>& leaves) const {
    const Node& node = filter_.node(index);
    if (node.kind == Kind::Compare) {
        leaves.push_back(index);
        return;
    }
    CHECK(node.kind == Kind::Or);
    for (const int32_t child : node.children) {
        const auto lead = assess(child);
        CHECK(lead);
        collect_leaves(lead->node, leaves);
    }
}

void QueryPlan::write_index_ids(SqlText& out, const Node& node) const {
    const auto id = parse_uuid(node.key);
    const Value id_or_null = id ? Value(*id) : Value(std::monostate());
    switch (index_of(node)) {
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
