#include "scim/projection.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "scim/elements.h"

namespace rollcall::scim {
namespace {

bool is_never_returned(const Attribute& attribute) {
    return attribute.returned == Returned::Never || attribute.mutability == Mutability::WriteOnly;
}

bool is_hidden_by_default(const Attribute& attribute) {
    // The password is hashed beside the document and cannot be in a representation.
    if (attribute.name == "password" && attribute.mutability == Mutability::WriteOnly) return false;
    if (is_never_returned(attribute) || attribute.returned == Returned::Request) return true;
    for (const Attribute& sub : attribute.sub_attributes) {
        if (is_hidden_by_default(sub)) return true;
    }
    return false;
}

bool hides_something(const Schema& schema) {
    for (const Attribute& attribute : schema.attributes) {
        if (is_hidden_by_default(attribute)) return true;
    }
    return false;
}

bool holds(const std::vector<const Attribute*>& attributes, const Attribute& attribute) {
    for (const Attribute* each : attributes) {
        if (each == &attribute) return true;
    }
    return false;
}

// A name as sent; a value filter in it chooses nothing here (Microsoft's collection sends emails[type eq
// "work"]).
std::string without_filter(std::string_view name) {
    const size_t open = name.find('[');
    const size_t close = name.rfind(']');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open)
        return std::string(name);
    return std::string(name.substr(0, open)) + std::string(name.substr(close + 1));
}

std::vector<AttributePath> resolve_known(const ResourceType& type, const std::vector<std::string>& names,
                                         bool& has_name) {
    std::vector<AttributePath> paths;
    for (const std::string& name : names) {
        const std::string_view trimmed = trim(name);
        if (trimmed.empty()) continue;
        has_name = true;
        const auto path = resolve_path(type, without_filter(trimmed));
        // Every resource of a page is measured against these: a name given a thousand times counts once.
        if (path && std::ranges::find(paths, *path) == paths.end()) paths.push_back(*path);
    }
    return paths;
}

}  // namespace

Result<Projection> Projection::create(const ResourceType& type, const std::vector<std::string>& only,
                                      const std::vector<std::string>& except) {
    bool has_only = false;
    bool has_except = false;
    std::vector<AttributePath> only_paths = resolve_known(type, only, has_only);
    std::vector<AttributePath> except_paths = resolve_known(type, except, has_except);
    if (has_only && has_except) {
        return failure(ErrorKind::InvalidValue,
                       "attributes and excludedAttributes exclude each other; send one.");
    }
    Projection projection;
    projection.type_ = &type;
    projection.hides_ = hides_something(*type.schema);
    for (const SchemaExtension& extension : type.extensions) {
        projection.hides_ = projection.hides_ || hides_something(*extension.schema);
    }
    if (has_only) {
        projection.mode_ = Mode::Only;
        projection.named_ = std::move(only_paths);
    } else if (has_except) {
        projection.mode_ = Mode::Except;
        projection.named_ = std::move(except_paths);
    }
    return projection;
}

void Projection::add_requested(const std::vector<AttributePath>& paths) {
    requested_.insert(requested_.end(), paths.begin(), paths.end());
}

Projection::Wish Projection::wish_for(const std::vector<AttributePath>& paths, const Schema* extension,
                                      const Attribute& attribute) const {
    Wish wish;
    for (const AttributePath& path : paths) {
        if (path.extension != extension) continue;
        if (path.is_whole_extension()) {
            wish.whole = true;
        } else if (path.attribute == &attribute) {
            if (path.sub_attribute) {
                wish.parts.push_back(path.sub_attribute);
            } else {
                wish.whole = true;
            }
        }
    }
    return wish;
}

bool Projection::shows(const Schema* extension, const Attribute& attribute) const {
    if (is_never_returned(attribute)) return false;
    if (attribute.returned == Returned::Always) return true;
    const Wish named = wish_for(named_, extension, attribute);
    if (mode_ == Mode::Only) {
        // The bare URI of an extension stands for what the extension shows by itself.
        if (!named.parts.empty()) return true;
        if (attribute.returned == Returned::Default) return named.whole;
        for (const AttributePath& path : named_) {
            if (path.attribute == &attribute && path.extension == extension) return true;
        }
        return false;
    }
    if (mode_ == Mode::Except && named.whole) return false;
    if (attribute.returned == Returned::Default) return true;
    const Wish requested = wish_for(requested_, extension, attribute);
    return requested.whole || !requested.parts.empty();
}

