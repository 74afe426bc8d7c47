#include "access/authenticate.h"

#include <unordered_map>

#include "access/token.h"
#include "base/text.h"

namespace rollcall::access {
namespace {

constexpr int64_t kTouchAfterMs = 60'000;  // a last-used time per request would make every read a write

std::unexpected<Error> refused(const char* reason) {
    return failure(ErrorKind::Unauthorized,
                   "The bearer token is missing, wrong, expired, disabled or revoked, or it "
                   "belongs to another tenant than the address names.",
                   reason);
}

bool is_address(std::string_view host) {
    return host.empty() || host.front() == '[' ||
           host.find_first_not_of("0123456789.") == std::string_view::npos;
}

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

const char* reason_to_refuse(const Credential& credential, const Sha256& digest, Instant now) {
    if (!equal_in_constant_time(as_bytes(credential.token_hash), as_bytes(digest))) return "unknown";
    if (credential.revoked) return "revoked";
    if (!credential.enabled) return "disabled";
    if (credential.expires && *credential.expires <= now) return "expired";
    return nullptr;
}

}  // namespace

std::string_view bearer_token(std::string_view authorization) {
    const auto blank = authorization.find(' ');
    if (blank == std::string_view::npos || !equals_ignoring_case(authorization.substr(0, blank), "bearer"))
        return {};
    const auto token = trim(authorization.substr(blank + 1));
    return token.find_first_of(" ,\t") == std::string_view::npos ? token : std::string_view();
}

// Policies are stored as text; parsing one costs more than the rest of a request. A tenant's text changes
// rarely.
std::shared_ptr<const Policy> policy_of(const Tenant& tenant) {
    thread_local std::unordered_map<std::string, std::shared_ptr<const Policy>> known;
    if (const auto it = known.find(tenant.policy); it != known.end()) return it->second;
    if (known.size() > 1'000) known.clear();
    Policy policy;
    if (auto values = parse_json(tenant.policy); values && values->is_object()) {
        if (auto read = policy_from_json(values->get_object())) policy = *read;
    }
    auto shared = std::make_shared<const Policy>(std::move(policy));
    known.emplace(tenant.policy, shared);
    return shared;
}

Result<Authenticated> authenticate(store::Transaction& transaction, const Presented& presented,
                                   const AccessOptions& options) {
    if (presented.authorization.empty()) {
        return refused(presented.token_in_query ? "token_in_query" : "no_credentials");
    }
    const auto token = bearer_token(presented.authorization);
    if (!is_token(token)) return refused("malformed");
    const auto digest = sha256(token);
    auto found = transaction.find_credential(digest);
    if (!found) return refused("unknown");
    auto& [credential, tenant] = *found;
    const auto now = options.clock();
    if (const char* reason = reason_to_refuse(credential, digest, now)) return refused(reason);
    const bool path_agrees = presented.path_tenant.empty() || presented.path_tenant == tenant.slug;
    if (!path_agrees || !host_agrees(transaction, presented.host, tenant, options))
        return refused("tenant_mismatch");
    Authenticated result;
    result.caller = {tenant.id,        tenant.slug,   credential.id,
                     credential.right, Channel::Scim, std::string(presented.address),
                     credential.user};
    result.policy = policy_of(tenant);
    result.touch = !credential.last_used || credential.last_used->ms + kTouchAfterMs <= now.ms;
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
