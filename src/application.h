// Between transport and endpoints: base URLs and versions, who asks, which row of the route table, audit and
// metrics. The one place where an answer is told apart from what the transport refused.
#pragma once

#include <memory>
#include <optional>

#include "access/authenticate.h"
#include "access/rates.h"
#include "access/usage.h"
#include "http/message.h"
#include "json_api.h"
#include "oauth_endpoint.h"
#include "request_log.h"
#include "routes.h"

namespace rollcall {

struct ApplicationOptions {
    access::AccessOptions access;
    int64_t failures_per_minute =
        0;                   // wrong credentials of one address, above which it gets 429; 0: no limit
    std::string public_url;  // "https://scim.example.com": used in links instead of the Host header when set
    std::function<std::vector<std::pair<std::string, double>>()> gauges;  // of the transport, for /metrics
    std::shared_ptr<access::OpenIdClient> openid;  // calls the OpenID providers of tenants
    std::optional<Sha256> sealing_key;
    bool sends_mail = false;
    // Canaries of P14 and P28 only, never in a release build: see tests/races.
    bool unsafe_owners_before_lock = false;
    bool unsafe_hidden_take_longer = false;
    bool unsafe_credentials_for_5s = false;
    std::function<bool()> stopping;  // true once a stop was asked for: not ready any more
};

class ApplicationCore {
public:
    ApplicationCore(scim::Service service, ApplicationOptions options);

    // The functions the transport calls; they refer to this object.
    http::Application functions();

private:
    struct Target;
    struct Exchange;
    void be_unsafe(scim::Call& call);  // in builds with canaries
    Result<access::Authenticated> remembered(const http::Head& head, Result<access::Authenticated> known);
    http::Admission admit(const http::Head& head);
    http::Admission admit_scim(const http::Head& head, Target target);
    std::optional<http::Admission> admit_operations(const http::Head& head);
    std::optional<http::Admission> admit_token(const http::Head& head);
    // A 401 of this address. False when there were so many that it leaves no row of its own; the answer may
    // become 429.
    bool count_refusal(const http::Head& head, std::string_view note, http::Response& response);
    static http::Response too_many_requests(const http::Head& head, int64_t seconds);
    bool is_switched_off(store::Transaction& transaction, const access::Presented& presented) const;
    // How many seconds to wait, when the budget of the credential or the tenant is spent.
    std::optional<int64_t> budget_exceeded(const access::Authenticated& known, Instant now);
    http::Admission refuse_for_budget(const http::Head& head, const Caller& caller, int64_t seconds,
                                      size_t route);
    std::optional<http::Response> refuse_again(const Exchange& exchange,
                                               store::Transaction& transaction) const;
    http::Admission refuse(const http::Head& head, const Error& error, TenantId tenant,
                           CredentialId credential, size_t route);
    // 404, or 405 with the methods that the path has.
    http::Admission refuse_without_route(const http::Head& head, const scim::Call& call,
                                         const std::string& allow);
    size_t body_bytes_max(Route::Body body, const scim::Call& call) const;
    http::Outcome run(const std::shared_ptr<Exchange>& exchange, std::string_view body);
    // What a handler ended in, bound to the schemas that hold when it counts.
    http::Finished judged(const std::shared_ptr<Exchange>& exchange, http::Finished finished);
    http::Response run_write(Exchange& exchange, std::optional<http::Write>& write,
                             store::Transaction& transaction);
    // Error when the tenant's schemas cannot be used.
    Result<void> take_catalogue(Exchange& exchange, store::Transaction& transaction, int64_t version);
    // The tenant's schemas changed since the request was admitted: what the request means under those of
    // `transaction`. Nothing when they are still the same.
    std::optional<http::Outcome> judge_again(Exchange& exchange, store::Transaction& transaction);
    http::Response read_again(Exchange& exchange, http::Response response);

    scim::Service service_;
    ApplicationOptions options_;
    access::RefusalRates refusals_;
    access::RequestBudgets budgets_;
    access::UsageWatch usage_;
    RequestLog log_;  // its thread asks refusals_
    JsonApi json_api_;
};

}  // namespace rollcall
