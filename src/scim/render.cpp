#include "scim/render.h"

namespace rollcall::scim {
namespace {

// Which computed list a type has, if any: by its schema, not by its name.
const Attribute* computed_groups(const ResourceType& type) {
    const Attribute* groups = type.schema->find("groups");
    return groups != nullptr && groups->computed ? groups : nullptr;
}

const Attribute* row_members(const ResourceType& type) {
    const Attribute* members = type.schema->find("members");
    return members != nullptr && members->stored_as_rows ? members : nullptr;
}

}  // namespace

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
        groups_ = transaction_.groups_of(row.id);
        shown.groups = &groups_;
    }
    if (wanted(row_members(type))) {
        members_.clear();
        transaction_.members(row.id, [&](const store::MemberRow& member) { members_.push_back(member); });
        shown.members = &members_;
    }
    if (!row.manager.empty()) {
        shown.has_manager = true;
        if (const auto id = ResourceId::parse(row.manager)) {
            if (auto manager = transaction_.find_any(*id); manager && manager->type == "User") {
                shown.manager_display = std::move(manager->display);
            }
        }
    }
    return shown;
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
