#include "scim/render.h"

namespace rollcall::scim {
namespace {

// Which computed list a type has, if any: by its schema, not by its name.
const Attribute* computed_groups(const ResourceType& type) {
    const Attribute* groups = type.schema->find("groups");
    return groups != nullptr && groups->computed ? groups : nullptr;
}

}  // namespace

bool is_large(const ResourceType& type, const Projection& projection) {
    const Attribute* rows = type.attribute_in_rows();
    return rows != nullptr && projection.shows(rows->name);
}

Shown Renderer::gather(const store::ResourceRow& row, const ResourceType& type,
                       const Projection* projection) {
    Shown shown{call_.service->catalogue.get(),
                &type,
                row.id,
                row.document,
                row.created,
                row.last_modified,
                row.version,
                call_.base_url};
    const auto wanted = [&](const Attribute* attribute) {
        return attribute != nullptr && (projection == nullptr || projection->shows(attribute->name));
    };
    if (wanted(computed_groups(type))) {
        if (prefetched_) {
            const auto found = groups_by_id_.find(row.id);
            groups_ = found != groups_by_id_.end() ? found->second : std::vector<ShownGroup>();
        } else {
            groups_ = transaction_.groups_of(row.id);
        }
        shown.groups = &groups_;
    }
    if (wanted(type.attribute_in_rows())) {
        members_.clear();
        transaction_.members(row.id, [&](const store::MemberRow& member) { members_.push_back(member); });
        shown.members = &members_;
    }
    if (!row.manager.empty()) {
        shown.has_manager = true;
        shown.manager_display = display_of_manager(row.manager);
    }
    return shown;
}

std::optional<std::string> Renderer::display_of_manager(const std::string& manager) {
    if (const auto known = managers_.find(manager); known != managers_.end()) return known->second;
    std::optional<std::string> display;
    if (const auto id = ResourceId::parse(manager)) {
        if (auto row = transaction_.find_any(*id); row && row->type == "User")
            display = std::move(row->display);
    }
    managers_.emplace(manager, display);
    return display;
}

void Renderer::prefetch(const std::vector<store::ResourceRow>& rows, const ResourceType& type,
                        const Projection& projection) {
    const Attribute* groups = computed_groups(type);
    if (groups == nullptr || !projection.shows(groups->name)) return;
    std::vector<ResourceId> ids;
    ids.reserve(rows.size());
    for (const auto& row : rows) ids.push_back(row.id);
    auto all = transaction_.groups_of_each(ids);
    for (size_t i = 0; i < ids.size(); ++i) {
        if (!all[i].empty()) groups_by_id_.emplace(ids[i], std::move(all[i]));
    }
    prefetched_ = true;
}

void Renderer::append(const store::ResourceRow& row, const ResourceType& type, const Projection& projection,
                      std::string& out) {
    const Shown shown = gather(row, type, &projection);
    if (projection.is_default() && row.plain) {
        append_representation(shown, out);
    } else {
        write_json(projection.apply(complete_representation(shown)), out);
    }
}

json::object Renderer::complete(const store::ResourceRow& row, const ResourceType& type) {
    return complete_representation(gather(row, type, nullptr));
}

}  // namespace rollcall::scim
