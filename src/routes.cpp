#include "routes.h"

namespace rollcall {
namespace {

using http::Method;
using Body = Route::Body;

std::vector<std::string_view> split(std::string_view pattern) {
    std::vector<std::string_view> parts;
    size_t start = 1;
    while (start < pattern.size()) {
        const auto end = std::min(pattern.find('/', start), pattern.size());
        parts.push_back(pattern.substr(start, end - start));
        start = end + 1;
    }
    return parts;
}

// The segments of each row's pattern, in the order of the rows.
const std::vector<std::vector<std::string_view>>& split_patterns() {
    static const auto patterns = [] {
        std::vector<std::vector<std::string_view>> all;
        for (const auto& row : scim_routes()) all.push_back(split(row.pattern));
        return all;
    }();
    return patterns;
}

bool matches_pattern(const std::vector<std::string_view>& parts, const std::vector<std::string>& segments,
                     const Catalogue& catalogue, RouteMatch& match) {
    if (parts.size() != segments.size()) return false;
    for (size_t i = 0; i < parts.size(); ++i) {
        if (parts[i] == "{type}") {
            match.type = catalogue.type_at("/" + segments[i]);
            if (match.type == nullptr) return false;
        } else if (parts[i] == "{id}") {
            if (segments[i] == ".search") return false;
            match.id = segments[i];
        } else if (parts[i] != segments[i]) {
            return false;
        }
    }
    return true;
}

void add_method(Method method, std::string& allow) {
    const auto add = [&](std::string_view name) {
        if (!allow.empty()) allow += ", ";
        allow += name;
    };
    add(method_name(method));
    if (method == Method::Get) add("HEAD");
}

}  // namespace

const std::vector<Route>& scim_routes() {
    static const std::vector<Route> rows = {
        {Method::Get, "/ServiceProviderConfig", scim::get_service_provider_config, Right::None, Body::None},
        {Method::Get, "/Schemas", scim::list_schemas, Right::Discover, Body::None},
        {Method::Get, "/Schemas/{id}", scim::get_schema, Right::Discover, Body::None},
        {Method::Get, "/ResourceTypes", scim::list_resource_types, Right::Discover, Body::None},
        {Method::Get, "/ResourceTypes/{id}", scim::get_resource_type, Right::Discover, Body::None},
        {Method::Post, "/Bulk", scim::change_in_bulk, Right::Read, Body::Bulk},
        {Method::Get, "/Me", scim::get_me, Right::ReadSelf, Body::None},
        {Method::Post, "/Me", scim::not_implemented, Right::ReadSelf, Body::Json},
        {Method::Put, "/Me", scim::replace_me, Right::ChangeSelf, Body::Json},
        {Method::Patch, "/Me", scim::patch_me, Right::ChangeSelf, Body::Json},
        {Method::Delete, "/Me", scim::delete_me, Right::RemoveSelf, Body::None},
        {Method::Get, "/", scim::list_resources, Right::Read, Body::None},
        {Method::Post, "/.search", scim::search_resources, Right::Read, Body::Json},
        {Method::Get, "/{type}", scim::list_resources, Right::Read, Body::None},
        {Method::Post, "/{type}", scim::create_resource, Right::Provision, Body::Json},
        {Method::Post, "/{type}/.search", scim::search_resources, Right::Read, Body::Json},
        {Method::Get, "/{type}/{id}", scim::get_resource, Right::Read, Body::None, Right::ReadSelf},
        {Method::Put, "/{type}/{id}", scim::replace_resource, Right::Provision, Body::Json,
         Right::ChangeSelf},
        {Method::Patch, "/{type}/{id}", scim::patch_resource, Right::Provision, Body::Json,
         Right::ChangeSelf},
        {Method::Delete, "/{type}/{id}", scim::delete_resource, Right::Provision, Body::None,
         Right::RemoveSelf},
    };
    return rows;
}

RouteMatch match_route(Method method, const std::vector<std::string>& segments, const Catalogue& catalogue) {
    if (method == Method::Head) method = Method::Get;
    RouteMatch result;
    const auto& rows = scim_routes();
    for (size_t i = 0; i < rows.size(); ++i) {
        RouteMatch candidate;
        if (!matches_pattern(split_patterns()[i], segments, catalogue, candidate)) continue;
        if (candidate.type != nullptr && candidate.type->read_only && rows[i].right == Right::Provision) continue;
        if (rows[i].method == method) {
            candidate.route = &rows[i];
            candidate.index = i;
            return candidate;
        }
        add_method(rows[i].method, result.allow);
    }
    return result;
}

}  // namespace rollcall
