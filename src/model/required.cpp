#include "model/required.h"

#include "model/resource.h"

namespace rollcall {
namespace {

Result<void> check_container(const std::vector<Attribute>& attributes, const json::object& values,
                             const std::string& prefix) {
    for (const auto& attribute : attributes) {
        if (!attribute.required || attribute.mutability == Mutability::ReadOnly || attribute.stored_as_rows ||
            attribute.computed || attribute.mutability == Mutability::WriteOnly) {
            continue;
        }
        // Common attributes that a file lists again are the server's own business.
        if (prefix.empty() && common_attributes().find(attribute.name) != nullptr) continue;
        const auto* value = values.if_contains(attribute.name);
        if (value == nullptr || is_unassigned(*value)) {
            return failure(ErrorKind::InvalidValue,
                           "The required attribute " + prefix + attribute.name + " is missing.");
        }
    }
    return {};
}

}  // namespace

Result<void> check_required(const ResourceType& type, const json::object& attributes) {
    TRY_VOID(check_container(type.schema->attributes, attributes, ""));
    for (const auto& extension : type.extensions) {
        const auto* container = attributes.if_contains(extension.schema->id);
        const bool present = container != nullptr && container->is_object() && !is_unassigned(*container);
        if (!present) {
            if (!extension.required) continue;
            return failure(ErrorKind::InvalidValue, "The extension " + extension.schema->id +
                                                        " is required for " + type.name + " and is missing.");
        }
        TRY_VOID(check_container(extension.schema->attributes, container->get_object(),
                                 extension.schema->id + ":"));
    }
    return {};
}

}  // namespace rollcall
