#include <unordered_set>

#include "directory/roles.h"
#include "directory/rules.h"

namespace rollcall::directory {
namespace {

const json::array* list_in(const Resource* resource, std::string_view name) {
    const auto* value = resource != nullptr ? resource->attributes.if_contains(name) : nullptr;
    return value != nullptr ? value->if_array() : nullptr;
}

std::string_view value_of(const json::value& element) {
    const auto* object = element.if_object();
    const auto* value = object != nullptr ? object->if_contains("value") : nullptr;
    return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                  : std::string_view();
}

// Is it in the list of the tenant, and may users be given it?
Result<bool> is_offered(Context& context, const ResourceType& type, std::string_view value) {
    std::string text = "supported eq true and value eq ";
    write_json_string(value, text);
    Limits limits;
    limits.filter_value_characters_max = text.size();
    limits.filter_bytes_max = text.size();
    const auto filter =
        TRY(check_filter(type, TRY(parse_filter(text, limits)), UnknownAttributes::Refuse, false));
    store::Query query;
    query.types.push_back({&type, &filter});
    query.limit = 0;
    query.catalogue = &context.catalogue;
    return TRY(context.transaction.query(query)).total > 0;
}

}  // namespace

Result<void> listed_values(const Change& change, Context& context) {
    if (!change.policy->refuse_unlisted_roles || change.after == nullptr ||
        change.after->type->name != "User") {
        return {};
    }
    for (const auto& kind : kListedKinds) {
        const auto* type = listing_type(context.catalogue, kind);
        const auto* wanted = list_in(change.after, kind.list);
        if (type == nullptr || wanted == nullptr) continue;
        const auto& attribute = *type->schema->find("value");
        std::unordered_set<std::string> had;
        if (const auto* before = list_in(change.before, kind.list)) {
            for (const auto& element : *before) had.insert(comparison_key(attribute, value_of(element)));
        }
        for (const auto& element : *wanted) {
            const auto value = value_of(element);
            if (had.contains(comparison_key(attribute, value))) continue;
            if (!value.empty() && TRY(is_offered(context, *type, value))) continue;
            return failure(ErrorKind::InvalidValue,
                           std::string(kind.list) + ": a value is not among those that this tenant offers; " +
                               type->endpoint + " lists them.");
        }
    }
    return {};
}

}  // namespace rollcall::directory
