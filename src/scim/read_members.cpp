#include <unordered_set>

#include "base/text.h"
#include "model/filter.h"
#include "scim/read_value.h"

namespace rollcall::scim {
namespace {

std::unexpected<Error> invalid(const Place& place, std::string_view fault) {
    return failure(ErrorKind::InvalidValue, place.text() + " " + std::string(fault) + ".");
}

// The text of a member's sub-attribute; empty when it is unassigned.
Result<std::string_view> text_of(const json::object& member, std::string_view name, const Place& place) {
    const json::value* given = find_ignoring_case(member, name);
    if (!given || is_nothing(*given)) return std::string_view();
    const json::string* text = given->if_string();
    if (!text)
        return failure(ErrorKind::InvalidValue, place.text() + "." + std::string(name) + " must be a text.");
    return std::string_view(*text);
}

// The id by which an element names a member; empty for an element that names none (null, {}).
Result<std::string> member_id(const json::value& element, const Place& place, const ReadOptions& options) {
    if (is_nothing(element)) return std::string();
    if (const json::string* text = element.if_string()) {
        if (options.leniency.allows(Tolerance::BareMembers)) return std::string(*text);
    }
    const json::object* member = element.if_object();
    if (!member) return invalid(place, "must be an object with the value of a member");
    const std::string_view value = TRY(text_of(*member, "value", place));
    const std::string_view reference = TRY(text_of(*member, "$ref", place));
    if (value.empty() && reference.empty()) return invalid(place, "must have a value: the id of the member");
    const std::string key = reference.empty() ? std::string() : resource_reference_key(reference);
    if (key.empty()) {
        if (value.empty())
            return invalid(place, "must have a value, or a $ref that ends in the id of the member");
        return std::string(value);
    }
    std::string id = key.substr(key.find('/') + 1);
    if (!value.empty() && ascii_lower(value) != id)
        return invalid(place, "has a value and a $ref that name different resources");
    return id;
}

struct IdHash {
    size_t operator()(const ResourceId& id) const { return std::hash<ResourceId>()(id); }
};

}  // namespace

Result<MemberList> read_members(const json::value& input, const std::string& path,
                                const ReadOptions& options) {
    MemberList result;
    if (is_nothing(input)) return result;
    const json::array* list = input.if_array();
    if (!list && !options.leniency.allows(Tolerance::LoneValueForList)) {
        return invalid(Place{path}, "must be a list");
    }
    const size_t count = list ? list->size() : 1;
    if (count > options.limits.members_per_request_max) {
        return invalid(Place{path}, "has more members than one request may name");
    }
    std::unordered_set<ResourceId, IdHash> seen;
    result.members.reserve(count);
    for (size_t i = 0; i < count; ++i) {
        const Place place{path, list ? static_cast<ptrdiff_t>(i) : -1};
        if (list && (*list)[i].is_array()) return invalid(place, "must not be a list");  // AMB-69
        const std::string text = TRY(member_id(list ? (*list)[i] : input, place, options));
        if (text.empty()) continue;
        const auto id = parse_reference(text);
        if (!id) {
            ++result.unknown;
        } else if (seen.insert(*id).second) {
            result.members.push_back(*id);
        }
    }
    return result;
}

}  // namespace rollcall::scim
