// The one filter that names many and can be answered from counters: all users of a group without groups in it
// (P-FILT-46). Its page is a range of membership rows, which stand in the order of ids.
#include "store/sqlite/query.h"
#include "store/sqlite/tenant_transaction.h"

namespace rollcall::store::sqlite {
namespace {

constexpr std::string_view kUser = "User";

// The id in a filter that is `groups.value eq "ID"`, `groups eq "ID"` or `groups[value eq "ID"]` and no more.
std::optional<ResourceId> group_in(const TypeFilter& type) {
    if (type.filter == nullptr || type.type->name != kUser) return std::nullopt;
    const auto* node = &type.filter->node(type.filter->root());
    if (node->kind == CheckedFilter::Kind::ValuePath) node = &type.filter->node(node->children.front());
    if (node->kind != CheckedFilter::Kind::Compare || node->op != CompareOperator::Eq) return std::nullopt;
    if (place_of(*type.type, node->path).source != Source::Groups) return std::nullopt;
    if (node->path.sub_attribute == nullptr || node->path.sub_attribute->name != "value") return std::nullopt;
    return ResourceId::parse(node->key);
}

}  // namespace

std::optional<SqliteTenant::FlatGroup> SqliteTenant::flat_group(const Query& query) {
    if (query.types.size() != 1 || query.sorted || query.types.front().type->attribute_in_rows())
        return std::nullopt;
    const auto group = group_in(query.types.front());
    if (!group) return std::nullopt;
    FlatGroup flat{*group, member_count(*group)};
    Rows rows = connection_.run(
        "SELECT member_type, count(*) FROM membership INDEXED BY membership_nested WHERE tenant_id = ?1 AND "
        "group_id = ?2 AND member_type <> 'User' AND hidden <= ?3 GROUP BY member_type",
        id_, *group, most_hidden_);
    const auto standard = query.catalogue ? nullptr : Catalogue::standard();
    const Catalogue& catalogue = query.catalogue ? *query.catalogue : *standard;
    while (rows.next()) {
        const auto* type = catalogue.find_type(rows.text(0));
        if (type == nullptr || type->attribute_in_rows()) return std::nullopt;
        flat.users -= rows.integer(1);
    }
    return flat;
}

std::vector<SqliteTenant::Found> SqliteTenant::seek_members(const FlatGroup& flat, const Query& query,
                                                            int64_t wanted) {
    const ResourceId from = query.position ? query.position->id : ResourceId{};
    // The smallest id is nobody's.
    const bool is_from_end = query.start == Query::Start::Before && !query.position;
    const int64_t offset = query.start == Query::Start::Offset ? std::max<int64_t>(query.offset, 0) : 0;
    std::vector<Found> found;
    const auto take = [&](Rows rows) {
        while (rows.next())
            found.push_back({rows.integer(0), {std::string(kUser), {}, rows.id<ResourceId>(1)}});
    };
// With `hidden` of both sides the planner sees that the id alone leads.
#define ROLLCALL_USERS_OF_GROUP                                                                             \
    "SELECT r.seq, r.id FROM membership m CROSS JOIN resource r ON r.tenant_id = ?1 AND r.type = 'User' "   \
    "AND r.id = m.member_id AND r.hidden = m.hidden WHERE m.tenant_id = ?1 AND m.group_id = ?2 AND "        \
    "m.member_type = 'User' AND m.hidden <= ?3 AND "
    if (query.start == Query::Start::Before) {
        take(connection_.run(ROLLCALL_USERS_OF_GROUP
                             "(?4 OR m.member_id < ?5) ORDER BY m.member_id DESC LIMIT ?6",
                             id_, flat.group, most_hidden_, is_from_end, from, wanted));
        return found;
    }
    // Skipped rows are counted in the memberships alone, without looking at the users.
    ResourceId after = from;
    if (offset > 0) {
        Rows edge = connection_.run(
            "SELECT member_id FROM membership WHERE tenant_id = ?1 AND group_id = ?2 AND member_type = "
            "'User' "
            "AND hidden <= ?4 ORDER BY member_id LIMIT 1 OFFSET ?3",
            id_, flat.group, offset - 1, most_hidden_);
        if (!edge.next()) return found;
        after = edge.id<ResourceId>(0);
    }
    take(connection_.run(ROLLCALL_USERS_OF_GROUP "m.member_id > ?4 ORDER BY m.member_id LIMIT ?5", id_,
                         flat.group, most_hidden_, after, wanted));
#undef ROLLCALL_USERS_OF_GROUP
    return found;
}

}  // namespace rollcall::store::sqlite
