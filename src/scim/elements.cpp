#include "scim/elements.h"

#include <algorithm>

namespace rollcall::scim {
namespace {

bool is_primary(const json::value& element) {
    const json::object* object = element.if_object();
    return object && !is_false(object->if_contains("primary"));
}

bool is_protected(const Attribute& sub) {
    return sub.computed || sub.mutability != Mutability::ReadWrite;
}

}  // namespace

bool has_parts(const Attribute& attribute, const json::object& element, const json::object& parts) {
    for (const auto& [name, part] : parts) {
        const Attribute* sub = attribute.find(name);
        if (!sub) continue;
        const json::value* present = element.if_contains(sub->name);
        if (sub->name == "primary" && is_false(&part) && is_false(present)) continue;
        if (!present || !same_value(*sub, *present, part)) return false;
    }
    return true;
}

ElementFinder::ElementFinder(const Attribute& attribute, const json::array& elements)
    : attribute_(attribute), value_(attribute.find("value")) {
    for (const json::value& element : elements) add(element);
}

void ElementFinder::add(const json::value& element) {
    by_identity_.emplace(element_identity(attribute_, element), value_keys_.size());
    value_keys_.push_back(value_key(element));
}

std::string ElementFinder::value_key(const json::value& element) const {
    const json::object* object = element.if_object();
    const json::value* value = object && value_ ? object->if_contains(value_->name) : nullptr;
    return value ? value_identity(*value_, *value) : std::string();
}

ptrdiff_t ElementFinder::find(const json::array& elements, const json::value& parts) const {
    const auto exact = by_identity_.find(element_identity(attribute_, parts));
    if (exact != by_identity_.end()) return static_cast<ptrdiff_t>(exact->second);
    const json::object* wanted = parts.if_object();
    if (!wanted) return -1;
    const std::string key = value_key(parts);
    for (size_t i = 0; i < elements.size(); ++i) {
        if (!key.empty() && value_keys_[i] != key) continue;
        const json::object* element = elements[i].if_object();
        if (element && has_parts(attribute_, *element, *wanted)) return static_cast<ptrdiff_t>(i);
    }
    return -1;
}

void overlay(json::object& element, const json::object& parts) {
    for (const auto& [name, part] : parts) {
        if (name == "primary" && is_false(&part) && !element.contains(name)) continue;
        element[name] = json::value(part, element.storage());
    }
}

void collapse_duplicates(const Attribute& attribute, json::array& elements) {
    if (elements.size() < 2) return;
    std::unordered_map<std::string, size_t> seen;
    json::array kept(elements.storage());
    kept.reserve(elements.size());
    for (json::value& element : elements) {
        const auto [place, is_new] = seen.emplace(element_identity(attribute, element), kept.size());
        if (is_new) {
            kept.push_back(std::move(element));
        } else if (json::object* earlier = kept[place->second].if_object()) {
            overlay(*earlier, element.as_object());
        } else {
            kept[place->second] = std::move(element);
        }
    }
    elements = std::move(kept);
}

size_t count_primaries(const json::array& elements) {
    size_t count = 0;
    for (const json::value& element : elements) count += is_primary(element) ? 1 : 0;
    return count;
}

void demote_other_primaries(json::array& elements, size_t kept) {
    for (size_t i = 0; i < elements.size(); ++i) {
        if (i != kept && is_primary(elements[i])) elements[i].get_object()["primary"] = false;
    }
}

void carry_protected_parts(const Attribute& attribute, const json::object& old, json::object& now) {
    for (const Attribute& sub : attribute.sub_attributes) {
        const json::value* before = old.if_contains(sub.name);
        if (!before || !is_protected(sub)) continue;
        const json::value* after = now.if_contains(sub.name);
        // The same value keeps its spelling; another one is judged by whoever judges the whole.
        const bool is_kept =
            sub.mutability == Mutability::Immutable && after && same_value(sub, *before, *after);
        if (!after || is_kept) now[sub.name] = json::value(*before, now.storage());
    }
}

void carry_protected_parts(const Attribute& attribute, const json::array& old, json::array& now) {
    if (std::ranges::none_of(attribute.sub_attributes, is_protected)) return;
    std::unordered_map<std::string, const json::object*> by_identity;
    for (const json::value& element : old) {
        if (element.is_object())
            by_identity.emplace(element_identity(attribute, element), &element.get_object());
    }
    for (json::value& element : now) {
        const auto before = by_identity.find(element_identity(attribute, element));
        if (before == by_identity.end() || !element.is_object()) continue;
        carry_protected_parts(attribute, *before->second, element.get_object());
        order_parts(attribute, element.get_object());
    }
}

void order_parts(const Attribute& attribute, json::object& value) {
    json::object ordered(value.storage());
    for (const Attribute& sub : attribute.sub_attributes) {
        if (json::value* part = value.if_contains(sub.name)) ordered.emplace(sub.name, std::move(*part));
    }
    value = std::move(ordered);
}

bool tidy_value(const Attribute& attribute, json::value& value) {
    if (json::array* list = value.if_array()) {
        json::array kept(list->storage());
        for (json::value& element : *list) {
            if (!element.is_array() && tidy_value(attribute, element)) kept.push_back(std::move(element));
        }
        *list = std::move(kept);
        return !list->empty();
    }
    if (json::object* object = value.if_object()) {
        json::object kept(object->storage());
        for (const Attribute& sub : attribute.sub_attributes) {
            json::value* part = object->if_contains(sub.name);
            if (part && tidy_value(sub, *part)) kept.emplace(sub.name, std::move(*part));
        }
        *object = std::move(kept);
        return !object->empty();
    }
    if (const json::string* text = value.if_string()) return !text->empty();
    return !value.is_null();
}

json::value keep(const json::value& value) {
    return json::value(value, json::storage_ptr());
}
json::object keep(const json::object& object) {
    return json::object(object, json::storage_ptr());
}

}  // namespace rollcall::scim
