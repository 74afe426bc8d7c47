// The lists of endpoints of the JSON APIs: no row, no endpoint; no row without what it needs. Authentication,
// limits, audit, metrics, 405, `rollcall routes`, the isolation test and the check of the OpenAPI documents
// follow.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.h"

namespace rollcall::api {

struct Route {
    enum class Body { None, Json, Form };

    http::Method method;
    std::string_view
        pattern;  // below the base: "/members/{member}/sessions/{session}"; {name} is one segment
    Handler handler;
    // A scope of service keys (application), a right (admin); empty: open to everybody. What it means is
    // decided by Face::admit.
    std::string_view needs;
    Body body = Body::None;
    size_t body_bytes_max = 65'536;
};

// One of the APIs.
struct Face {
    std::string_view base;  // "/api/v1"
    Channel channel;
    const std::vector<Route>& routes;
    // Turns the head of the request into caller, policy and whatever else the endpoints need, and says
    // whether it may do what call.route needs. call.route is null where the path has no such endpoint: then
    // only who asks is judged. Errors: Unauthorized, Forbidden, TooManyRequests.
    Result<void> (*admit)(Call& call);
};

const std::vector<Route>& application_routes();
const std::vector<Route>& admin_routes();

// In the order in which their routes are counted. A base that is the beginning of another comes after it.
std::span<const Face> faces();

struct RouteMatch {
    const Route* route = nullptr;  // null: no row has this path and method
    size_t index = 0;              // of the row
    std::string allow;             // methods the path has, for 405; empty: no row has the path (404)
    std::vector<std::pair<std::string_view, std::string>> parameters = {};
};
// `segments` are decoded and stand below the base. HEAD is served by the row of GET. Of several rows the
// first counts.
RouteMatch match_route(const std::vector<Route>& routes, http::Method method,
                       std::span<const std::string> segments);

}  // namespace rollcall::api
