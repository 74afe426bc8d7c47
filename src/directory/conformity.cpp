#include <algorithm>

#include "directory/schemas.h"
#include "model/schema_reader.h"

namespace rollcall::directory {
namespace {

const Attribute* find_attribute(const std::vector<Attribute>& attributes, std::string_view name) {
    const auto found = std::ranges::find(attributes, name, &Attribute::name);
    return found == attributes.end() ? nullptr : &*found;
}

std::string misfit_in(const std::vector<Attribute>& before, const std::vector<Attribute>& after,
                      const json::object& values, const std::string& prefix);

// The sub-attributes of one element of a complex attribute.
std::string misfit_of_element(const Attribute& before, const Attribute& after, const json::value& element,
                              const std::string& name) {
    const auto* parts = element.if_object();
    if (parts == nullptr) return {};
    for (const auto& sub : after.sub_attributes) {
        const bool expected = sub.required && sub.mutability != Mutability::ReadOnly && !sub.computed;
        if (expected && !parts->contains(sub.name)) return name + "." + sub.name + " is required and missing";
    }
    return misfit_in(before.sub_attributes, after.sub_attributes, *parts, name + ".");
}

std::string misfit_of_value(const Attribute& before, const Attribute* after, const json::value& value,
                            const std::string& name) {
    if (after == nullptr) return name + " is in use and no longer defined";
    if (before.type != after->type) {
        return name + " is in use and changes from " + std::string(word_of(before.type)) + " to " +
               std::string(word_of(after->type));
    }
    if (before.multi_valued != after->multi_valued) {
        return name + " is in use and changes from " +
               (before.multi_valued ? "multi-valued to single" : "single to multi-valued");
    }
    if (!after->is_complex()) return {};
    const auto* list = value.if_array();
    if (list == nullptr) return misfit_of_element(before, *after, value, name);
    for (const auto& element : *list) {
        if (auto why = misfit_of_element(before, *after, element, name); !why.empty()) return why;
    }
    return {};
}

std::string misfit_in(const std::vector<Attribute>& before, const std::vector<Attribute>& after,
                      const json::object& values, const std::string& prefix) {
    for (const auto& member : values) {
        const Attribute* was = find_attribute(before, member.key());
        if (was == nullptr) continue;   // a common attribute or an extension
        const Attribute* is = find_attribute(after, member.key());
        if (auto why = misfit_of_value(*was, is, member.value(), prefix + was->name); !why.empty()) return why;
    }
    return {};
}

// Nothing that is stored, shown by default or looked up under `before` is different under `after`.
bool only_adds(const std::vector<Attribute>& before, const std::vector<Attribute>& after) {
    const bool keeps_all = std::ranges::all_of(before, [&](const Attribute& was) {
        const Attribute* is = find_attribute(after, was.name);
        return is != nullptr && was.type == is->type && was.multi_valued == is->multi_valued &&
               (was.required || !is->required) && was.case_exact == is->case_exact &&
               was.uniqueness == is->uniqueness && was.indexed == is->indexed &&
               was.returned == is->returned && was.preparation == is->preparation &&
               was.computed == is->computed && was.stored_as_rows == is->stored_as_rows &&
               only_adds(was.sub_attributes, is->sub_attributes);
    });
    return keeps_all && std::ranges::all_of(after, [&](const Attribute& is) {
               return !is.required || find_attribute(before, is.name) != nullptr;
           });
}

}  // namespace

std::string misfit(const ResourceType& before, const ResourceType& after, const json::object& attributes) {
    if (auto why = misfit_in(before.schema->attributes, after.schema->attributes, attributes, ""); !why.empty()) {
        return why;
    }
    for (const auto& was : before.extensions) {
        const auto* container = attributes.if_contains(was.schema->id);
        if (container == nullptr || !container->is_object()) continue;
        const auto* is = after.find_extension(was.schema->id);
        if (is == nullptr) return "the extension " + was.schema->id + " is in use and no longer there";
        if (is->schema->id != was.schema->id) return "the extension " + was.schema->id + " is spelled differently";
        auto why = misfit_in(was.schema->attributes, is->schema->attributes, container->get_object(),
                             was.schema->id + ":");
        if (!why.empty()) return why;
    }
    return {};
}

bool only_adds(const ResourceType& before, const ResourceType& after) {
    if (before.schema->id != after.schema->id) return false;
    if (!only_adds(before.schema->attributes, after.schema->attributes)) return false;
    for (const auto& was : before.extensions) {
        const auto* is = after.find_extension(was.schema->id);
        if (is == nullptr || is->schema->id != was.schema->id || (is->required && !was.required)) return false;
        if (!only_adds(was.schema->attributes, is->schema->attributes)) return false;
    }
    return std::ranges::all_of(after.extensions, [&](const SchemaExtension& is) {
        return !is.required || before.find_extension(is.schema->id) != nullptr;
    });
}

}  // namespace rollcall::directory
