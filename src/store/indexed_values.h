// What a document holds under the attributes that the schema wants to be found by: the ground truth that the
// index rows of a store are checked against.
#pragma once

#include <string>
#include <vector>

#include "model/policy.h"
#include "model/schema.h"
#include "store/store.h"

namespace rollcall::store {

// The simple values of every attribute and sub-attribute of the type for which `wanted` is true, as (attribute,
// key) with unique = false; in order and without repetition.
template <class Wanted>
std::vector<IndexedValue> simple_values(const ResourceType& type, const json::object& attributes,
                                      Wanted wanted) {
    std::vector<IndexedValue> values;
    const auto add_simple = [&](const AttributePath& path, const json::value& value) {
        if (value.is_structured()) return;
        std::string key = value.is_string() ? comparison_key(path.target(), value.get_string())
                                            : to_json(value);
        values.push_back({path.text(), std::move(key), false});
    };
    const auto add_element = [&](const AttributePath& path, const json::value& element) {
        if (path.sub_attribute == nullptr) {
            add_simple(path, element);
        } else if (const auto* object = element.if_object()) {
            if (const auto* part = object->if_contains(path.sub_attribute->name)) add_simple(path, *part);
        }
    };
    const auto add = [&](const AttributePath& path, const json::object& container) {
        if (!wanted(path)) return;
        const auto* value = container.if_contains(path.attribute->name);
        if (value == nullptr) return;
        if (const auto* array = value->if_array()) {
            for (const auto& element : *array) add_element(path, element);
        } else {
            add_element(path, *value);
        }
    };
    const auto add_schema = [&](const Schema* extension, const Schema& schema,
                                const json::object& container) {
        for (const auto& attribute : schema.attributes) {
            add({extension, &attribute, nullptr}, container);
            for (const auto& sub : attribute.sub_attributes) add({extension, &attribute, &sub}, container);
        }
    };
    add_schema(nullptr, common_attributes(), attributes);
    add_schema(nullptr, *type.schema, attributes);
    for (const auto& extension : type.extensions) {
        const auto* container = attributes.if_contains(extension.schema->id);
        if (container != nullptr && container->is_object()) {
            add_schema(extension.schema, *extension.schema, container->get_object());
        }
    }
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
}

// userName, externalId and id have columns that are their index.
inline bool has_column(const AttributePath& path) {
    return path.extension == nullptr && path.sub_attribute == nullptr &&
           (path.attribute->name == "userName" ||
            path.attribute == common_attributes().find(path.attribute->name));
}

// True for attributes whose values the schema wants to be found by, and to be unique.
inline bool is_indexed(const AttributePath& path) {
    return path.target().indexed && !has_column(path) && !path.attribute->computed;
}
inline bool is_unique(const AttributePath& path) {
    return path.target().uniqueness != Uniqueness::None && !has_column(path) && !path.attribute->computed;
}

// ... and for those that the policy of the tenant makes unique beside: names of groups (AMB-52), e-mail addresses
// (STD-07), external ids (AMB-51).
inline bool is_unique_by(const Policy& policy, const AttributePath& path) {
    if (path.extension != nullptr) return false;
    const auto& name = path.attribute->name;
    if (path.sub_attribute != nullptr) {
        return policy.unique_emails && name == "emails" && path.sub_attribute->name == "value";
    }
    if (policy.unique_group_names && name == "displayName" && path.attribute->required) return true;
    return policy.unique_external_ids && path.attribute == common_attributes().find("externalId");
}

}  // namespace rollcall::store
