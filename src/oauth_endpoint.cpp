#include "oauth_endpoint.h"

#include <map>

#include "access/token.h"
#include "base/json.h"
#include "scim/query_parameters.h"

namespace rollcall {
namespace {

constexpr size_t kBodyBytesMax = 8 * 1024;
constexpr size_t kAccessTokensMax = 100;  // of one credential; the first to end makes room
constexpr std::string_view kAccessTokenPrefix = "rc_at_";

http::Response oauth_answer(int status, const json::object& body) {
    http::Response response;
    response.status = status;
    response.content_type = "application/json";
    response.body = to_json(json::value(body));
    response.with("Cache-Control", "no-store").with("Pragma", "no-cache");
    return response;
}

http::Response oauth_error(int status, std::string_view code, std::string_view description) {
    return oauth_answer(status, {{"error", code}, {"error_description", description}});
}

http::Response invalid_client() {
    auto response =
        oauth_error(401, "invalid_client", "The client id or its secret is wrong, expired or revoked.");
    response.with("WWW-Authenticate", "Basic realm=\"scim\"");
    return response;
}

http::Response unavailable(std::string_view detail) {
    auto response = oauth_error(503, "temporarily_unavailable", detail);
    response.with("Retry-After", std::to_string(kPolicyRetryAfterS));
    return response;
}

using Form = std::map<std::string, std::string, std::less<>>;

// application/x-www-form-urlencoded; false for a name that stands there twice (RFC 6749 §3.2).
bool read_form(std::string_view body, Form& form) {
    while (!body.empty()) {
        const auto end = std::min(body.find('&'), body.size());
        const auto part = body.substr(0, end);
        body.remove_prefix(std::min(end + 1, body.size()));
        if (part.empty()) continue;
        const auto equals = std::min(part.find('='), part.size());
        std::string name, value;
        if (!scim::percent_decode(part.substr(0, equals), name, true) ||
            !scim::percent_decode(equals < part.size() ? part.substr(equals + 1) : "", value, true))
            return false;
        if (!form.emplace(std::move(name), std::move(value)).second) return false;
    }
    return true;
}

struct Client {
    std::string id;
    std::string secret;
};

// Errors carry the answer's description; kind Unauthorized for what is no client, BadRequest for the form.
Result<Client> read_client(const http::Head& head, const Form& form) {
    const auto authorization = head.header("Authorization");
    const bool in_form = form.contains("client_secret");
    if (authorization.empty()) {
        if (!in_form || !form.contains("client_id")) return access::refused("no_credentials");
        return Client{form.find("client_id")->second, form.find("client_secret")->second};
    }
    if (in_form) return failure(ErrorKind::BadRequest, "The client authenticates in two ways. Use one.");
    access::Proof proof;
    access::Presented presented;
    presented.authorization = authorization;
    TRY_VOID(access::read_proof(presented, proof));
    if (proof.way != access::Way::Basic) return access::refused("malformed");
    Client client;
    // RFC 6749 §2.3.1: both are form-encoded inside of Basic.
    if (!scim::percent_decode(proof.user_name, client.id, true) ||
        !scim::percent_decode(proof.token, client.secret, true))
        return access::refused("malformed");
    if (const auto named = form.find("client_id"); named != form.end() && named->second != client.id)
        return failure(ErrorKind::BadRequest, "The client names itself in two ways that differ.");
    return client;
}

void make_room(store::TenantTransaction& door, CredentialId credential, Instant now) {
    door.end_tokens(credential, Instant{INT64_MAX}, now);
    std::vector<Sha256> access;
    for (const auto& token : door.tokens(credential, now)) {
        if (token.kind == TokenKind::Access) access.push_back(token.token_hash);
    }
    for (size_t i = 0; i + kAccessTokensMax <= access.size(); ++i) door.erase_token(access[i]);
}

// What one request needs until it is answered.
struct TokenExchange {
    TokenRequests requests;
    const http::Head* head;
    Client client = {};
    std::string scope = {};
    std::shared_ptr<bool> is_told = std::make_shared<bool>(false);

