#include "api/route.h"

#include "api/admin/admission.h"
#include "api/application/admission.h"

namespace rollcall::api {
namespace {

using Parameters = std::vector<std::pair<std::string_view, std::string>>;

bool matches(std::string_view pattern, std::span<const std::string> segments, Parameters& parameters) {
    for (const auto& segment : segments) {
        if (pattern.empty()) return false;
        pattern.remove_prefix(1);
        const auto part = pattern.substr(0, pattern.find('/'));
        pattern.remove_prefix(part.size());
        if (part.starts_with('{')) {
            parameters.emplace_back(part.substr(1, part.size() - 2), segment);
        } else if (part != segment) {
            return false;
        }
    }
    return pattern.empty();
}

void add_method(http::Method method, std::string& allow) {
    const auto add = [&](std::string_view name) {
        if (!allow.empty()) allow += ", ";
        allow += name;
    };
    add(method_name(method));
    if (method == http::Method::Get) add("HEAD");
}

}  // namespace

std::span<const Face> faces() {
    static const Face list[] = {
        {"/api/admin/v1", Channel::Admin, admin_routes(), admin::admit},
        {"/api/v1", Channel::Application, application_routes(), application::admit},
    };
    return list;
}

RouteMatch match_route(const std::vector<Route>& routes, http::Method method,
                       std::span<const std::string> segments) {
    if (method == http::Method::Head) method = http::Method::Get;
    RouteMatch result;
    for (size_t i = 0; i < routes.size(); ++i) {
        Parameters parameters;
        if (!matches(routes[i].pattern, segments, parameters)) continue;
        if (routes[i].method == method) return {&routes[i], i, {}, std::move(parameters)};
        add_method(routes[i].method, result.allow);
    }
    return result;
}

}  // namespace rollcall::api
