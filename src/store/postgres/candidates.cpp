#include "store/postgres/candidates.h"

#include <algorithm>

#include "base/check.h"
#include "store/postgres/resource_rows.h"
#include "store/query_range.h"

namespace rollcall::store::postgres {
namespace {

using Node = CheckedFilter::Node;

Value id_in(const Node& node) {
    const auto id = parse_uuid(node.key);
    return id ? Value(*id) : Value(std::monostate());
}

}  // namespace

Candidates::Candidates(TenantId tenant, const TypeFilter& type, const Catalogue& catalogue, bool sees_hidden)
    : tenant_(tenant), type_(type), catalogue_(catalogue), sees_hidden_(sees_hidden) {
    if (type.filter != nullptr) lead_ = lead_of(*type.type, *type.filter);
    // There is no NUL in what is stored, nor may it be in a statement: such a filter is judged row by row.
    const auto has_nul = [&](int32_t leaf) {
        return type.filter->node(leaf).key.find('\0') != std::string::npos;
    };
    if (lead_ && std::ranges::any_of(leaves_of(*type.type, *type.filter, *lead_), has_nul)) lead_.reset();
    if (lead_) satisfied_ = lead_->satisfied;
    is_exact_ = type.filter == nullptr || satisfied_.contains(type.filter->root());
}

SqlText Candidates::begin() const {
    SqlText out('$');
    out.keep(Value(tenant_.value));
    return out;
}

void Candidates::write_where(SqlText& out) const {
    out << " FROM resource r WHERE r.tenant_id = $1 AND r.type = " << Value(type_.type->name);
    if (!sees_hidden_) out << " AND NOT r.hidden";
    if (lead_) write_lead(out);
}

void Candidates::write_window(SqlText& out, const Range& range) {
    if (range.limit >= 0) out << " LIMIT " << Value(range.limit);
    if (range.offset > 0) out << " OFFSET " << Value(range.offset);
}

void Candidates::write_rows(SqlText& out, const Range& range) const {
    out << "SELECT " ROLLCALL_SHOWN_COLUMNS;
    write_where(out);
    const bool is_up = range.direction == Direction::Up;
    if (range.from && is_up) out << " AND r.id > " << Value(range.from->bytes);
    if (range.from && !is_up) out << " AND r.id < " << Value(range.from->bytes);
    if (is_up)
        out << " ORDER BY r.id";
    else
        out << " ORDER BY r.id DESC";
    write_window(out, range);
}

SqlText Candidates::rows(const Range& range) const {
    SqlText out = begin();
    write_rows(out, range);
    return out;
}

SqlText Candidates::count() const {
    SqlText out = begin();
    out << "SELECT count(*)";
    write_where(out);
    return out;
}

SqlText Candidates::rows_by(Column column, const Range& range, const std::optional<Value>& from) const {
    const bool is_up = range.direction == Direction::Up;
    const bool is_name = column == Column::UserName;
    SqlText out = begin();
    out << "SELECT " ROLLCALL_SHOWN_COLUMNS ", ";
    if (is_name)
        out << "r.user_name_key";
    else
        out << "r.last_modified";
    write_where(out);
    if (is_name) out << " AND r.user_name_key IS NOT NULL";
    if (from && range.from) {
        if (is_name)
            out << " AND (r.user_name_key, r.id) ";
        else
            out << " AND (r.last_modified, r.id) ";
        if (is_up)
            out << "> (";
        else
            out << "< (";
        out << *from << ", " << Value(range.from->bytes) << ")";
    }
    if (is_name && is_up) out << " ORDER BY r.user_name_key, r.id";
    if (is_name && !is_up) out << " ORDER BY r.user_name_key DESC, r.id DESC";
    if (!is_name && is_up) out << " ORDER BY r.last_modified, r.id";
    if (!is_name && !is_up) out << " ORDER BY r.last_modified DESC, r.id DESC";
    write_window(out, range);
    return out;
}

// ------------------------------------------------------------------------------------------------ leads

void Candidates::write_lead(SqlText& out) const {
    const auto leaves = leaves_of(*type_.type, *type_.filter, *lead_);
    out << " AND ";
    if (leaves.size() == 1 && write_column(out, type_.filter->node(leaves.front()))) return;
    out << "r.id IN (";
    for (size_t i = 0; i < leaves.size(); ++i) {
        if (i > 0) out << " UNION ALL ";
        out << "(";
        write_ids(out, type_.filter->node(leaves[i]));
        out << ")";
    }
    out << ")";
}

bool Candidates::write_column(SqlText& out, const Node& node) const {
    switch (index_of(*type_.type, node)) {
        case Index::Id:
            out << "r.id = " << id_in(node);
            return true;
        case Index::UserName:
            out << "r.user_name_key ";
            write_name_range(out, node);
            return true;
        case Index::ExternalId:
            out << "r.external_id = " << Value(node.key);
            return true;
        case Index::LastModified:
            out << "r.last_modified";
            write_instant_comparison(out, node);
            return true;
        default:
            return false;
    }
}

void Candidates::write_ids(SqlText& out, const Node& node) const {
    switch (index_of(*type_.type, node)) {
        case Index::Id:
            out << "SELECT " << id_in(node);
            return;
        case Index::UserName:
            out << "SELECT r.id FROM resource r WHERE r.tenant_id = $1 AND r.user_name_key ";
            write_name_range(out, node);
            return;
        case Index::ExternalId:
            out << "SELECT r.id FROM resource r WHERE r.tenant_id = $1 AND r.external_id = "
                << Value(node.key);
            return;
        case Index::ValueIndex:
            out << "SELECT v.resource_id FROM value_index v WHERE v.tenant_id = $1 AND v.attribute = "
                << Value(node.path.text()) << " AND v.key = " << Value(node.key);
            return;
        case Index::UniqueValue:
            out << "SELECT v.resource_id FROM unique_value v WHERE v.tenant_id = $1 AND v.type = "
                << Value(type_.type->name) << " AND v.attribute = " << Value(node.path.text())
                << " AND v.key = " << Value(node.key);
            return;
        case Index::Member:
            out << "SELECT m.group_id FROM membership m WHERE m.tenant_id = $1 AND m.member_id = "
                << id_in(node);
            if (!sees_hidden_) out << " AND NOT m.hidden";
            return;
        case Index::Group:
            return write_members_below(out, id_in(node));
        case Index::LastModified:
        case Index::None:
            CHECK(false);
    }
}

// Down from the group; only members that can have members are followed, the others are the answer.
void Candidates::write_members_below(SqlText& out, const Value& group) const {
    out << "WITH RECURSIVE down (id) AS (SELECT " << group
        << " UNION SELECT m.member_id FROM down JOIN membership m ON m.tenant_id = $1 AND m.group_id = "
           "down.id "
           "AND m.member_type <> 'User' AND m.member_type IN (''";
    for (const auto& type : catalogue_.types()) {
        if (type->name != "User" && type->attribute_in_rows() != nullptr) out << ", " << Value(type->name);
    }
    out << ")) SELECT m.member_id FROM down JOIN membership m ON m.tenant_id = $1 AND m.group_id = down.id "
           "AND m.member_type = "
        << Value(type_.type->name);
}

}  // namespace rollcall::store::postgres
