#include "store/sqlite/query.h"

#include "store/sqlite/query_filter.h"
#include "store/sqlite/query_plan.h"

namespace rollcall::store::sqlite {

QueryWriter::QueryWriter(TenantId tenant, const Query& query, int64_t most_hidden)
    : tenant_(tenant), query_(query), most_hidden_(most_hidden), catalogue_(query.catalogue) {
    if (catalogue_ == nullptr) {
        standard_ = Catalogue::standard();
        catalogue_ = standard_.get();
    }
}

QueryScope QueryWriter::scope_of(const ResourceType& type) const {
    return {&type, catalogue_, &query_.base_url, most_hidden_};
}

SqlText QueryWriter::matches(const TypeFilter& type) const {
    SqlText out;
    out.keep(Value(tenant_.value));
    const auto scope = scope_of(*type.type);
    ValueWriter values(out, scope);
    out << "SELECT r.seq, r.id ";
    write_matching(out, values, scope, type);
    if (is_in_order_of_ids(type)) out << " ORDER BY r.id";
    return out;
}

bool QueryWriter::is_in_order_of_ids(const TypeFilter& type) const {
    if (type.filter == nullptr) return true;
    const auto scope = scope_of(*type.type);
    const QueryPlan plan(scope, *type.filter);
    const auto lead = plan.lead();
    return !lead || !plan.is_of_column(*lead);
}

SqlText QueryWriter::count(const TypeFilter& type) const {
    SqlText out;
    out.keep(Value(tenant_.value));
    const auto scope = scope_of(*type.type);
    ValueWriter values(out, scope);
    out << "SELECT count(*) ";
    write_matching(out, values, scope, type);
    return out;
}

SqlText QueryWriter::page_of_all(const ResourceType& type, int64_t offset, int64_t limit) const {
    SqlText out;
    out.keep(Value(tenant_.value));
    out << "SELECT r.seq FROM resource r INDEXED BY resource_by_id WHERE r.tenant_id = ?1 AND r.type = "
        << Value(type.name) << " AND r.hidden <= " << Value(most_hidden_) << " ORDER BY r.id LIMIT "
        << Value(limit) << " OFFSET " << Value(offset);
    return out;
}

void QueryWriter::write_matching(SqlText& out, ValueWriter& values, const QueryScope& scope,
                                 const TypeFilter& type) const {
    out << "FROM resource r ";
    if (type.filter == nullptr) {
        out << "INDEXED BY resource_by_id WHERE r.tenant_id = ?1 AND r.type = " << Value(scope.type->name)
            << " AND r.hidden <= " << Value(most_hidden_);
        return;
    }
    const QueryPlan plan(scope, *type.filter);
    const auto lead = plan.lead();
    if (lead && plan.write_column_lead(out, *lead)) {
        out << " AND r.type = " << Value(scope.type->name);
    } else {
        out << "INDEXED BY resource_by_id WHERE r.tenant_id = ?1 AND r.type = " << Value(scope.type->name);
        if (lead) {
            out << " AND r.id IN (";
            plan.write_ids(out, *lead);
            out << ")";
        }
    }
    out << " AND r.hidden <= " << Value(most_hidden_);
    const std::set<int32_t> satisfied = lead ? lead->satisfied : std::set<int32_t>();
    out << " AND ";
    FilterWriter(out, values, scope, *type.filter, satisfied).write();
}

// ------------------------------------------------------------------------------------------------ sorting

bool QueryWriter::is_by_user_name() const {
    // Those that were removed have no name any more; only who sees what is hidden sees them.
    if (query_.types.size() != 1 || !query_.sort_paths[0] || most_hidden_ > 0) return false;
    const auto& path = *query_.sort_paths[0];
    // Rows without a name are not in the index.
    return place_of(*query_.types[0].type, path).source == Source::UserName && path.attribute->required;
}

SqlText QueryWriter::sort_values() const {
    SqlText out;
    out.keep(Value(tenant_.value));
    write_sorted_matches(out);
    return out;
}

bool QueryWriter::is_sorted_by_index() const {
    return order() != Order::None && query_.types[0].filter == nullptr;
}

SqlText QueryWriter::sorted_page(int64_t offset, int64_t limit) const {
    SqlText out = along_index(order(), nullptr, query_.descending ? Direction::Down : Direction::Up);
    out << " LIMIT " << Value(limit) << " OFFSET " << Value(offset);
    return out;
}

bool QueryWriter::is_sorted_by_names() const {
    return order() == Order::UserName && query_.types[0].filter == nullptr;
}

SqlText QueryWriter::name_before(int64_t offset) const {
    SqlText out;
    out.keep(Value(tenant_.value));
    out << "SELECT r.user_name_key FROM resource r INDEXED BY resource_by_user_name WHERE r.tenant_id = ?1 "
           "AND r.user_name_key IS NOT NULL AND r.seq NOT IN (SELECT x.seq FROM resource x INDEXED BY "
           "resource_by_id WHERE x.tenant_id = ?1 AND (x.type <> "
        << Value(query_.types[0].type->name) << " OR x.hidden > " << Value(most_hidden_)
        << ")) ORDER BY r.user_name_key" << (query_.descending ? Sql(" DESC") : Sql("")) << " LIMIT 1 OFFSET "
        << Value(offset - 1);
    return out;
}

void QueryWriter::write_sorted_matches(SqlText& out) const {
    for (size_t i = 0; i < query_.types.size(); ++i) {
        const auto& type = query_.types[i];
        const auto scope = scope_of(*type.type);
        ValueWriter values(out, scope);
        if (i > 0) out << " UNION ALL ";
        out << "SELECT r.seq AS seq, r.id AS id, ";
        write_sort_value(out, values, scope, query_.sort_paths[i]);
        out << " AS v, r.type AS type ";
        write_matching(out, values, scope, type);
    }
}

void QueryWriter::write_sort_value(SqlText& out, ValueWriter& values, const QueryScope& scope,
                                   const std::optional<AttributePath>& path) const {
    if (!path) {
        out << "NULL";
        return;
    }
    const Attribute& attribute = *path->attribute;
    const Attribute* sub = path->sub_attribute;
    if (sub == nullptr && attribute.is_complex()) sub = attribute.find("value");
    const Attribute& target = sub ? *sub : attribute;
    // The single value at `at`, or the chosen one of several (a sub-attribute may be multi-valued too).
    const auto write_part = [&](const Place& at) {
        if (sub == nullptr || !sub->multi_valued) {
            values.write_key(at, target, Comparison::Order);
            return;
        }
        const Elements parts = values.elements_of(at);
        out << "(SELECT ";
        values.write_key(parts.element, target, Comparison::Order);
        values.write_from(parts);
        out << " ORDER BY ";
        values.write_element_order(parts, target);
        out << " LIMIT 1)";
    };
    const Place place = place_of(*scope.type, *path);
    if (!attribute.multi_valued) {
        write_part(sub ? place.part(*sub) : place);
        return;
    }
    const Elements elements = values.elements_of(place);
    out << "(";
    values.write_with(elements);
    out << "SELECT ";
    write_part(sub ? elements.element.part(*sub) : elements.element);
    values.write_from(elements);
    out << " ORDER BY ";
    values.write_element_order(elements, attribute);
    out << " LIMIT 1)";
}

}  // namespace rollcall::store::sqlite