bool Projection::shows_part(const Wish& named, const Wish& requested, const Attribute& attribute,
                            const Attribute& sub) const {
    if (is_never_returned(sub)) return false;
    if (sub.returned == Returned::Always) return true;
    const bool is_named = holds(named.parts, sub);
    if (mode_ == Mode::Only) {
        if (is_named) return true;
        const bool all_parts = named.whole || (attribute.returned == Returned::Always && named.parts.empty());
        return all_parts && sub.returned == Returned::Default;
    }
    if (mode_ == Mode::Except && is_named) return false;
    return sub.returned == Returned::Default || holds(requested.parts, sub);
}

json::value Projection::reduce(const Schema* extension, const Attribute& attribute,
                               const json::value& value) const {
    if (!attribute.is_complex()) return keep(value);
    const Wish named = wish_for(named_, extension, attribute);
    const Wish requested = wish_for(requested_, extension, attribute);
    const auto reduce_object = [&](const json::object& object) {
        json::object shown;
        for (const auto& [name, part] : object) {
            const Attribute* sub = attribute.find(name);
            if (sub && shows_part(named, requested, attribute, *sub)) shown.emplace(name, keep(part));
        }
        return shown;
    };
    if (const json::object* object = value.if_object()) {
        json::object shown = reduce_object(*object);
        return shown.empty() ? json::value() : json::value(std::move(shown));
    }
    const json::array* list = value.if_array();
    if (!list) return json::value();
    json::array shown;
    for (const json::value& element : *list) {
        const json::object* object = element.if_object();
        json::object parts = object ? reduce_object(*object) : json::object();
        if (!parts.empty()) shown.push_back(std::move(parts));
    }
    // An empty list that was there says "none" (members of an empty group); one that became empty says
    // nothing.
    return shown.empty() && !list->empty() ? json::value() : json::value(std::move(shown));
}

bool Projection::shows(std::string_view attribute_name) const {
    if (type_ == nullptr) return true;
    if (const Attribute* attribute = common_attributes().find(attribute_name))
        return shows(nullptr, *attribute);
    if (const Attribute* attribute = type_->schema->find(attribute_name)) return shows(nullptr, *attribute);
    for (const SchemaExtension& extension : type_->extensions) {
        const Attribute* attribute = extension.schema->find(attribute_name);
        if (attribute && shows(extension.schema, *attribute)) return true;
    }
    return false;
}

json::object Projection::apply(const json::object& representation) const {
    if (type_ == nullptr) return keep(representation);
    json::object result;
    const auto add = [&](const Schema* extension, const Attribute& attribute, const json::value& value,
                         json::object& into) {
        if (!shows(extension, attribute)) return;
        json::value shown = reduce(extension, attribute, value);
        if (!shown.is_null()) into.emplace(attribute.name, std::move(shown));
    };
    for (const auto& [name, value] : representation) {
        const Attribute* attribute = common_attributes().find(name);
        if (!attribute) attribute = type_->schema->find(name);
        if (attribute) {
            add(nullptr, *attribute, value, result);
            continue;
        }
        const SchemaExtension* extension = type_->find_extension(name);
        if (!extension || !value.is_object()) continue;
        json::object container;
        for (const auto& [part_name, part] : value.get_object()) {
            const Attribute* own = extension->schema->find(part_name);
            if (own) add(extension->schema, *own, part, container);
        }
        if (!container.empty()) result.emplace(extension->schema->id, std::move(container));
    }
    if (json::value* schemas = result.if_contains("schemas"); schemas && schemas->is_array()) {
        json::array uris;
        for (const json::value& uri : schemas->get_array()) {
            const bool is_hidden = uri.is_string() && type_->find_extension(uri.get_string()) &&
                                   !result.contains(uri.get_string());
            if (!is_hidden) uris.push_back(keep(uri));
        }
        *schemas = std::move(uris);
    }
    return result;
}

}  // namespace rollcall::scim
