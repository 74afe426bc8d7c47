#include "scim/read_value.h"

#include "base/text.h"
#include "scim/elements.h"

namespace rollcall::scim {
namespace {

std::unexpected<Error> invalid(const Place& place, std::string_view fault) {
    return failure(ErrorKind::InvalidValue, place.text() + " " + std::string(fault) + ".");
}

Place at(const Place& place, const Attribute& sub) {
    return {place.base, place.index, &sub};
}

// In strict mode a name that no schema defines is refused; which one is not said back (it is input).
Result<void> refuse_unknown_names(const Attribute& attribute, const Place& place, const json::object& input,
                                  const ReadOptions& options) {
    if (options.leniency.allows(Tolerance::UnknownAttributes)) return {};
    for (const auto& [name, value] : input) {
        if (attribute.find(name)) continue;
        return failure(ErrorKind::InvalidSyntax,
                       place.text() + " holds a name that is no sub-attribute of " + attribute.name + ".");
    }
    return {};
}

// "User" names the endpoint "Users": how a reference says what it points at (S-TYPE-17).
bool points_at_another_type(const Attribute& reference, std::string_view key) {
    const std::string_view endpoint = key.substr(0, key.find('/'));
    if (endpoint != "Users" && endpoint != "Groups") return false;
    for (const std::string& type : reference.reference_types) {
        if (type == endpoint.substr(0, endpoint.size() - 1)) return false;
    }
    return true;
}

// A $ref that the server computes is read for what it says about `value`.
Result<void> complete_from_reference(const Attribute& attribute, const Place& place,
                                     const json::object& input, json::object& parts) {
    const Attribute* reference = attribute.find("$ref");
    const Attribute* value = attribute.find("value");
    if (!reference || !value || !reference->computed || !is_writable(*value)) return {};
    const json::value* given = find_ignoring_case(input, reference->name);
    if (!given || is_nothing(*given)) return {};
    const json::string* text = given->if_string();
    if (!text) return invalid(at(place, *reference), "must be a text");
    const std::string key = resource_reference_key(*text);
    json::value* own = parts.if_contains(value->name);
    if (key.empty()) {
        if (own) return {};
        return invalid(at(place, *reference), "must be the URI of a resource, or value must be given");
    }
    if (points_at_another_type(*reference, key)) {
        return invalid(at(place, *reference), "points at a resource of a type that is not allowed here");
    }
    const std::string_view id = std::string_view(key).substr(key.find('/') + 1);
    if (!own) {
        parts[value->name] = id;
    } else if (own->is_string() && std::string_view(own->get_string()) != id) {
        return invalid(at(place, *reference), "and value name two different resources");
    }
    return {};
}

Result<json::value> read_sub_attribute(const Attribute& parent, const Attribute& sub, const Place& place,
                                       const json::value& input, const ReadOptions& options) {
    if (!sub.multi_valued) return read_simple(&parent, sub, place, input, options);
    return read_value(sub, place.text(), input, options);
}

Result<json::value> read_list(const Attribute& attribute, const Place& place, const json::value& input,
                              const ReadOptions& options) {
    if (is_nothing(input)) return json::value();
    const json::array* list = input.if_array();
    if (!list && !options.leniency.allows(Tolerance::LoneValueForList))
        return invalid(place, "must be a list");
    const size_t count = list ? list->size() : 1;
    json::array elements;
    for (size_t i = 0; i < count; ++i) {
        const json::value& element = list ? (*list)[i] : input;
        const std::string path = list ? Place{place.text(), static_cast<ptrdiff_t>(i)}.text() : place.text();
        // AMB-69: null, "" and {} are elements without a value; a list is no element at all.
        if (list && element.is_array()) return invalid({path}, "must not be a list");
        json::value value = TRY(read_element(attribute, path, element, options));
        if (value.is_null()) continue;
        if (elements.size() == options.limits.values_per_attribute_max) {
            return invalid(place, "has more values than allowed");
        }
        elements.push_back(std::move(value));
    }
    collapse_duplicates(attribute, elements);
    if (count_primaries(elements) > 1) return invalid(place, "has more than one primary value");
    if (elements.empty()) return json::value();
    return json::value(std::move(elements));
}

}  // namespace

Result<json::object> read_parts(const Attribute& attribute, const Place& place, const json::object& input,
                                Completeness completeness, const ReadOptions& options) {
    TRY_VOID(refuse_unknown_names(attribute, place, input, options));
    json::object parts;
    for (const Attribute& sub : attribute.sub_attributes) {
        if (!is_writable(sub)) continue;
        const json::value* given = find_ignoring_case(input, sub.name);
        if (!given) continue;
        json::value value = TRY(read_sub_attribute(attribute, sub, at(place, sub), *given, options));
        if (!value.is_null()) parts.emplace(sub.name, std::move(value));
    }
    TRY_VOID(complete_from_reference(attribute, place, input, parts));
    if (parts.empty() || completeness == Completeness::Part) return parts;
    for (const Attribute& sub : attribute.sub_attributes) {
        if (sub.required && is_writable(sub) && !parts.contains(sub.name)) {
            return invalid(at(place, sub), "is required");
        }
    }
    return parts;
}

Result<std::optional<json::object>> read_singular_object(const Attribute& attribute, const Place& place,
                                                         const json::value& input,
                                                         const ReadOptions& options) {
    if (is_nothing(input)) return std::nullopt;
    if (const json::object* object = input.if_object()) return keep(*object);
    const Attribute* value = attribute.find("value");
    if (value && options.leniency.allows(Tolerance::ManagerAsText)) {
        const json::array* list = input.if_array();
        const json::value& only = list && list->size() == 1 ? list->front() : input;
        if (is_nothing(only) && !only.is_array()) return std::nullopt;
        if (const json::object* object = only.if_object()) return keep(*object);
        if (const json::string* text = only.if_string()) {
            json::object made;
            made.emplace(value->name, std::string_view(*text));
            return made;
        }
    }
    return invalid(place, "must be an object with sub-attributes");
}

Result<json::value> read_element(const Attribute& attribute, const std::string& path,
                                 const json::value& input, const ReadOptions& options) {
    const Place place{path};
    if (!attribute.is_complex()) {
        if (input.is_array() && !input.get_array().empty()) return invalid(place, "must not be a list");
        return read_simple(nullptr, attribute, place, input, options);
    }
    if (is_nothing(input)) return json::value();
    const json::object* object = input.if_object();
    if (!object) return invalid(place, "must be an object with sub-attributes");
    json::object parts = TRY(read_parts(attribute, place, *object, Completeness::Whole, options));
    if (parts.empty()) return json::value();
    return json::value(std::move(parts));
}

Result<json::value> read_value(const Attribute& attribute, const std::string& path, const json::value& input,
                               const ReadOptions& options) {
    const Place place{path};
    if (attribute.multi_valued) return read_list(attribute, place, input, options);
    if (!attribute.is_complex()) return read_simple(nullptr, attribute, place, input, options);
    const std::optional<json::object> object = TRY(read_singular_object(attribute, place, input, options));
    if (!object) return json::value();
    json::object parts = TRY(read_parts(attribute, place, *object, Completeness::Whole, options));
    if (parts.empty()) return json::value();
    return json::value(std::move(parts));
}

void note_requested(const AttributePath& path, const json::value& value,
                    std::vector<AttributePath>& requested) {
    if (path.target().returned == Returned::Request || path.attribute->returned == Returned::Request) {
        requested.push_back(path);
    }
    if (path.sub_attribute) return;
    for (const Attribute& sub : path.attribute->sub_attributes) {
        if (sub.returned != Returned::Request) continue;
        bool is_there = value.is_object() && value.get_object().contains(sub.name);
        if (const json::array* list = value.if_array()) {
            for (const json::value& element : *list) {
                is_there = is_there || (element.is_object() && element.get_object().contains(sub.name));
            }
        }
        if (is_there) requested.push_back({path.extension, path.attribute, &sub});
    }
}

}  // namespace rollcall::scim
