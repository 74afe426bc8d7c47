#include "model/resource.h"

#include "base/text.h"

namespace rollcall {

const json::value* find_value(const json::object& attributes, const AttributePath& path) {
    const json::object* container = &attributes;
    if (path.extension) {
        const json::value* extension = attributes.if_contains(path.extension->id);
        if (!extension || is_unassigned(*extension)) return nullptr;
        if (path.is_whole_extension()) return extension;
        container = extension->if_object();
        if (!container) return nullptr;
    }
    const json::value* value = container->if_contains(path.attribute->name);
    if (value && path.sub_attribute && !path.attribute->multi_valued) {
        const json::object* object = value->if_object();
        value = object ? object->if_contains(path.sub_attribute->name) : nullptr;
    }
    return value && !is_unassigned(*value) ? value : nullptr;
}

// Recursion is bounded by the depth limit of every JSON text.
std::optional<ResourceId> parse_reference(std::string_view text) {
    return ResourceId::parse(ascii_lower(text));
}

bool is_unassigned(const json::value& value) {
    switch (value.kind()) {
        case json::kind::null: return true;
        case json::kind::string: return value.get_string().empty();
        case json::kind::array: return std::ranges::all_of(value.get_array(), is_unassigned);
        case json::kind::object:
            return std::ranges::all_of(value.get_object(),
                                       [](const auto& member) { return is_unassigned(member.value()); });
        default: return false;
    }
}

std::string display_of(const ResourceType& type, const json::object& attributes) {
    for (const std::string_view name : {"displayName", "name.formatted", "userName"}) {
        const Result<AttributePath> path = resolve_path(type, name);
        if (!path) continue;
        const json::value* value = find_value(attributes, *path);
        if (value && value->is_string()) return std::string(value->as_string());
    }
    return {};
}

}  // namespace rollcall
