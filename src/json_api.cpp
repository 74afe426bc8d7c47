#include "json_api.h"

#include "base/text.h"

namespace rollcall {
namespace {

// "api", "v1" of "/api/v1": how many segments it has, when the path begins with them.
std::optional<size_t> segments_of_base(std::string_view base, const std::vector<std::string>& segments) {
    size_t at = 0;
    while (!base.empty()) {
        base.remove_prefix(1);
        const auto part = base.substr(0, base.find('/'));
        base.remove_prefix(part.size());
        if (at >= segments.size() || segments[at] != part) return std::nullopt;
        ++at;
    }
    return at;
}

Result<void> check_content_type(const http::Head& head, api::Route::Body body) {
    if (body == api::Route::Body::None) return {};
    const auto wanted = body == api::Route::Body::Json
                            ? std::string_view("application/json")
                            : std::string_view("application/x-www-form-urlencoded");
    const auto given = head.header("Content-Type");
    const bool is_empty = given.empty() && !head.has_body;
    if (is_empty || equals_ignoring_case(trim(given.substr(0, given.find(';'))), wanted)) return {};
    return failure(ErrorKind::UnsupportedMediaType, "The body must be " + std::string(wanted) + ".");
}

}  // namespace

struct JsonApi::Exchange {
    api::CallPointer call = std::make_shared<api::Call>();
    Passage passage;
};

JsonApi::JsonApi(api::Service service, RequestLog& log, size_t first_route)
    : service_(std::move(service)), log_(log), first_route_(first_route) {}

std::vector<RequestLog::RouteName> JsonApi::route_names() {
    std::vector<RequestLog::RouteName> names;
    for (const auto& face : api::faces()) {
        for (const auto& route : face.routes) {
            names.push_back({std::string(method_name(route.method)),
                             std::string(face.base) + std::string(route.pattern)});
        }
    }
    return names;
}

std::optional<http::Admission> JsonApi::admit(const http::Head& head,
                                              const std::vector<std::string>& segments) {
    size_t first_route = first_route_;
    for (const auto& face : api::faces()) {
        if (const auto base = segments_of_base(face.base, segments)) {
            return admit_to(face, first_route, head, std::span(segments).subspan(*base));
        }
        first_route += face.routes.size();
    }
    return std::nullopt;
}

http::Admission JsonApi::refuse(const Exchange& exchange, const Error& error) {
    http::Admission admission;
    auto& call = *exchange.call;
    auto passage = exchange.passage;
    if (!call.head->has_body) passage.body_hash = audit::hash_of_nothing();
    admission.refusal = api::problem(error);
    if (error.kind == ErrorKind::Unauthorized) {
        admission.refusal->with("WWW-Authenticate",
                                error.note == "no_credentials"
                                    ? "Bearer realm=\"rollcall\""
                                    : "Bearer realm=\"rollcall\", error=\"invalid_token\"");
        log_.metrics().count_unauthorized();
        call.note = error.note;
    }
    log_.record(call, passage, admission.refusal->status);
    return admission;
}

http::Admission JsonApi::admit_to(const api::Face& face, size_t first_route, const http::Head& head,
                                  std::span<const std::string> segments) {
    auto exchange = std::make_shared<Exchange>();
    auto& call = *exchange->call;
    auto match = api::match_route(face.routes, head.method, segments);
    exchange->passage.route = match.route != nullptr ? first_route + match.index : log_.no_route();
    call.head = &head;
    call.service = &service_;
    call.route = match.route;
    call.parameters = std::move(match.parameters);
    call.caller.channel = face.channel;
    call.caller.address = head.peer_address;
    if (auto admitted = face.admit(call); !admitted) return refuse(*exchange, admitted.error());
    if (match.route == nullptr && match.allow.empty()) {
        return refuse(*exchange, {ErrorKind::NotFound, "There is no endpoint at this path."});
    }
    if (match.route == nullptr) {
        auto admission = refuse(
            *exchange, {ErrorKind::MethodNotAllowed, "This endpoint offers only: " + match.allow + "."});
        admission.refusal->with("Allow", match.allow);
        return admission;
    }
    if (auto checked = check_content_type(head, match.route->body); !checked) {
        return refuse(*exchange, checked.error());
    }
    const auto host = head.header("Host");
    call.origin = (head.secure ? "https://" : "http://") + std::string(host.empty() ? head.host : host);
    http::Admission admission;
    admission.refuse = [](int status, std::string_view detail) { return api::problem(status, detail); };
    admission.body_bytes_max = match.route->body == api::Route::Body::None
                                   ? service_.limits.ignored_body_bytes_max
                                   : match.route->body_bytes_max;
    admission.handle = [this, exchange](std::string_view body) { return run(exchange, body); };
    admission.answered = [this, exchange](const http::Response& response) {
        log_.record(*exchange->call, exchange->passage, response.status);
    };
    return admission;
}

http::Outcome JsonApi::run(const std::shared_ptr<Exchange>& exchange, std::string_view body) {
    auto& call = *exchange->call;
    exchange->passage.body_hash = body.empty() ? audit::hash_of_nothing() : sha256(body);
    call.body = call.route->body != api::Route::Body::None ? body : std::string_view();
    auto outcome = call.route->handler(exchange->call);
    auto* write = std::get_if<http::Write>(&outcome);
    if (write == nullptr) return outcome;
    const bool is_short = write->is_short;
    const bool is_large = write->is_large;
    return http::Write{[this, exchange, inner = std::move(*write), target = call.target,
                        note = call.note](store::Transaction& transaction) mutable {
                           // It may run again (store::Work).
                           exchange->call->target = target;
                           exchange->call->note = note;
                           return log_.run(*exchange->call, exchange->passage, transaction,
                                           [&] { return inner.run(transaction); });
                       },
                       is_short, is_large, call.caller.tenant};
}

}  // namespace rollcall
