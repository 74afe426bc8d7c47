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
            if (const auto found = find_any(*manager)) shown.manager_display = found->display;
        }
        return complete_representation(shown);
    };

    std::vector<Match> matching;
    for (size_t i = 0; i < query.types.size(); ++i) {
        const auto& [type, filter] = query.types[i];
        const auto rows = data().resources.find(type->name);
        if (rows == data().resources.end()) continue;
        for (const auto& [id, row] : rows->second) {
            const auto shown = represent(row, *type);
            if (filter != nullptr && !matches(*filter, shown)) continue;
            Match match{&row, {}};
            if (query.sorted && query.sort_paths[i]) match.value = sort_value(*query.sort_paths[i], shown);
            matching.push_back(std::move(match));
        }
    }
    if (query.sorted) {
        std::ranges::sort(matching, [&](const Match& a, const Match& b) {
            const int order = compare_sort_values(a.value, b.value);
            if (order != 0) return query.descending ? order > 0 : order < 0;
            return a.row->id < b.row->id;
        });
    }
    Page page;
    page.total = static_cast<int64_t>(matching.size());
    for (int64_t i = std::max<int64_t>(query.offset, 0); i < page.total; ++i) {
        if (static_cast<int64_t>(page.rows.size()) >= query.limit) break;
        page.rows.push_back(*matching[static_cast<size_t>(i)].row);
        page.rows.back().indexed.clear();
    }
    return page;
}

}  // namespace rollcall::store::memory
