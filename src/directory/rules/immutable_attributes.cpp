#include "directory/rules.h"

namespace rollcall::directory {
namespace {

const json::value* member(const json::object* object, std::string_view name) {
    if (object == nullptr) return nullptr;
    const auto* value = object->if_contains(name);
    return value != nullptr && !is_unassigned(*value) ? value : nullptr;
}

const json::object* object_of(const json::value* value) {
    return value != nullptr && value->is_object() ? &value->get_object() : nullptr;
}

Result<void> check(const std::vector<Attribute>& attributes, const json::object* before,
                   const json::object* after, const std::string& prefix) {
    for (const auto& attribute : attributes) {
        const auto* was = member(before, attribute.name);
        if (was == nullptr) continue;
        const auto* is = member(after, attribute.name);
        if (attribute.mutability == Mutability::Immutable && (is == nullptr || *is != *was)) {
            return failure(ErrorKind::Mutability,
                           "The attribute " + prefix + attribute.name +
                               " is immutable: once set it cannot be changed or removed.");
        }
        // Elements of multi-valued attributes come and go as wholes; only singular complex values keep their
        // identity.
        if (attribute.is_complex() && !attribute.multi_valued && is != nullptr) {
            TRY_VOID(check(attribute.sub_attributes, object_of(was), object_of(is),
                           prefix + attribute.name + "."));
        }
    }
    return {};
}

}  // namespace

Result<void> immutable_attributes(const Change& change, Context&) {
    if (change.before == nullptr || change.after == nullptr) return {};
    const auto& type = *change.after->type;
    TRY_VOID(check(type.schema->attributes, &change.before->attributes, &change.after->attributes, ""));
    for (const auto& extension : type.extensions) {
        TRY_VOID(check(
            extension.schema->attributes, object_of(member(&change.before->attributes, extension.schema->id)),
            object_of(member(&change.after->attributes, extension.schema->id)), extension.schema->id + ":"));
    }
    return {};
}

}  // namespace rollcall::directory
