#include "store/verify_resource.h"

#include <algorithm>

#include "model/required.h"
#include "model/resource.h"
#include "store/indexed_values.h"

namespace rollcall::store {
namespace {

std::string text_member(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string manager_in(const ResourceType& type, const json::object& attributes) {
    for (const auto& extension : type.extensions) {
        const auto* container = attributes.if_contains(extension.schema->id);
        const auto* object = container ? container->if_object() : nullptr;
        const auto* manager = object ? object->if_contains("manager") : nullptr;
        if (manager != nullptr && manager->is_object()) return text_member(manager->get_object(), "value");
    }
    return {};
}

// 0 false, 1 true, 2 not said: see the column.
int64_t active_in(const json::object& attributes) {
    const auto* value = attributes.if_contains("active");
    if (value == nullptr || !value->is_bool()) return 2;
    return value->get_bool() ? 1 : 0;
}

bool contains(const std::vector<IndexedValue>& values, const IndexedValue& value, bool unique) {
    return std::ranges::any_of(values, [&](const IndexedValue& other) {
        return other.unique == unique && other.attribute == value.attribute && other.key == value.key;
    });
}

// One that was deleted softly has given back what is unique, and schemas change without it.
bool is_removed(const ResourceRow& row) {
    return row.hidden && row.user_name_key.empty();
}

void check_values(const StoredResource& stored, const ResourceType& type, const json::object& attributes,
                  const Policy* policy, std::vector<std::string_view>& broken) {
    const auto by_policy = [&](const AttributePath& path) { return policy != nullptr && is_unique_by(*policy, path); };
    for (const auto& value : simple_values(type, attributes, by_policy)) {
        if (!contains(stored.indexed, value, true)) broken.push_back("unique_value.by_policy");
    }
    for (const auto& value : simple_values(type, attributes, is_indexed)) {
        if (!contains(stored.indexed, value, false)) broken.push_back("value_index.complete");
    }
    for (const auto& value : simple_values(type, attributes, is_unique)) {
        if (!contains(stored.indexed, value, true)) broken.push_back("unique_value.complete");
    }
    const auto all = simple_values(type, attributes, [](const AttributePath&) { return true; });
    for (const auto& value : stored.indexed) {
        if (!contains(all, value, false)) {
            broken.push_back(value.unique ? "unique_value.in_document" : "value_index.in_document");
        }
    }
}

}  // namespace

std::vector<std::string_view> broken_invariants(const StoredResource& stored, const Catalogue& catalogue,
                                                const Policy* policy) {
    const auto& row = stored.row;
    std::vector<std::string_view> broken;
    if (row.version < 1) broken.push_back("resource.version");
    if (row.last_modified < row.created) broken.push_back("resource.times");
    const ResourceType* type = catalogue.find_type(row.type);
    if (type == nullptr) {
        broken.push_back("resource.type_known");
        return broken;
    }
    boost::system::error_code error;
    const auto document = json::parse(row.document, error);
    if (error || !document.is_object()) {
        broken.push_back("document.well_formed");
        return broken;
    }
    const auto& shown = document.get_object();
    if (text_member(shown, "id") != row.id.text()) broken.push_back("document.id");
    if (!shown.contains("schemas")) broken.push_back("document.schemas");
    if (!row.document.ends_with('}')) broken.push_back("document.form");
    const auto attributes = attributes_of_document(row.document);
    const Attribute* user_name = type->schema->find("userName");
    const auto name = user_name ? text_member(attributes, user_name->name) : std::string();
    const auto key = name.empty() ? std::string() : comparison_key(*user_name, name);
    if (key != row.user_name_key && !is_removed(row)) broken.push_back("resource.user_name_key");
    if (text_member(attributes, "externalId") != row.external_id) broken.push_back("resource.external_id");
    if (display_of(*type, attributes) != row.display) broken.push_back("resource.display");
    if (manager_in(*type, attributes) != row.manager) broken.push_back("resource.manager");
    if (active_in(attributes) != stored.active_column) broken.push_back("resource.active");
    if (!check_required(*type, attributes)) broken.push_back("resource.required_attributes");
    if (!is_removed(row)) check_values(stored, *type, attributes, policy, broken);
    return broken;
}

}  // namespace rollcall::store
