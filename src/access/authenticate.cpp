#include "access/authenticate.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <unordered_map>

#include "access/jwt.h"
#include "access/key_refresh.h"
#include "access/token.h"
#include "base/address.h"
#include "base/log.h"
#include "base/text.h"

namespace rollcall::access {
namespace {

constexpr int64_t kTellAgainMs = 60'000;
constexpr int64_t kTouchAfterMs = 60'000;  // a last-used time per request would make every read a write

bool is_address(std::string_view host) {
    return host.empty() || host.front() == '[' ||
           host.find_first_not_of("0123456789.") == std::string_view::npos;
}

struct Found {
    Credential credential;
    Tenant tenant;
};

const IssuerKeys& keys_of(const store::IssuerRow& issuer) {
    thread_local std::unordered_map<std::string, IssuerKeys> known;
    if (const auto it = known.find(issuer.keys); it != known.end()) return it->second;
    if (known.size() > 1'000) known.clear();
    return known.emplace(issuer.keys, read_issuer_keys(issuer.keys)).first->second;
}

// Keys that were fetched may have been replaced since (STD-04). Who presents a key that is not known is told
// to come again while they are fetched: the thread of a connection does not wait for others.
Result<void> check_signed(const Jwt& jwt, const store::FoundIssuer& found, Instant now,
                          const AccessOptions& options) {
    const auto& issuer = found.issuer;
    const auto& keys = keys_of(issuer);
    if (issuer.keys_url.empty()) return check_signature(jwt, keys);
    const bool is_stale = !issuer.keys_fetched || issuer.keys_fetched->ms + kKeysStaleMs <= now.ms;
    auto checked = is_stale ? Result<void>(refused("jwt_keys_stale")) : check_signature(jwt, keys);
    if (checked || checked.error().note == "jwt_header") return checked;
    const bool wants_others = is_stale || !has_key_for(jwt, keys);
    if (!wants_others || options.key_refresh == nullptr ||
        !options.key_refresh->ask(found.tenant, issuer.url)) {
        return checked;
    }
    return failure(ErrorKind::Unavailable,
                   "The keys of the token's issuer are being fetched; try again in a second.",
                   "jwt_keys_asked");
}

// Which tenant's keys are asked depends on what the token says of itself, and the tenant's row must then say
// the same: a token of one tenant's issuer is never tried with another tenant's keys.
Result<Found> find_by_jwt(store::Transaction& transaction, std::string_view token, Instant now,
                          const AccessOptions& options) {
    const auto jwt = TRY(parse_jwt(token));
    const auto* name = jwt.claims.if_contains("iss");
    if (name == nullptr || !name->is_string()) return refused("jwt_issuer");
    for (auto& found : transaction.find_issuers(std::string_view(name->get_string()))) {
        if (!names_tenant(jwt, found.issuer)) continue;
        TRY_VOID(check_signed(jwt, found, now, options));
        TRY_VOID(check_claims(jwt, found.issuer, now));
        return Found{std::move(found.credential), std::move(found.tenant)};
    }
    return refused("jwt_issuer");
}

Result<Found> find_by_token(store::Transaction& transaction, std::string_view token) {
    const auto digest = sha256(token);
    auto found = transaction.find_credential(digest);
    if (!found || !equal_in_constant_time(as_bytes(found->first.token_hash), as_bytes(digest)))
        return refused(is_token(token) ? "unknown" : "malformed");
    return Found{std::move(found->first), std::move(found->second)};
}

// Basic and X-API-Key are for tenants that switched them on; the user name of Basic says nothing that the
// token does not, and must not contradict it.
Result<void> check_way(const Proof& proof, const Credential& credential, const Policy& policy) {
    if (proof.way == Way::ApiKey) return policy.api_key_authentication ? Result<void>{} : refused("way_off");
    if (proof.way == Way::Bearer) return {};
    if (!policy.basic_authentication) return refused("way_off");
    const bool named = (!credential.slug.empty() && proof.user_name == credential.slug) ||
                       proof.user_name == credential.id.text();
    return named ? Result<void>{} : refused("user_name");
}

}  // namespace

bool host_agrees(store::Transaction& transaction, std::string_view host, const Tenant& tenant,
                 const AccessOptions& options) {
    if (is_address(host)) return true;
    if (!options.tenant_domain.empty()) {
        const std::string suffix = "." + options.tenant_domain;
        const std::string lower = ascii_lower(host);
        // The bare domain names no tenant; anything else outside the domain is not ours to judge.
        if (!lower.ends_with(suffix)) return true;
        return std::string_view(lower).substr(0, lower.size() - suffix.size()) == tenant.slug;
    }
    const auto dot = host.find('.');
    if (dot == std::string_view::npos) return true;
    const std::string label = ascii_lower(host.substr(0, dot));
    return label == tenant.slug || !transaction.find_tenant(label);
}

std::string_view bearer_token(std::string_view authorization) {
    const auto blank = authorization.find(' ');
    if (blank == std::string_view::npos || !equals_ignoring_case(authorization.substr(0, blank), "bearer"))
        return {};
    const auto token = trim(authorization.substr(blank + 1));
    return token.find_first_of(" ,\t") == std::string_view::npos ? token : std::string_view();
}

std::unexpected<Error> refused(const char* reason) {
    return failure(ErrorKind::Unauthorized,
                   "The bearer token is missing, wrong, expired, disabled or revoked, or it "
                   "belongs to another tenant than the address names.",
                   reason);
}

Error paused() {
    return {ErrorKind::Unavailable,
            "This credential is paused: what it did was undone as a mass change. An administrator enables it "
            "again.",
            std::string(kWaitsForDecision)};
}

const char* reason_to_refuse(const Credential& credential, Instant now) {
    if (credential.revoked) return "revoked";
    if (credential.quarantined) return "quarantined";
    if (!credential.enabled) return "disabled";
    if (credential.expires && *credential.expires <= now) return "expired";
    return nullptr;
}

namespace {

std::atomic<bool> deletes_hard = false;

bool is_within(const std::vector<std::string>& networks, std::string_view address) {
    if (networks.empty()) return true;
    const auto parsed = IpAddress::parse(address);
    return parsed && std::ranges::any_of(networks, [&](const std::string& text) {
               const auto range = AddressRange::parse(text);
               return range && range->contains(*parsed);
           });
}

// Every request of the tenant comes here: once a minute is enough to be told.
std::unexpected<Error> unreadable(const Tenant& tenant, const Error& why) {
    static std::mutex mutex;
    static std::unordered_map<int64_t, Instant> told;
    const Instant now = system_now();
    bool tells = false;
    {
        const std::lock_guard lock(mutex);
        auto& last = told[tenant.id.value];
        tells = last.ms == 0 || last.ms + kTellAgainMs <= now.ms;
        if (tells) last = now;
    }
    if (tells) {
        log(LogLevel::Error, "policy cannot be read; the tenant is not served",
            {{"tenant", tenant.slug}, {"reason", why.detail}});
    }
    return failure(ErrorKind::Unavailable,
                   "The policy of this tenant cannot be read, so that nothing is served. The operator finds the reason "
                   "in the log.",
                   std::string(kPolicyUnreadable));
}

}  // namespace

bool may_come_from(const Credential& credential, const Policy& policy, std::string_view address) {
    return is_within(policy.allowed_networks, address) && is_within(credential.networks, address);
}

void delete_hard_where_followed() {
    deletes_hard = true;
}

// Policies are stored as text; parsing one costs more than the rest of a request. A tenant's text changes
// rarely.
Result<std::shared_ptr<const Policy>> policy_of(const Tenant& tenant) {
    thread_local std::unordered_map<std::string, std::shared_ptr<const Policy>> known;
    if (const auto it = known.find(tenant.policy); it != known.end()) return it->second;
    if (known.size() > 1'000) known.clear();
    auto policy = read_policy(tenant.policy);
    if (!policy) return unreadable(tenant, policy.error());
    if (deletes_hard && policy->delete_follows_setting && policy->delete_mode == DeleteMode::Soft)
        policy->delete_mode = DeleteMode::Hard;
    auto shared = std::make_shared<const Policy>(*std::move(policy));
    known.emplace(tenant.policy, shared);
    return shared;
}

std::optional<Tenant> named_tenant(store::Transaction& transaction, const Presented& presented,
                                   const AccessOptions& options) {
    if (!presented.path_tenant.empty()) return transaction.find_tenant(presented.path_tenant);
    if (is_address(presented.host)) return std::nullopt;
    const std::string lower = ascii_lower(presented.host);
    if (!options.tenant_domain.empty()) {
        const std::string suffix = "." + options.tenant_domain;
        if (!lower.ends_with(suffix)) return std::nullopt;
        return transaction.find_tenant(std::string_view(lower).substr(0, lower.size() - suffix.size()));
    }
    const auto dot = lower.find('.');
    return dot == std::string::npos ? std::nullopt : transaction.find_tenant(lower.substr(0, dot));
}

Result<Authenticated> authenticate(store::Transaction& transaction, const Presented& presented,
                                   const AccessOptions& options) {
    if (!presented.has_credentials())
        return refused(presented.token_in_query ? "token_in_query" : "no_credentials");
    Proof proof;
    TRY_VOID(read_proof(presented, proof));
    const auto now = options.clock();
    const bool is_jwt = proof.way == Way::Bearer && looks_like_jwt(proof.token);
    auto [credential, tenant] = is_jwt ? TRY(find_by_jwt(transaction, proof.token, now, options))
                                       : TRY(find_by_token(transaction, proof.token));
    if (const char* reason = reason_to_refuse(credential, now)) return refused(reason);
    const bool path_agrees = presented.path_tenant.empty() || presented.path_tenant == tenant.slug;
    if (!path_agrees || !host_agrees(transaction, presented.host, tenant, options))
        return refused("tenant_mismatch");
    Authenticated result;
    result.policy = TRY(policy_of(tenant));
    TRY_VOID(check_way(proof, credential, *result.policy));
    if (!may_come_from(credential, *result.policy, presented.address)) return refused("network");
    result.caller = {tenant.id,        tenant.slug,   credential.id,
                     credential.right, Channel::Scim, std::string(presented.address),
                     credential.user};
    result.touch = !credential.last_used || credential.last_used->ms + kTouchAfterMs <= now.ms;
    result.token_age_ms = now.ms - credential.token_issued.value_or(credential.created).ms;
    result.is_paused = credential.paused.has_value();
    result.tenant = std::move(tenant);
    return result;
}

std::string challenge(Right missing) {
    return "Bearer realm=\"scim\", error=\"insufficient_scope\", scope=\"" +
           std::string(right_name(missing)) + '"';
}

std::string challenge(const Error& error) {
    std::string text = "Bearer realm=\"scim\"";
    if (error.note != "no_credentials") text += ", error=\"invalid_token\"";
    return text;
}

}  // namespace rollcall::access
