#include "directory/rules.h"
#include "model/same_value.h"

namespace rollcall::directory {
namespace {

const json::object* object_at(const json::object& attributes, const std::string& name) {
    const json::value* value = attributes.if_contains(name);
    return value != nullptr ? value->if_object() : nullptr;
}

Result<void> check(const Schema& schema, const Schema* extension, const json::object* before,
                   const json::object* after) {
    if (before == nullptr) return {};
    for (const auto& attribute : schema.attributes) {
        const auto* now = after != nullptr ? after->if_contains(attribute.name) : nullptr;
        const auto* changed = changed_immutable(attribute, before->if_contains(attribute.name), now);
        if (changed == nullptr) continue;
        const AttributePath path{extension, &attribute, changed == &attribute ? nullptr : changed};
        return failure(ErrorKind::Mutability,
                       path.text() +
                           " is immutable and has a value already; send the same value "
                           "or leave it out.");
    }
    return {};
}

}  // namespace

Result<void> immutable_attributes(const Change& change, Context&) {
    if (change.before == nullptr || change.after == nullptr) return {};
    const auto& type = *change.after->type;
    const auto& before = change.before->attributes;
    const auto& after = change.after->attributes;
    TRY_VOID(check(*type.schema, nullptr, &before, &after));
    for (const auto& extension : type.extensions) {
        const Schema& schema = *extension.schema;
        TRY_VOID(check(schema, &schema, object_at(before, schema.id), object_at(after, schema.id)));
    }
    return {};
}

}  // namespace rollcall::directory
