// Statements of pages that begin at a place in the order (RFC 9865): conditions on keys instead of rows to
// skip.
#include "store/sqlite/query.h"
#include "store/sqlite/query_filter.h"
#include "store/sqlite/query_plan.h"

namespace rollcall::store::sqlite {
namespace {

Value value_of(const SortValue& value) {
    return std::visit(
        []<class T>(const T& known) -> Value {
            if constexpr (std::is_same_v<T, bool>)
                return int64_t{known};
            else
                return known;
        },
        value.value);
}

// The rows beyond a place among pairs of v and id, where v may be NULL and then comes last going up.
void write_beyond(SqlText& out, const Position& from, QueryWriter::Direction direction) {
    const bool is_up = direction == QueryWriter::Direction::Up;
    const Value id(from.id.bytes);
    if (from.value.absent()) {
        if (is_up)
            out << "v IS NULL AND id > " << id;
        else
            out << "(v IS NOT NULL OR id < " << id << ")";
        return;
    }
    const Value value = value_of(from.value);
    if (is_up) {
        out << "(v IS NULL OR v > " << value << " OR (v = " << value << " AND id > " << id << "))";
    } else {
        out << "(v < " << value << " OR (v = " << value << " AND id < " << id << "))";
    }
}

}  // namespace

SqlText QueryWriter::matches_beyond(const TypeFilter& type, const ResourceId* from, Direction direction,
                                    int64_t limit) const {
    SqlText out;
    out.keep(Value(tenant_.value));
    const auto scope = scope_of(*type.type);
    ValueWriter values(out, scope);
    out << "SELECT r.seq, r.id ";
    write_matching(out, values, scope, type);
    if (direction == Direction::Up) {
        if (from != nullptr) out << " AND r.id > " << Value(from->bytes);
        out << " ORDER BY r.id LIMIT " << Value(limit);
    } else {
        if (from != nullptr) out << " AND r.id < " << Value(from->bytes);
        out << " ORDER BY r.id DESC LIMIT " << Value(limit);
    }
    return out;
}

QueryWriter::Order QueryWriter::order() const {
    if (query_.types.size() != 1 || !query_.sort_paths[0]) return Order::None;
    const auto& type = query_.types[0];
    const auto& path = *query_.sort_paths[0];
    const auto scope = scope_of(*type.type);
    const auto lead = type.filter ? QueryPlan(scope, *type.filter).lead() : std::nullopt;
    const bool is_of_time =
        place_of(*type.type, path).source == Source::Meta && path.target().name == "lastModified";
    // The same index serves a range of times, and the range bounds it.
    if (is_of_time && (!lead || lead->is_range_of_times)) return Order::LastModified;
    return is_by_user_name() && !lead ? Order::UserName : Order::None;
}

SqlText QueryWriter::along_index(Order order, const Position* from, Direction direction) const {
    const bool is_up = direction == Direction::Up;
    SqlText out;
    out.keep(Value(tenant_.value));
    const auto& type = query_.types[0];
    const auto scope = scope_of(*type.type);
    ValueWriter values(out, scope);
    if (order == Order::UserName) {
        out << "SELECT r.seq, r.id, r.user_name_key, r.type FROM resource r INDEXED BY resource_by_user_name "
               "WHERE r.tenant_id = ?1 AND r.user_name_key IS NOT NULL";
    } else {
        out << "SELECT r.seq, r.id, r.last_modified, r.type FROM resource r "
               "INDEXED BY resource_by_last_modified WHERE r.tenant_id = ?1";
    }
    out << " AND r.type = " << Value(type.type->name) << " AND r.hidden <= " << Value(most_hidden_);
    if (type.filter != nullptr) {
        out << " AND ";
        FilterWriter(out, values, scope, *type.filter, {}).write();
    }
    const Sql beyond = is_up ? Sql("> ") : Sql("< ");
    if (order == Order::UserName) {
        if (from != nullptr) out << " AND r.user_name_key " << beyond << value_of(from->value);
        out << (is_up ? Sql(" ORDER BY r.user_name_key") : Sql(" ORDER BY r.user_name_key DESC"));
    } else {
        if (from != nullptr)
            out << " AND (r.last_modified, r.id) " << beyond << "(" << value_of(from->value) << ", "
                << Value(from->id.bytes) << ")";
        out << (is_up ? Sql(" ORDER BY r.last_modified, r.id")
                      : Sql(" ORDER BY r.last_modified DESC, r.id DESC"));
    }
    return out;
}

SqlText QueryWriter::sorted_beyond(const Position* from, Direction direction, int64_t limit) const {
    const auto followed = order();
    if (followed != Order::None) {
        SqlText along = along_index(followed, from, direction);
        along << " LIMIT " << Value(limit);
        return along;
    }
    SqlText out;
    out.keep(Value(tenant_.value));
    out << "SELECT seq, id, v, type FROM (";
    write_sorted_matches(out);
    // A limit, even none, keeps SQLite from working out v again for each time it is named outside.
    out << " LIMIT -1)";
    if (from != nullptr) {
        out << " WHERE ";
        write_beyond(out, *from, direction);
    }
    if (direction == Direction::Up)
        out << " ORDER BY v IS NULL, v, id LIMIT " << Value(limit);
    else
        out << " ORDER BY v IS NULL DESC, v DESC, id DESC LIMIT " << Value(limit);
    return out;
}

}  // namespace rollcall::store::sqlite