    http::Response answered(const Caller& caller, std::string_view note, http::Response response,
                            store::Transaction* transaction = nullptr) const {
        *is_told = true;
        requests.answered(*head, caller, note, response, transaction);
        return response;
    }
    http::Response run(store::Transaction& transaction) const;
};

http::Response TokenExchange::run(store::Transaction& transaction) const {
    Caller nobody;
    nobody.address = head->peer_address;
    const auto tell = [&](const Caller& caller, std::string_view note, http::Response response) {
        return answered(caller, note, std::move(response), &transaction);
    };
    if (!access::is_token(client.secret)) return tell(nobody, "malformed", invalid_client());
    const auto hash = sha256(client.secret);
    const auto found = transaction.find_credential(hash);
    const auto now = requests.access.clock();
    // An access token buys no other, or it would never end.
    if (!found || found->first.found_by == TokenKind::Access)
        return tell(nobody, "unknown", invalid_client());
    const auto& [credential, tenant] = *found;
    if (!equal_in_constant_time(as_bytes(credential.token_hash), as_bytes(hash)) ||
        (client.id != credential.id.text() && (credential.slug.empty() || client.id != credential.slug)))
        return tell(nobody, "user_name", invalid_client());
    if (const char* reason = access::reason_to_refuse(credential, now))
        return tell(nobody, reason, invalid_client());
    access::Presented presented;
    presented.host = head->host;
    if (const auto named = access::named_tenant(transaction, presented, requests.access);
        !tenant.enabled || (named && named->id != tenant.id))
        return tell(nobody, "tenant_mismatch", invalid_client());
    const auto known = access::policy_of(tenant);
    if (!known) return tell(nobody, known.error().note, unavailable(known.error().detail));
    const auto& policy = *known;
    if (!access::may_come_from(credential, *policy, head->peer_address))
        return tell(nobody, "network", invalid_client());
    Caller caller = {tenant.id,     tenant.slug,        credential.id,  credential.right,
                     Channel::Scim, head->peer_address, credential.user};
    if (!policy->oauth_client_credentials) {
        return answered(
            caller, "way_off",
            oauth_error(400, "unauthorized_client", "The tenant has not switched access tokens on."));
    }
    if (!scope.empty() && scope != right_name(credential.right)) {
        return answered(
            caller, "scope",
            oauth_error(400, "invalid_scope",
                        "The client has the scope " + std::string(right_name(credential.right)) + " only."));
    }
    const Instant end{std::min(now.ms + policy->access_token_seconds * 1'000,
                               credential.expires.value_or(Instant{INT64_MAX}).ms)};
    auto& door = transaction.tenant(caller);
    make_room(door, credential.id, now);
    const Secret token = access::make_token(kAccessTokenPrefix);
    door.insert_token({sha256(token.reveal()), credential.id, TokenKind::Access, end});
    transaction.touch_credential(tenant.id, credential.id, now, caller.address);
    return tell(caller, "",
                oauth_answer(200, {{"access_token", token.reveal()},
                                   {"token_type", "Bearer"},
                                   {"expires_in", (end.ms - now.ms) / 1'000},
                                   {"scope", right_name(credential.right)}}));
}

http::Outcome work_on(TokenExchange exchange, std::string_view body) {
    Caller nobody;
    nobody.address = exchange.head->peer_address;
    const auto invalid = [&](std::string_view code, std::string_view description) {
        return exchange.answered(nobody, "form", oauth_error(400, code, description));
    };
    Form form;
    const auto type = exchange.head->header("Content-Type");
    if (!equals_ignoring_case(trim(type.substr(0, type.find(';'))), "application/x-www-form-urlencoded") ||
        !read_form(body, form))
        return invalid("invalid_request",
                       "The body is a form: grant_type=client_credentials, each name once.");
    const auto grant = form.find("grant_type");
    if (grant == form.end()) return invalid("invalid_request", "The form has no grant_type.");
    auto client = read_client(*exchange.head, form);
    if (!client && client.error().kind == ErrorKind::BadRequest)
        return invalid("invalid_request", client.error().detail);
    if (!client) return exchange.answered(nobody, client.error().note, invalid_client());
    if (grant->second != "client_credentials")
        return invalid("unsupported_grant_type", "The only grant is client_credentials.");
    exchange.client = std::move(*client);
    if (const auto scope = form.find("scope"); scope != form.end()) exchange.scope = scope->second;
    // Wrong secrets are found out here, on a view: they must not queue for the writer.
    if (const auto found =
            access::is_token(exchange.client.secret)
                ? exchange.requests.store.read().find_credential(sha256(exchange.client.secret))
                : std::nullopt;
        !found)
        return exchange.answered(nobody, "unknown", invalid_client());
    return http::Write{[exchange = std::move(exchange)](store::Transaction& transaction) {
                           return exchange.run(transaction);
                       },
                       true};
}

}  // namespace

http::Admission admit_token_request(const TokenRequests& requests, const http::Head& head) {
    http::Admission admission;
    TokenExchange exchange{requests, &head};
    Caller nobody;
    nobody.address = head.peer_address;
    if (head.method != http::Method::Post) {
        auto response = oauth_error(405, "invalid_request", "Access tokens are asked for by POST.");
        response.with("Allow", "POST");
        admission.refusal = exchange.answered(nobody, "", std::move(response));
        return admission;
    }
    admission.body_bytes_max = kBodyBytesMax;
    // What the transport answers itself, and a job that was lost.
    admission.answered = [exchange](const http::Response& response) {
        if (*exchange.is_told) return;
        Caller caller;
        caller.address = exchange.head->peer_address;
        (void)exchange.answered(caller, "", response);
    };
    admission.handle = [exchange = std::move(exchange)](std::string_view body) mutable {
        return work_on(std::move(exchange), body);
    };
    return admission;
}

}  // namespace rollcall
