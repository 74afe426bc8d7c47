#include <algorithm>
#include <stdexcept>

#include "store/memory/tenant.h"

namespace rollcall::store::memory {
namespace {

bool has_groups(const ResourceType& type) {
    const Attribute* groups = type.schema->find("groups");
    return groups != nullptr && groups->computed;
}

bool has_members(const ResourceType& type) {
    return std::ranges::any_of(type.schema->attributes,
                               [](const Attribute& attribute) { return attribute.stored_as_rows; });
}

struct Match {
    const ResourceRow* row;
    SortValue value;
};

// In a sorted list, ascending.
bool comes_before(const Match& a, const Match& b) {
    const int order = compare_sort_values(a.value, b.value);
    return order != 0 ? order < 0 : a.row->id < b.row->id;
}

size_t index_of_type(const Query& query, std::string_view name) {
    const auto found = std::ranges::find_if(
        query.types, [&](const TypeFilter& candidate) { return candidate.type->name == name; });
    return static_cast<size_t>(found - query.types.begin());
}

// <0, 0, >0: where a row is, seen from a position, in the order of the query.
int compare_with(const Query& query, const Match& match, const Position& position) {
    const auto by_id = [&] { return match.row->id < position.id ? -1 : position.id < match.row->id ? 1 : 0; };
    if (query.sorted) {
        int order = compare_sort_values(match.value, position.value);
        if (order == 0) order = by_id();
        return query.descending ? -order : order;
    }
    const size_t type = index_of_type(query, match.row->type);
    const size_t wanted = index_of_type(query, position.type);
    if (type != wanted) return type < wanted ? -1 : 1;
    return by_id();
}

struct Window {
    size_t begin = 0;
    size_t end = 0;
    bool more = false;
};

// `matching` is in order.
Window window_of(const Query& query, const std::vector<Match>& matching) {
    const size_t all = matching.size();
    const auto limit = static_cast<size_t>(std::max<int64_t>(query.limit, 0));
    Window window;
    if (query.start == Query::Start::Offset) {
        window.begin = std::min(all, static_cast<size_t>(std::max<int64_t>(query.offset, 0)));
        window.end = window.begin + std::min(limit, all - window.begin);
        return window;
    }
    const bool is_before = query.start == Query::Start::Before;
    window.begin = 0;
    window.end = all;
    if (query.position) {
        const auto is_behind = [&](const Match& match) {
            const int order = compare_with(query, match, *query.position);
            return is_before ? order < 0 : order <= 0;
        };
        const auto edge = std::ranges::partition_point(matching, is_behind);
        (is_before ? window.end : window.begin) = static_cast<size_t>(edge - matching.begin());
    }
    window.more = limit > 0 && window.end - window.begin > limit;
    if (limit == 0) window.end = window.begin;
    if (window.more && is_before) window.begin = window.end - limit;
    if (window.more && !is_before) window.end = window.begin + limit;
    return window;
}

}  // namespace

Result<Page> MemoryTenant::query(const Query& query) {
    if (query.sorted && query.sort_paths.size() != query.types.size()) {
        throw std::logic_error("a sorted query names a path for each type");
    }
    const auto standard = query.catalogue ? nullptr : Catalogue::standard();
    const Catalogue& catalogue = query.catalogue ? *query.catalogue : *standard;
    const auto represent = [&](const ResourceRow& row, const ResourceType& type) {
        std::vector<ShownGroup> groups;
        std::vector<ShownMember> shown_members;
        std::optional<MemberRow> manager_row;
        Shown shown{&catalogue,        &type,       row.id,        row.document, row.created,
                    row.last_modified, row.version, query.base_url};
        if (has_groups(type)) {
            groups = groups_of(row.id);
            shown.groups = &groups;
        }
        if (has_members(type)) {
            members(row.id, [&](const MemberRow& member) { shown_members.push_back(member); });
            shown.members = &shown_members;
        }
        if (const auto manager = ResourceId::parse(row.manager)) {
            shown.has_manager = true;
            manager_row = find_any(*manager);
            if (manager_row) shown.manager_display = manager_row->display;
        }
        return complete_representation(shown);
    };

    std::vector<Match> matching;
    for (size_t i = 0; i < query.types.size(); ++i) {
        const auto& [type, filter] = query.types[i];
        const auto rows = data().resources.find(type->name);
        if (rows == data().resources.end()) continue;
        for (const auto& [id, row] : rows->second) {
            if (!is_seen(&row)) continue;
            const auto shown = represent(row, *type);
            if (filter != nullptr && !matches(*filter, shown)) continue;
            Match match{&row, {}};
            if (query.sorted && query.sort_paths[i]) match.value = sort_value(*query.sort_paths[i], shown);
            matching.push_back(std::move(match));
        }
    }
    if (query.sorted) {
        std::ranges::sort(matching, [&](const Match& a, const Match& b) {
            return query.descending ? comes_before(b, a) : comes_before(a, b);
        });
    }
    Page page;
    page.total = static_cast<int64_t>(matching.size());
    const auto window = window_of(query, matching);
    for (size_t i = window.begin; i < window.end; ++i) {
        page.add(view_of(*matching[i].row));
    }
    page.more = window.more;
    if (query.start == Query::Start::Offset) return page;
    for (size_t i = window.begin; i < window.end; ++i) {
        page.positions.push_back({matching[i].row->type, matching[i].value, matching[i].row->id});
    }
    return page;
}

}  // namespace rollcall::store::memory
