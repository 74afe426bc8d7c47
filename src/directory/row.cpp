#include "base/text.h"
#include "directory/directory.h"
#include "directory/members.h"
#include "store/indexed_values.h"

namespace rollcall::directory {
namespace {

// Attributes with a column of their own, which is their index.
bool has_column(const AttributePath& path) {
    return path.extension == nullptr && path.sub_attribute == nullptr &&
           (path.attribute->name == "userName" || path.attribute->name == "externalId");
}

void add_index_values(const AttributePath& path, const json::value& value, bool unique,
                      std::vector<store::IndexedValue>& out) {
    const Attribute& target = path.target();
    const auto add = [&](const json::value& simple) {
        std::string key;
        if (simple.is_string()) {
            key = comparison_key(target, simple.get_string());
        } else {
            key = to_json(simple);
        }
        out.push_back({path.text(), std::move(key), unique});
    };
    const auto add_element = [&](const json::value& element) {
        if (path.sub_attribute == nullptr) {
            add(element);
        } else if (element.is_object()) {
            if (const auto* sub = element.get_object().if_contains(path.sub_attribute->name)) add(*sub);
        }
    };
    if (value.is_array()) {
        for (const auto& element : value.get_array()) add_element(element);
    } else {
        add_element(value);
    }
}

bool is_unique(const Attribute& attribute) {
    return attribute.uniqueness != Uniqueness::None;
}

void collect(const Schema* extension, const std::vector<Attribute>& attributes, const json::object& values,
             const Policy& policy, std::vector<store::IndexedValue>& out) {
    for (const auto& attribute : attributes) {
        const auto* value = values.if_contains(attribute.name);
        if (value == nullptr || attribute.computed) continue;
        const AttributePath path{extension, &attribute, nullptr};
        if (!has_column(path)) {
            const bool unique = is_unique(attribute) || store::is_unique_by(policy, path);
            if (attribute.indexed) add_index_values(path, *value, false, out);
            if (unique) add_index_values(path, *value, true, out);
        }
        for (const auto& sub : attribute.sub_attributes) {
            const AttributePath sub_path{extension, &attribute, &sub};
            const bool unique = is_unique(sub) || store::is_unique_by(policy, sub_path);
            if (sub.indexed) add_index_values(sub_path, *value, false, out);
            if (unique) add_index_values(sub_path, *value, true, out);
        }
    }
}

std::string text_member(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

// The enterprise manager's id, when there is one: shown with what is known of that resource.
std::string manager_of(const ResourceType& type, const json::object& attributes) {
    for (const auto& extension : type.extensions) {
        const Attribute* manager = extension.schema->find("manager");
        if (manager == nullptr || !manager->is_complex()) continue;
        const auto* container = attributes.if_contains(extension.schema->id);
        if (container == nullptr || !container->is_object()) continue;
        const auto* value = container->get_object().if_contains("manager");
        if (value != nullptr && value->is_object()) return text_member(value->get_object(), "value");
    }
    return {};
}

bool hides_something(const std::vector<Attribute>& attributes, const json::object& values) {
    for (const auto& attribute : attributes) {
        const auto* value = values.if_contains(attribute.name);
        if (value == nullptr) continue;
        if (attribute.returned == Returned::Request || attribute.returned == Returned::Never) return true;
        for (const auto& sub : attribute.sub_attributes) {
            if (sub.returned == Returned::Request || sub.returned == Returned::Never) return true;
        }
    }
    return false;
}

std::string user_name_key(const ResourceType& type, const json::object& attributes) {
    const Attribute* user_name = type.schema->find("userName");
    if (user_name == nullptr) return {};
    const auto text = text_member(attributes, user_name->name);
    return text.empty() ? std::string() : comparison_key(*user_name, text);
}

// The values that are looked up, in any order and perhaps repeated.
std::vector<store::IndexedValue> indexed_values(const ResourceType& type, const json::object& attributes,
                                                const Policy& policy) {
    std::vector<store::IndexedValue> values;
    collect(nullptr, type.schema->attributes, attributes, policy, values);
    for (const auto& extension : type.extensions) {
        const auto* container = attributes.if_contains(extension.schema->id);
        if (container == nullptr || !container->is_object()) continue;
        collect(extension.schema, extension.schema->attributes, container->get_object(), policy, values);
    }
    const auto external_id = text_member(attributes, "externalId");
    if (policy.unique_external_ids && !external_id.empty())
        values.push_back({"externalId", external_id, true});
    return values;
}

}  // namespace

Resource resource_of(const store::ResourceRow& row, const ResourceType& type) {
    Resource resource;
    resource.type = &type;
    resource.id = row.id;
    resource.attributes = attributes_of_document(row.document);
    resource.created = row.created;
    resource.last_modified = row.last_modified;
    resource.version = row.version;
    return resource;
}

store::Claims claims_of(const ResourceType& type, const json::object& attributes, const Policy& policy) {
    store::Claims claims{type.name, user_name_key(type, attributes),
                         indexed_values(type, attributes, policy)};
    std::erase_if(claims.values, [](const store::IndexedValue& value) { return !value.unique; });
    return claims;
}

store::ResourceRow row_of(const Resource& resource, const Policy& policy) {
    const auto& type = *resource.type;
    store::ResourceRow row;
    row.type = type.name;
    row.id = resource.id;
    row.document = make_document(type, resource.id, resource.attributes);
    row.user_name_key = user_name_key(type, resource.attributes);
    row.external_id = text_member(resource.attributes, "externalId");
    row.display = display_of(type, resource.attributes);
    const auto* active = resource.attributes.if_contains("active");
    if (active != nullptr && active->is_bool()) row.active = active->get_bool();
    row.created = resource.created;
    row.last_modified = resource.last_modified;
    row.version = resource.version;
    row.manager = manager_of(type, resource.attributes);
    row.plain = !hides_something(type.schema->attributes, resource.attributes);
    row.indexed = indexed_values(type, resource.attributes, policy);
    for (const auto& extension : type.extensions) {
        const auto* container = resource.attributes.if_contains(extension.schema->id);
        if (container == nullptr || !container->is_object()) continue;
        if (hides_something(extension.schema->attributes, container->get_object())) row.plain = false;
    }
    if (resource.member && resource.member->removed_at) {
        row.user_name_key.clear();
        std::erase_if(row.indexed, [](const store::IndexedValue& value) { return value.unique; });
    }
    row.hidden = resource.member && is_hidden(*resource.member, policy);
    std::sort(row.indexed.begin(), row.indexed.end());
    row.indexed.erase(std::unique(row.indexed.begin(), row.indexed.end()), row.indexed.end());
    return row;
}

Error not_found(const ResourceType& type) {
    return {ErrorKind::NotFound, "There is no " + type.name + " with this id."};
}

}  // namespace rollcall::directory
