// The JSON APIs between transport and endpoints: which API and which row of its route table, who asks, the
// form of the body. What is left of a request is the same as for SCIM: RequestLog.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/route.h"
#include "request_log.h"

namespace rollcall {

class JsonApi {
public:
    // `first_route`: the number that the log gives to the first of route_names().
    JsonApi(api::Service service, RequestLog& log, size_t first_route);

    // Of all APIs, in order.
    static std::vector<RequestLog::RouteName> route_names();

    // Nothing when the path lies below no API. `segments` are those of the whole path, decoded.
    std::optional<http::Admission> admit(const http::Head& head, const std::vector<std::string>& segments);

private:
    struct Exchange;
    http::Admission admit_to(const api::Face& face, size_t first_route, const http::Head& head,
                             std::span<const std::string> segments);
    http::Admission refuse(const Exchange& exchange, const Error& error);
    http::Outcome run(const std::shared_ptr<Exchange>& exchange, std::string_view body);

    api::Service service_;
    RequestLog& log_;
    size_t first_route_;
};

}  // namespace rollcall
