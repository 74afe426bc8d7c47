#include "api/call.h"

#include "audit/record.h"
#include "base/check.h"

namespace rollcall::api {
namespace {

// RFC 9110 §15.
std::string_view title_of(int status) {
    switch (status) {
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 412:
            return "Precondition Failed";
        case 413:
            return "Content Too Large";
        case 415:
            return "Unsupported Media Type";
        case 429:
            return "Too Many Requests";
        case 501:
            return "Not Implemented";
        case 503:
            return "Service Unavailable";
        default:
            return status < 500 ? "Bad Request" : "Internal Server Error";
    }
}

http::Response answer_of(Result<http::Response> result) {
    return result ? std::move(*result) : problem(result.error());
}

}  // namespace

const std::string& Call::parameter(std::string_view name) const {
    for (const auto& [known, value] : parameters) {
        if (known == name) return value;
    }
    CHECK(false);
}

http::Response json_answer(int status, std::string body) {
    http::Response response;
    response.status = status;
    response.content_type = "application/json";
    response.body = std::move(body);
    return response;
}

http::Response json_answer(int status, const json::value& value) {
    return json_answer(status, to_json(value));
}

http::Response no_content() {
    http::Response response;
    response.status = 204;
    return response;
}

http::Response problem(int status, std::string_view detail, std::string_view code) {
    http::Response response;
    response.status = status;
    response.content_type = "application/problem+json";
    auto& body = response.body;
    body = R"({"type":"about:blank","title":")";
    body += title_of(status);
    body += R"(","status":)" + std::to_string(status) + ",\"detail\":";
    write_json_string(detail, body);
    if (!code.empty()) {
        body += ",\"code\":";
        write_json_string(code, body);
    }
    body += '}';
    return response;
}

http::Response problem(const Error& error) {
    const auto traits = error_traits(error.kind);
    auto response = problem(traits.status, error.detail, traits.scim_type);
    if (error.note == kWaitsForDecision) response.with("Retry-After", std::to_string(kDecisionRetryAfterS));
    if (error.note == kPolicyUnreadable) response.with("Retry-After", std::to_string(kPolicyRetryAfterS));
    return response;
}

http::Outcome read(const CallPointer& call,
                   const std::function<Result<http::Response>(store::Transaction&)>& work) {
    return answer_of(work(call->service->store.read()));
}

http::Outcome scan(const CallPointer& call, std::function<Result<http::Response>(store::Transaction&)> work) {
    return http::Scan{
        [call, work = std::move(work)] { return answer_of(work(call->service->store.read())); }};
}

http::Outcome write(const CallPointer& call,
                    std::function<Result<http::Response>(store::Transaction&)> work) {
    return http::Write{[call, work = std::move(work)](store::Transaction& transaction) {
                           return answer_of(work(transaction));
                       },
                       true};
}

void leave_event(const Call& call, store::Transaction& transaction, std::string_view action,
                 std::string_view target_type, std::string_view target, std::string payload) {
    audit::record(transaction.tenant(call.caller), {call.caller, call.head->id, call.now()}, action,
                  {target_type, target}, std::move(payload));
}

const ResourceType& DirectoryAccess::type(std::string_view name) const {
    const auto* type = catalogue->find_type(name);
    CHECK(type != nullptr);
    return *type;
}

Result<DirectoryAccess> open_directory(const Call& call, store::Transaction& transaction) {
    auto& tenant = transaction.tenant(call.caller);
    auto current = TRY(call.service->catalogues->of(tenant, call.caller.tenant, tenant.schema_version()));
    const Catalogue& catalogue = *current.catalogue;
    return DirectoryAccess{std::move(current.catalogue),
                           {tenant,
                            call.caller,
                            *call.policy,
                            catalogue,
                            call.service->limits,
                            call.now(),
                            nullptr,
                            call.head->id,
                            {},
                            nullptr,
                            call.service->sends_mail}};
}

}  // namespace rollcall::api
