#include "model/same_value.h"

#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "model/filter.h"

namespace rollcall {
namespace {

bool is_ascii(std::string_view text) {
    for (char c : text) {
        if (static_cast<unsigned char>(c) >= 0x80) return false;
    }
    return true;
}

bool same_text(const Attribute& attribute, std::string_view a, std::string_view b) {
    if (a == b) return true;
    // Folding is only paid for where it can matter.
    if (attribute.type == AttributeType::String) {
        if (attribute.case_exact) return false;
        if (is_ascii(a) && is_ascii(b)) return equals_ignoring_case(a, b);
    }
    return equality_key(attribute, a) == equality_key(attribute, b);
}

bool same_lists(const Attribute& attribute, const json::array& a, const json::array& b) {
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); ++i) {
        if (!same_value(attribute, a[i], b[i])) return false;
    }
    return true;
}

bool same_parts(const Attribute& attribute, const json::object& a, const json::object& b) {
    for (const Attribute& sub : attribute.sub_attributes) {
        const json::value* left = a.if_contains(sub.name);
        const json::value* right = b.if_contains(sub.name);
        if (sub.name == "primary" && is_false(left) && is_false(right)) continue;
        if ((left == nullptr) != (right == nullptr)) return false;
        if (left && !same_value(sub, *left, *right)) return false;
    }
    return true;
}

void append_key(const Attribute& attribute, const json::value& value, std::string& out) {
    out += value_identity(attribute, value);
    out += '\0';
}

const Attribute* changed_part(const Attribute& attribute, const json::object& before,
                              const json::object& after) {
    for (const Attribute& sub : attribute.sub_attributes) {
        const Attribute* changed =
            changed_immutable(sub, before.if_contains(sub.name), after.if_contains(sub.name));
        if (changed) return changed;
    }
    return nullptr;
}

const Attribute* changed_element(const Attribute& attribute, const json::array& before,
                                 const json::array& after) {
    std::unordered_map<std::string, const json::object*> by_identity;
    for (const json::value& element : before) {
        if (element.is_object())
            by_identity.emplace(element_identity(attribute, element), &element.get_object());
    }
    for (const json::value& element : after) {
        if (!element.is_object()) continue;
        const auto earlier = by_identity.find(element_identity(attribute, element));
        if (earlier == by_identity.end()) continue;
        const Attribute* changed = changed_part(attribute, *earlier->second, element.get_object());
        if (changed) return changed;
    }
    return nullptr;
}

}  // namespace

bool is_false(const json::value* value) {
    return value == nullptr || value->is_null() || (value->is_bool() && !value->get_bool());
}

bool same_value(const Attribute& attribute, const json::value& a, const json::value& b) {
    if (a.is_array() && b.is_array()) return same_lists(attribute, a.get_array(), b.get_array());
    if (a.is_object() && b.is_object()) return same_parts(attribute, a.get_object(), b.get_object());
    if (a.is_string() && b.is_string()) return same_text(attribute, a.get_string(), b.get_string());
    return a == b;
}

std::string value_identity(const Attribute& attribute, const json::value& value) {
    if (const json::string* text = value.if_string()) return equality_key(attribute, *text);
    return to_json(value);
}

std::string element_identity(const Attribute& attribute, const json::value& element) {
    std::string out;
    const json::object* object = element.if_object();
    if (!object) {
        append_key(attribute, element, out);
        return out;
    }
    const Attribute* value = attribute.find("value");
    const json::value* own = value ? object->if_contains(value->name) : nullptr;
    if (own) {
        out = "v";
        append_key(*value, *own, out);
        const Attribute* type = attribute.find("type");
        if (const json::value* kind = type ? object->if_contains(type->name) : nullptr)
            append_key(*type, *kind, out);
        return out;
    }
    out = "p";
    for (const Attribute& sub : attribute.sub_attributes) {
        const json::value* part = object->if_contains(sub.name);
        if (!part || (sub.name == "primary" && is_false(part))) continue;
        out += sub.name;
        out += '=';
        append_key(sub, *part, out);
    }
    return out;
}

bool holds_immutable(const Attribute& attribute) {
    return attribute.mutability == Mutability::Immutable ||
           std::ranges::any_of(attribute.sub_attributes, holds_immutable);
}

const Attribute* changed_immutable(const Attribute& attribute, const json::value* before,
                                   const json::value* after) {
    if (before == nullptr || is_unassigned(*before)) return nullptr;
    const bool is_gone = after == nullptr || is_unassigned(*after);
    if (attribute.mutability == Mutability::Immutable) {
        return is_gone || !same_value(attribute, *before, *after) ? &attribute : nullptr;
    }
    if (!holds_immutable(attribute)) return nullptr;
    if (is_gone) return nullptr;
    if (before->is_object() && after->is_object()) {
        return changed_part(attribute, before->get_object(), after->get_object());
    }
    if (before->is_array() && after->is_array()) {
        return changed_element(attribute, before->get_array(), after->get_array());
    }
    return nullptr;
}

}  // namespace rollcall
