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

const Renderer::Wanted& Renderer::wanted(const ResourceType& type, const Projection* projection) {
    if (wanted_.type == &type && wanted_.projection == projection) return wanted_;
    const auto shows = [&](const Attribute* attribute) {
        return attribute != nullptr && (projection == nullptr || projection->shows(attribute->name));
    };
    wanted_ = {&type, projection, shows(computed_groups(type)), shows(type.attribute_in_rows())};
    return wanted_;
}

Shown Renderer::gather(const store::RowView& row, const ResourceType& type, const Projection* projection,
                       const std::vector<ShownGroup>* groups) {
    Shown shown{call_.catalogue.get(),
                &type,
                row.id,
                row.document,
                row.created,
                row.last_modified,
                row.version,
                call_.base_url};
    const Wanted& wanted = this->wanted(type, projection);
    if (wanted.groups) {
        if (groups == nullptr) groups_ = transaction_.groups_of(row.id);
        shown.groups = groups != nullptr ? groups : &groups_;
    }
    if (wanted.members) {
        members_.clear();
        transaction_.members(row.id, [&](const store::MemberRow& member) { members_.push_back(member); });
        shown.members = &members_;
    }
    if (row.manager) {
        shown.has_manager = true;
        shown.manager_display = display_of_manager(*row.manager);
    }
    return shown;
}

std::optional<std::string_view> Renderer::display_of_manager(ResourceId manager) {
    const auto [known, is_new] = managers_.try_emplace(manager);
    if (is_new) {
        if (auto row = transaction_.find_any(manager); row && row->type == "User")
            known->second = std::move(row->display);
    }
    return known->second;
}

std::vector<std::vector<ShownGroup>> Renderer::groups_of_page(const std::vector<store::RowView>& rows,
                                                              const ResourceType& type,
                                                              const Projection& projection) {
    if (!wanted(type, &projection).groups) return {};
    std::vector<ResourceId> ids;
    ids.reserve(rows.size());
    for (const auto& row : rows) ids.push_back(row.id);
    return transaction_.groups_of_each(ids);
}

void Renderer::append(const store::RowView& row, const ResourceType& type, const Projection& projection,
                      std::string& out, const std::vector<ShownGroup>* groups) {
    const Shown shown = gather(row, type, &projection, groups);
    if (projection.is_default() && row.plain) {
        append_representation(shown, out);
    } else {
        write_json(projection.apply(complete_representation(shown)), out);
    }
}

json::object Renderer::complete(const store::RowView& row, const ResourceType& type) {
    return complete_representation(gather(row, type, nullptr, nullptr));
}

}  // namespace rollcall::scim
