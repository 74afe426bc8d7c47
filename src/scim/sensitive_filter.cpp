#include "scim/sensitive_filter.h"

#include <algorithm>

namespace rollcall::scim {
namespace {

// `emails` covers all of its parts, `emails.value` itself and the whole, an extension all of its attributes.
bool covers(const AttributePath& sensitive, const AttributePath& named) {
    if (named.attribute == nullptr || sensitive.extension != named.extension) return false;
    if (sensitive.is_whole_extension()) return true;
    if (sensitive.attribute != named.attribute) return false;
    return !sensitive.sub_attribute || !named.sub_attribute || sensitive.sub_attribute == named.sub_attribute;
}

}  // namespace

Result<void> check_sensitive(const Call& call, const ResourceType& type, const CheckedFilter& filter) {
    if (call.head->method != http::Method::Get && call.head->method != http::Method::Head) return {};
    for (const std::string& name : call.service->sensitive_attributes) {
        const auto sensitive = resolve_path(type, name);
        if (!sensitive) continue;
        const auto names_it = [&](const CheckedFilter::Node& node) { return covers(*sensitive, node.path); };
        if (std::ranges::any_of(filter.nodes(), names_it)) {
            return failure(ErrorKind::Sensitive, "Filters on " + name +
                                                     " do not belong in an address: send this one as a "
                                                     "SearchRequest by POST to .search.");
        }
    }
    return {};
}

}  // namespace rollcall::scim
