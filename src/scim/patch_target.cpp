#include "scim/patch_target.h"

#include "scim/elements.h"

namespace rollcall::scim {

std::string Target::text() const {
    if (!parsed) return path.text();
    std::string out = AttributePath{path.extension, path.attribute, nullptr}.text() + "[...]";
    if (path.sub_attribute) out += "." + path.sub_attribute->name;
    return out;
}

Result<Target> resolve_target(const ResourceType& type, std::string_view text, const ReadOptions& options) {
    const auto invalid = [](std::string_view fault) {
        return failure(ErrorKind::InvalidPath, "path: " + std::string(fault));
    };
    auto parsed = parse_patch_path(text, options.limits);
    if (!parsed) return failure(parsed.error().kind, "path: " + parsed.error().detail);
    auto path = resolve_path(type, parsed->attribute);
    if (!path) return invalid(path.error().detail);
    Target target{*path};
    if (!parsed->filter) return target;
    if (!path->attribute || !path->attribute->multi_valued || path->sub_attribute) {
        return invalid("a value filter can only stand after a multi-valued attribute.");
    }
    if (!parsed->sub_attribute.empty()) {
        target.path.sub_attribute = path->attribute->find(parsed->sub_attribute);
        if (!target.path.sub_attribute) return invalid("the attribute has no such sub-attribute.");
    }
    const bool booleans_as_text = options.leniency.allows(Tolerance::RolesPrimaryText);
    auto filter = check_value_filter(*path, *parsed->filter, booleans_as_text);
    if (!filter) return failure(filter.error().kind, "path: " + filter.error().detail);
    target.filter = std::move(*filter);
    target.parsed = std::move(*parsed->filter);
    return target;
}

bool is_schemas(const AttributePath& path) {
    return path.attribute != nullptr && path.attribute == common_attributes().find("schemas");
}

const json::value& as_list(const json::value& value, json::value& holder) {
    if (value.is_array()) return value;
    json::array list;
    if (!value.is_null()) list.push_back(keep(value));
    holder = std::move(list);
    return holder;
}

}  // namespace rollcall::scim
