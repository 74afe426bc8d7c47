#include "model/filter.h"
#include "model/number_order.h"
#include "model/resource.h"

namespace rollcall {
namespace {

bool is_primary(const json::value& element) {
    const json::object* object = element.if_object();
    const json::value* primary = object ? object->if_contains("primary") : nullptr;
    return primary && primary->is_bool() && primary->as_bool();
}

// The primary element, else the first assigned one, else null.
const json::value* chosen_element(const json::value& value) {
    if (!value.is_array()) return &value;
    const json::value* first = nullptr;
    for (const json::value& element : value.as_array()) {
        if (is_unassigned(element)) continue;
        if (is_primary(element)) return &element;
        if (!first) first = &element;
    }
    return first;
}

SortValue sort_value_of(const Attribute& attribute, const json::value& value) {
    switch (attribute.type) {
        case AttributeType::Boolean: return value.is_bool() ? SortValue{value.as_bool()} : SortValue{};
        case AttributeType::Integer:
        case AttributeType::Decimal:
            if (value.is_int64()) return {value.as_int64()};
            if (value.is_double()) return {value.as_double()};
            return {};
        case AttributeType::Complex: return {};
        default: return value.is_string() ? SortValue{comparison_key(attribute, value.as_string())} : SortValue{};
    }
}

int64_t as_number(bool value) { return value ? 1 : 0; }
int64_t as_number(int64_t value) { return value; }
double as_number(double value) { return value; }

std::unexpected<Error> refuse(std::string detail) { return failure(ErrorKind::InvalidValue, std::move(detail)); }

}  // namespace

SortValue sort_value(const AttributePath& path, const json::object& representation) {
    const json::value* value = find_value(representation, {path.extension, path.attribute, nullptr});
    const json::value* element = value ? chosen_element(*value) : nullptr;
    if (!element) return {};
    const Attribute* sub = path.sub_attribute;
    if (!sub && path.attribute->is_complex()) sub = path.attribute->find("value");
    if (!sub) return sort_value_of(*path.attribute, *element);
    const json::object* object = element->if_object();
    const json::value* part = object ? object->if_contains(sub->name) : nullptr;
    if (!part || is_unassigned(*part)) return {};
    const json::value* chosen = chosen_element(*part);
    return chosen ? sort_value_of(*sub, *chosen) : SortValue{};
}

int compare_sort_values(const SortValue& a, const SortValue& b) {
    if (a.absent() || b.absent()) return static_cast<int>(a.absent()) - static_cast<int>(b.absent());
    return std::visit(
        []<class A, class B>(const A& left, const B& right) -> int {
            constexpr bool is_left_text = std::is_same_v<A, std::string>;
            constexpr bool is_right_text = std::is_same_v<B, std::string>;
            if constexpr (std::is_same_v<A, std::monostate> || std::is_same_v<B, std::monostate>) {
                return 0;
            } else if constexpr (is_left_text && is_right_text) {
                return left.compare(right);
            } else if constexpr (is_left_text || is_right_text) {
                return is_left_text ? 1 : -1;
            } else {
                return compare_numbers(as_number(left), as_number(right));
            }
        },
        a.value, b.value);
}

Result<AttributePath> resolve_sort_path(const ResourceType& type, std::string_view text) {
    Result<AttributePath> path = resolve_path(type, text);
    if (!path) return refuse("sortBy: " + path.error().detail);
    if (path->is_whole_extension()) return refuse("sortBy must name an attribute.");
    if (!path->sub_attribute && path->attribute->is_complex()) path->sub_attribute = path->attribute->find("value");
    if (path->target().is_complex()) {
        return refuse("sortBy: \"" + path->text() + "\" has parts; name one of them.");
    }
    if (path->attribute->returned == Returned::Never || path->target().returned == Returned::Never) {
        return refuse("sortBy: \"" + path->text() + "\" cannot be sorted by.");
    }
    return path;
}

}  // namespace rollcall
