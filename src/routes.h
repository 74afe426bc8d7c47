// The only list of SCIM endpoints: no row, no endpoint; no row without a right. Authentication, limits,
// audit, metrics, 405 and the isolation tests follow from the row.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scim/call.h"

namespace rollcall {

using scim::Handler;

struct Route {
    http::Method method;
    std::string_view
        pattern;  // below the base URL; {type} is an endpoint of a resource type, {id} one segment
    Handler handler;
    Right right;
    enum class Body { None, Json, Bulk } body;
    Right own = Right::None;  // what is enough for a member where the resource is the member itself
};

const std::vector<Route>& scim_routes();

// What a path below the base URL ("/Users/2819") means.
struct RouteMatch {
    const Route* route = nullptr;  // null: no row has this path and method
    size_t index = 0;              // of the row
    std::string allow;             // methods the path has, for 405; empty: no row has the path (404)
    const ResourceType* type = nullptr;
    std::string id;
};

// `segments` are decoded. HEAD is served by the row of GET.
RouteMatch match_route(http::Method method, const std::vector<std::string>& segments,
                       const Catalogue& catalogue);

}  // namespace rollcall
