#include "application.h"

#include <map>
#include <mutex>

#include "access/jwt.h"
#include "api/route.h"
#include "base/text.h"
#include "directory/without_groups.h"
#include "scim/query_parameters.h"
#include "scim/response.h"

namespace rollcall {
namespace {

std::vector<RequestLog::RouteName> route_names() {
    std::vector<RequestLog::RouteName> names;
    for (const auto& route : scim_routes()) {
        names.push_back({std::string(method_name(route.method)), std::string(route.pattern)});
    }
    for (const auto& route : JsonApi::route_names()) names.push_back(route);
    return names;
}

// "v2", "v17": a version segment (RFC 7644 §3.13).
bool is_version(std::string_view segment) {
    return segment.size() >= 2 && segment.size() <= 4 && (segment[0] == 'v' || segment[0] == 'V') &&
           segment.substr(1).find_first_not_of("0123456789") == std::string_view::npos;
}

// Path to decoded segments; one trailing slash is forgiven. Dot segments, empty segments, encoded slashes and
// NUL could mean different paths to different readers (T56). Behind /Schemas stands a URI, which is only
// compared: it may hold slashes (P-DISC-03).
Result<std::vector<std::string>> split_path(std::string_view path) {
    std::vector<std::string> segments;
    if (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
    while (!path.empty()) {
        path.remove_prefix(1);
        const auto end = std::min(path.find('/'), path.size());
        std::string segment;
        if (!scim::percent_decode(path.substr(0, end), segment, false)) {
            return failure(ErrorKind::BadRequest, "The path holds an incomplete or wrong percent-encoding.");
        }
        const bool last = end == path.size();
        const bool may_hold_slash = last && !segments.empty() && segments.back() == "Schemas";
        if ((segment.empty() && !(last && segments.empty())) || segment == "." || segment == ".." ||
            (segment.find('/') != std::string::npos && !may_hold_slash) ||
            segment.find('\0') != std::string::npos || !is_valid_utf8(segment)) {
            return failure(ErrorKind::BadRequest, "The path holds empty, dot or undecodable segments.");
        }
        if (!segment.empty()) segments.push_back(std::move(segment));
        path.remove_prefix(end);
    }
    return segments;
}

// Where a member names itself by its own address, the rights of a member are enough.
Right wanted_right(const RouteMatch& match, const Caller& caller) {
    const bool is_own = !caller.user.is_nil() && match.route->own != Right::None &&
                        match.type->name == "User" && ResourceId::parse(match.id) == caller.user;
    return is_own ? match.route->own : match.route->right;
}

// An operation of a Bulk: P-BULK-05, T49.
Result<Handler> route_operation(scim::Call& call, std::string_view path) {
    const auto segments = TRY(split_path(path));
    auto match = match_route(call.head->method, segments, *call.catalogue);
    if (match.route == nullptr && !match.allow.empty()) {
        return failure(ErrorKind::MethodNotAllowed, "This endpoint offers only: " + match.allow + ".");
    }
    if (match.route == nullptr) return failure(ErrorKind::NotFound, "There is no endpoint at this path.");
    const bool is_search = !segments.empty() && segments.back() == ".search";
    if (match.type == nullptr || is_search) {
        return failure(ErrorKind::InvalidValue,
                       "An operation of a Bulk creates, replaces, changes or deletes one resource.");
    }
    if (!allows(call.caller.right, wanted_right(match, call.caller))) {
        return failure(ErrorKind::Forbidden, "The credential does not allow this operation.");
    }
    call.type = match.type;
    call.id = std::move(match.id);
    return match.route->handler;
}

// One pass over the headers for both ways.
access::Presented presented_by(const http::Head& head, std::string_view path_tenant) {
    access::Presented presented;
    for (const auto& [name, value] : head.headers) {
        if (equals_ignoring_case(name, "Authorization")) {
            if (presented.authorization.empty()) presented.authorization = value;
        } else if (equals_ignoring_case(name, "X-API-Key")) {
            presented.is_repeated = presented.is_repeated || !presented.api_key.empty();
            presented.api_key = value;
        }
    }
    presented.token_in_query = head.query.find("access_token=") != std::string_view::npos;
    presented.path_tenant = path_tenant;
    presented.host = head.host;
    presented.address = head.peer_address;
    return presented;
}

// A flood of refusals as one row (T70).
audit::Entry entry_of_flood(const access::RefusalRates::Flood& flood) {
    audit::Entry entry;
    entry.row.time = flood.minute;
    entry.row.request = RequestId::create();
    entry.row.status = 429;
    entry.row.channel = "scim";
    entry.method = "*";
    entry.path = "*";
    entry.address = flood.address;
    entry.note = std::to_string(flood.refusals) + " further refusals in this minute";
    return entry;
}

// The token, and the user that is shown: what most requests look up, found without working on them.
store::Foreseen foreseen_of(const http::Head& head) {
    store::Foreseen foreseen;
    const auto token = access::bearer_token(head.header("Authorization"));
    if (!token.empty() && !access::looks_like_jwt(token)) foreseen.token_hash = sha256(token);
    constexpr std::string_view kUsers = "/Users/";
    const auto users = head.path.find(kUsers);
    if (head.method != http::Method::Get || users == std::string_view::npos) return foreseen;
    if (const auto id = ResourceId::parse(head.path.substr(users + kUsers.size()))) {
        foreseen.type = "User";
        foreseen.id = *id;
    }
    return foreseen;
}

std::string_view authority_of(const http::Head& head) {
    const auto host = head.header("Host");
    // A trusted proxy may have named another host than the header does.
    return host.starts_with(head.host) ? host : head.host;
}

}  // namespace

// Where below the SCIM base a request points.
struct ApplicationCore::Target {
    std::string prefix;                 // "/scim/v2" as links show it
    std::string tenant;                 // of /tenants/{slug}
    std::vector<std::string> segments;  // the rest
};

// One request on its way through.
struct ApplicationCore::Exchange {
    scim::CallPointer call;
    const Route* route = nullptr;
    std::vector<std::string> segments;  // of the path below the base
    Passage passage;
    bool touch = false;
};

ApplicationCore::ApplicationCore(scim::Service service, ApplicationOptions options)
    : service_(std::move(service)),
      options_(std::move(options)),
      refusals_(options_.failures_per_minute),
      usage_(service_.store),
      log_(service_.store, route_names(),
           [this](bool all) {
               std::vector<audit::Entry> entries;
               for (const auto& flood : refusals_.take(service_.clock(), all))
                   entries.push_back(entry_of_flood(flood));
               return entries;
           }),
      json_api_({service_.store, service_.catalogues, service_.limits, service_.clock, options_.access,
                 [this](TenantId tenant) { return log_.rates().of(tenant, service_.clock()); },
                 options_.openid, options_.sealing_key, options_.public_url, options_.sends_mail},
                log_, scim_routes().size()) {
    service_.route_operation = [](scim::Call& call, std::string_view path) {
        return route_operation(call, path);
    };
    service_.record_operation = [](const scim::Call& call, int status, int64_t duration_us,
                                   store::Transaction& transaction) {
        RequestLog::append(call, {}, status, duration_us, transaction);
    };
}

http::Application ApplicationCore::functions() {
    http::Application application;
    application.admit = [this](const http::Head& head) { return admit(head); };
    application.foresee = foreseen_of;
    application.refuse = [](int status, std::string_view detail) {
        return scim::error_response(status, "", detail, nullptr);
    };
    return application;
}

http::Admission ApplicationCore::refuse(const http::Head& head, const Error& error, TenantId tenant,
                                        CredentialId credential, size_t route) {
    Exchange exchange;
    exchange.call = std::make_shared<scim::Call>();
    exchange.call->head = &head;
    exchange.call->caller.tenant = tenant;
    exchange.call->caller.credential = credential;
    if (!head.has_body) exchange.passage.body_hash = audit::hash_of_nothing();
    http::Admission admission;
    admission.refusal = scim::error_response(error, &head);
    bool leaves_row = true;
    if (error.kind == ErrorKind::Unauthorized) {
        admission.refusal->with("WWW-Authenticate", access::challenge(error));
        exchange.call->note = error.note;
        leaves_row = count_refusal(head, error.note, *admission.refusal);
    }
    if (error.note == "jwt_keys_asked") {  // worth repeating at once (decision 071)
        admission.refusal->with("Retry-After", "1");
        exchange.call->note = error.note;
    }
    exchange.passage.route = route;
    if (leaves_row) {
        log_.record(*exchange.call, exchange.passage, admission.refusal->status);
    } else {
        log_.count(*exchange.call, exchange.passage, admission.refusal->status);
    }
    return admission;
}

// Who presented nothing guesses nothing, and is told to wait by nobody: clients that wait for the challenge
// do so with every request.
bool ApplicationCore::count_refusal(const http::Head& head, std::string_view note, http::Response& response) {
    log_.metrics().count_unauthorized();
    const auto verdict = refusals_.count(head.peer_address, head.received);
    if (!verdict.is_over) return true;
    if (note != "no_credentials") response = too_many_requests(head, verdict.retry_after_s);
    return false;
}

http::Response ApplicationCore::too_many_requests(const http::Head& head, int64_t seconds) {
    auto response = scim::error_response(
        {ErrorKind::TooManyRequests, "There were too many requests. Retry-After says when to go on."}, &head);
    response.with("Retry-After", std::to_string(seconds));
    return response;
}

std::optional<http::Admission> ApplicationCore::admit_token(const http::Head& head) {
    if (head.path != kTokenPath) return std::nullopt;
    return admit_token_request({service_.store, options_.access,
                                [this, started = std::chrono::steady_clock::now()](
                                    const http::Head& of, const Caller& caller, std::string_view note,
                                    http::Response& response, store::Transaction* transaction) {
                                    http::Call call;
                                    call.head = &of;
                                    call.caller = caller;
                                    call.note = note;
                                    Passage passage;
                                    passage.route = log_.no_route();
                                    passage.started = started;
                                    const bool leaves_row =
                                        response.status != 401 || count_refusal(of, note, response);
                                    if (!leaves_row) {
                                        log_.count(call, passage, response.status);
                                    } else if (transaction != nullptr) {
                                        log_.record(call, passage, response.status, *transaction);
                                    } else {
                                        log_.record(call, passage, response.status);
                                    }
                                }},
                               head);
}

std::optional<http::Admission> ApplicationCore::admit_operations(const http::Head& head) {
    const bool health = head.path == "/healthz", ready = head.path == "/readyz",
               metrics = head.path == "/metrics";
    if (!health && !ready && !metrics) return std::nullopt;
    http::Response response;
    response.content_type = "text/plain; charset=utf-8";
    if (head.method != http::Method::Get && head.method != http::Method::Head) {
        response = scim::error_response(405, "", "This path is only read.", &head);
        response.with("Allow", "GET, HEAD");
    } else if (metrics) {
        auto gauges = service_.store.statistics();
        for (auto& gauge : usage_.gauges()) gauges.push_back(std::move(gauge));
        try {
            gauges.emplace_back("mass_changes_open", service_.store.read().open_mass_changes().size());
        } catch (const store::StoreFailure&) {
            // The others are wanted most while the store is away.
        }
        if (options_.gauges) {
            for (auto& gauge : options_.gauges()) gauges.push_back(std::move(gauge));
        }
        response.content_type = "text/plain; version=0.0.4; charset=utf-8";
        response.body = log_.metrics().render(gauges) + log_.rates().render(service_.clock());
    } else if (ready && (!service_.store.healthy() || (options_.stopping && options_.stopping()))) {
        response.status = 503;
        response.body = "not ready\n";
    } else {
        response.body = "ok\n";
    }
    http::Admission admission;
    admission.refusal = std::move(response);
    return admission;
}

http::Admission ApplicationCore::admit(const http::Head& head) {
    if (auto operations = admit_operations(head)) return std::move(*operations);
    if (auto token = admit_token(head)) return std::move(*token);
    auto segments = split_path(head.path);
    if (!segments) return refuse(head, segments.error(), {}, {}, log_.no_route());
    if (auto other = json_api_.admit(head, *segments)) return std::move(*other);
    Target target;
    size_t at = 0;
    const auto next_is = [&](std::string_view name) {
        return at < segments->size() && (*segments)[at] == name;
    };
    if (next_is("api")) {
        target.prefix = "/api";
        ++at;
    }
    if (!next_is("scim")) {
        return refuse(head,
                      {ErrorKind::NotFound, "There is nothing at this path. SCIM is served below /scim/v2."},
                      {}, {}, log_.no_route());
    }
    target.prefix += "/scim/v2";
    ++at;
    const auto skip_version = [&]() -> bool {
        if (at >= segments->size() || !is_version((*segments)[at])) return true;
        return equals_ignoring_case((*segments)[at++], "v2");
    };
    bool known_version = skip_version();
    if (next_is("tenants") || next_is("Tenants")) {
        ++at;
        if (at < segments->size()) target.tenant = (*segments)[at++];
        target.prefix += "/tenants/" + target.tenant;
        known_version = skip_version() && known_version;
    }
    if (!known_version) {
        return refuse(head, {ErrorKind::InvalidVersion, "Only version v2 of the protocol is served here."},
                      {}, {}, log_.no_route());
    }
    target.segments.assign(std::make_move_iterator(segments->begin() + static_cast<ptrdiff_t>(at)),
                           std::make_move_iterator(segments->end()));
    return admit_scim(head, std::move(target));
}

http::Admission ApplicationCore::refuse_without_route(const http::Head& head, const scim::Call& call,
                                                      const std::string& allow) {
    if (allow.empty()) {
        return refuse(head, {ErrorKind::NotFound, "There is no endpoint at this path."}, call.caller.tenant,
                      call.caller.credential, log_.no_route());
    }
    auto admission = refuse(head, {ErrorKind::MethodNotAllowed, "This endpoint offers only: " + allow + "."},
                            call.caller.tenant, call.caller.credential, log_.no_route());
    admission.refusal->with("Allow", allow);
    return admission;
}

// MOB-10: where path or host name a tenant that is switched off, there is nothing, whoever asks.
bool ApplicationCore::is_switched_off(store::Transaction& transaction,
                                      const access::Presented& presented) const {
    const auto named = access::named_tenant(transaction, presented, options_.access);
    return named && !named->enabled;
}

std::optional<int64_t> ApplicationCore::budget_exceeded(const access::Authenticated& known, Instant now) {
    const auto& policy = *known.policy;
    if (policy.credential_requests_per_second > 0) {
        if (auto wait =
                budgets_.spend(known.caller.credential.text(), policy.credential_requests_per_second, now))
            return wait;
    }
    if (policy.tenant_requests_per_second == 0) return std::nullopt;
    return budgets_.spend(known.caller.tenant_slug, policy.tenant_requests_per_second, now);
}

http::Admission ApplicationCore::refuse_for_budget(const http::Head& head, const Caller& caller,
                                                   int64_t seconds, size_t route) {
    auto admission = refuse(
        head, {ErrorKind::TooManyRequests, "There were too many requests. Retry-After says when to go on."},
        caller.tenant, caller.credential, route);
    admission.refusal->with("Retry-After", std::to_string(seconds));
    return admission;
}

http::Admission ApplicationCore::admit_scim(const http::Head& head, Target target) {
    auto match = match_route(head.method, target.segments, *service_.catalogues->installation());
    const size_t index = match.route != nullptr ? match.index : log_.no_route();
    const auto presented = presented_by(head, target.tenant);
    if (auto one = access::check_one_credential(presented); !one)
        return refuse(head, one.error(), {}, {}, index);
    auto exchange = std::make_shared<Exchange>();
    auto call = exchange->call = std::make_shared<scim::Call>();
    const bool open =
        match.route != nullptr && match.route->right == Right::None && !presented.has_credentials();
    auto& transaction = service_.store.read();
    if (open) {
        if (is_switched_off(transaction, presented)) return refuse_without_route(head, *call, "");
        static const auto defaults = std::make_shared<const Policy>();
        call->policy = defaults;
        call->caller.address = head.peer_address;
        call->catalogue = service_.catalogues->installation();
    } else {
        auto known = access::authenticate(transaction, presented, options_.access);
#ifdef ROLLCALL_CANARIES
        if (options_.unsafe_credentials_for_5s) known = remembered(head, std::move(known));
#endif
        if (!known && is_switched_off(transaction, presented)) return refuse_without_route(head, *call, "");
        if (!known) return refuse(head, known.error(), {}, {}, index);
        if (const auto wait = budget_exceeded(*known, head.received))
            return refuse_for_budget(head, known->caller, *wait, index);
        if (known->is_paused) {
            return refuse(head, access::paused(), known->caller.tenant, known->caller.credential, index);
        }
        usage_.note(*known, head.received);
        call->caller = std::move(known->caller);
        call->policy = std::move(known->policy);
        exchange->touch = known->touch;
        if (auto taken = take_catalogue(*exchange, transaction, known->tenant.schema_version); !taken) {
            return refuse(head, taken.error(), call->caller.tenant, call->caller.credential, index);
        }
        const bool has_own = call->catalogue != service_.catalogues->installation();
        if (has_own) match = match_route(head.method, target.segments, *call->catalogue);
        if (!known->tenant.enabled) match = {};
    }
    if (match.route == nullptr) return refuse_without_route(head, *call, match.allow);
    if (const Right wanted = wanted_right(match, call->caller); !allows(call->caller.right, wanted)) {
        auto admission =
            refuse(head,
                   {ErrorKind::Forbidden, "The credential does not allow this: it has the right " +
                                              std::string(right_name(call->caller.right)) + "."},
                   call->caller.tenant, call->caller.credential, match.index);
        admission.refusal->with("WWW-Authenticate", access::challenge(wanted));
        return admission;
    }
    exchange->route = match.route;
    exchange->passage.route = match.index;
    call->service = &service_;
    call->head = &head;
    call->type = match.type;
    call->id = std::move(match.id);
    exchange->segments = std::move(target.segments);
    call->base_url = options_.public_url.empty() ? (head.secure ? "https://" : "http://") +
                                                       std::string(authority_of(head)) + target.prefix
                                                 : options_.public_url + target.prefix;
    http::Admission admission;
    admission.body_bytes_max = body_bytes_max(match.route->body, *call);
    admission.handle = [this, exchange](std::string_view body) { return run(exchange, body); };
    admission.answered = [this, exchange](const http::Response& response) {
        log_.record(*exchange->call, exchange->passage, response.status);
    };
    return admission;
}

size_t ApplicationCore::body_bytes_max(Route::Body body, const scim::Call& call) const {
    switch (body) {
        case Route::Body::None:
            return service_.limits.ignored_body_bytes_max;
        case Route::Body::Bulk:
            if (call.policy->bulk) return service_.limits.bulk_body_bytes_max;
            break;
        case Route::Body::Json:
            break;
    }
    return service_.limits.body_bytes_max;
}

#ifdef ROLLCALL_CANARIES
Result<access::Authenticated> ApplicationCore::remembered(const http::Head& head,
                                                          Result<access::Authenticated> known) {
    static std::mutex mutex;
    static std::map<std::string, std::pair<Instant, access::Authenticated>> good;
    const std::lock_guard lock(mutex);
    const auto found = good.find(std::string(head.header("Authorization")));
    if (found != good.end() && head.received.ms - found->second.first.ms < 5'000) return found->second.second;
    if (known) good.insert_or_assign(std::string(head.header("Authorization")), std::pair(head.received, *known));
    return known;
}

void ApplicationCore::be_unsafe(scim::Call& call) {
    auto& door = service_.store.read().tenant(call.caller);
    if (options_.unsafe_owners_before_lock) {
        call.owners_before_lock = door.active_members_with_role(call.policy->owner_role, 2);
    }
    const auto id = ResourceId::parse(call.id);
    const auto user = options_.unsafe_hidden_take_longer && id ? door.find_user(*id) : std::nullopt;
    if (!user || !user->hidden) return;
    for (int i = 0; i < 200; ++i) std::ignore = parse_json(user->document);
}
#endif

http::Outcome ApplicationCore::run(const std::shared_ptr<Exchange>& exchange, std::string_view body) {
    exchange->passage.body_hash = body.empty() ? audit::hash_of_nothing() : sha256(body);
    // A body of GET or DELETE has no effect (P-HTTP-29).
    exchange->call->body = exchange->route->body != Route::Body::None ? body : std::string_view();
    if (exchange->touch) {
        // Reads leave the time of last use to a job of its own; it is written at most once a minute.
        service_.store.submit_for(
            exchange->call->caller.tenant,
            [caller = exchange->call->caller,
             time = exchange->call->head->received](store::Transaction& transaction) {
                transaction.touch_credential(caller.tenant, caller.credential, time, caller.address);
            },
            [](std::exception_ptr) {});
    }
#ifdef ROLLCALL_CANARIES
    be_unsafe(*exchange->call);
#endif
    auto outcome = exchange->route->handler(exchange->call);
    if (auto* scan = std::get_if<http::Scan>(&outcome)) {
        return http::Scan{
            [this, exchange, inner = std::move(scan->run)]() mutable { return judged(exchange, inner()); }};
    }
    return http::outcome_of(judged(exchange, http::finish(std::move(outcome))));
}

http::Finished ApplicationCore::judged(const std::shared_ptr<Exchange>& exchange, http::Finished finished) {
    if (auto* response = std::get_if<http::Response>(&finished)) {
        return read_again(*exchange, std::move(*response));
    }
    auto& write = std::get<http::Write>(finished);
    const bool is_short = write.is_short;
    const bool is_large = write.is_large;
    auto claims = std::move(write.claims);
    return http::Write{
        [this, exchange, inner = std::optional(std::move(write))](store::Transaction& transaction) mutable {
            return run_write(*exchange, inner, transaction);
        },
        is_short, is_large, exchange->call->caller.tenant, std::move(claims)};
}

Result<void> ApplicationCore::take_catalogue(Exchange& exchange, store::Transaction& transaction,
                                             int64_t version) {
    auto& call = *exchange.call;
    auto current = TRY(service_.catalogues->of(transaction.tenant(call.caller), call.caller.tenant, version));
    call.catalogue = call.policy->groups == GroupMode::Off ? directory::without_groups(current.catalogue)
                                                           : std::move(current.catalogue);
    call.schema_version = current.version;
    return {};
}

std::optional<http::Outcome> ApplicationCore::judge_again(Exchange& exchange,
                                                          store::Transaction& transaction) {
    auto& call = *exchange.call;
    const int64_t version = transaction.tenant(call.caller).schema_version();
    if (version == call.schema_version) return std::nullopt;
    if (auto taken = take_catalogue(exchange, transaction, version); !taken) {
        return scim::error_response(taken.error(), call.head);
    }
    auto match = match_route(call.head->method, exchange.segments, *call.catalogue);
    if (match.route != exchange.route) {
        return scim::error_response(404, "", "There is no endpoint at this path.", call.head);
    }
    call.type = match.type;
    return exchange.route->handler(exchange.call);
}

// An index that the new schemas do not have any more may have been asked meanwhile: the answer counts only
// when the schemas are still those it was made with. Those of the installation never change, and what comes
// first can only add to them.
http::Response ApplicationCore::read_again(Exchange& exchange, http::Response response) {
    while (exchange.call->schema_version != 0) {
        auto again = judge_again(exchange, service_.store.read());
        if (!again) break;
        auto finished = http::finish(std::move(*again));
        // A change that was refused and would not be now: it came before the schemas.
        if (std::holds_alternative<http::Write>(finished)) break;
        response = std::move(std::get<http::Response>(finished));
    }
    return response;
}

// T33: what was admitted before the credential ended, and comes to its turn after, is refused. In the
// transaction of the change, where nothing can come between; a Bulk is one such transaction.
std::optional<http::Response> ApplicationCore::refuse_again(const Exchange& exchange,
                                                            store::Transaction& transaction) const {
    const auto& caller = exchange.call->caller;
    const auto credential = transaction.tenant(caller).credential(caller.credential);
    const char* reason =
        credential ? access::reason_to_refuse(*credential, options_.access.clock()) : "unknown";
    if (credential && credential->paused && reason == nullptr) {
        return scim::error_response(access::paused(), exchange.call->head);
    }
    if (reason == nullptr) return std::nullopt;
    const Error error = access::refused(reason).error();
    auto response = scim::error_response(error, exchange.call->head);
    response.with("WWW-Authenticate", access::challenge(error));
    exchange.call->note = reason;
    return response;
}

// A change that runs again (store::Work) is made anew from the request: most of them move things out of their
// closure.
http::Response ApplicationCore::run_write(Exchange& exchange, std::optional<http::Write>& write,
                                          store::Transaction& transaction) {
    auto first = std::exchange(write, std::nullopt);
    auto& call = *exchange.call;
    if (!first) {
        call.target.clear();
        call.note.clear();
    }
    return log_.run(call, exchange.passage, transaction, [&] {
        if (auto refusal = refuse_again(exchange, transaction)) return std::move(*refusal);
        auto again = judge_again(exchange, transaction);
        if (!again && first) return first->run(transaction);
        if (!again) again = exchange.route->handler(exchange.call);
        auto finished = http::finish(std::move(*again));
        auto* changed = std::get_if<http::Write>(&finished);
        return changed != nullptr ? changed->run(transaction) : std::move(std::get<http::Response>(finished));
    });
}

}  // namespace rollcall
