#include "access/openid.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cmath>

#include "access/authenticate.h"

namespace rollcall::access {
namespace {

constexpr std::string_view kAttemptContext = "openid attempt";
constexpr int64_t kDiscoveryFreshMs = 3'600'000;
constexpr size_t kProvidersMax = 1'000;
constexpr size_t kPathMax = 512;

std::string text_of(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::unexpected<Error> not_answered(const char* note) {
    return failure(
        ErrorKind::Unavailable,
        "The identity provider does not answer as it should. Sign in with a password, or try again later.",
        note);
}

std::unexpected<Error> not_signed_in(std::string note) {
    return failure(ErrorKind::Unauthorized, "The identity provider did not sign you in. Begin again.",
                   std::move(note));
}

// With padding (RFC 7617).
std::string base64_encode(std::string_view bytes) {
    std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    out.resize(static_cast<size_t>(size));
    return out;
}

std::string secret_context(TenantId tenant) {
    return "openid client secret of tenant " + std::to_string(tenant.value);
}

bool takes(const json::object& document, std::string_view list_name, std::string_view wanted,
           bool if_unsaid) {
    const auto* list = document.if_contains(list_name);
    if (list == nullptr || !list->is_array()) return if_unsaid;
    return std::ranges::any_of(list->get_array(), [&](const json::value& one) {
        return one.is_string() && std::string_view(one.get_string()) == wanted;
    });
}

OpenIdPerson person_of(const json::object& claims) {
    OpenIdPerson person;
    person.subject = text_of(claims, "sub");
    const auto email = text_of(claims, "email");
    person.has_email = !email.empty();
    const auto* verified = claims.if_contains("email_verified");
    // Some providers write the word; nothing else counts.
    const bool is_verified =
        verified != nullptr &&
        (verified->is_bool() ? verified->get_bool()
                             : verified->is_string() && verified->get_string() == "true");
    if (is_verified) person.verified_email = email;
    if (const auto* time = claims.if_contains("auth_time"); time != nullptr && time->is_number()) {
        const double seconds = time->to_number<double>();
        if (std::isfinite(seconds) && seconds > 0 && seconds < 1e11) {
            person.authenticated = Instant{static_cast<int64_t>(seconds * 1000)};
        }
    }
    return person;
}

}  // namespace

std::string seal_attempt(const Sha256& key, const OpenIdAttempt& attempt) {
    const json::object fields{{"tenant", attempt.tenant},       {"issuer", attempt.issuer},
                              {"state", attempt.state},         {"nonce", attempt.nonce},
                              {"verifier", attempt.verifier},   {"redirect_uri", attempt.redirect_uri},
                              {"return_to", attempt.return_to}, {"prove", attempt.prove},
                              {"expires", attempt.expires.ms}};
    return base64url_encode(seal(key, kAttemptContext, to_json(json::value(fields))));
}

std::optional<OpenIdAttempt> unseal_attempt(const Sha256& key, std::string_view sealed, Instant now) {
    std::string bytes;
    if (!base64url_decode(sealed, bytes)) return std::nullopt;
    const auto text = unseal(key, kAttemptContext, bytes);
    if (!text) return std::nullopt;
    const auto value = parse_json(*text);
    if (!value || !value->is_object()) return std::nullopt;
    const auto& fields = value->get_object();
    OpenIdAttempt attempt{
        text_of(fields, "tenant"),    text_of(fields, "issuer"),    text_of(fields, "state"),
        text_of(fields, "nonce"),     text_of(fields, "verifier"),  text_of(fields, "redirect_uri"),
        text_of(fields, "return_to"), fields.at("prove").as_bool(), Instant{fields.at("expires").as_int64()}};
    if (attempt.expires <= now) return std::nullopt;
    return attempt;
}

bool is_own_path(std::string_view text) {
    const bool is_path = text.starts_with('/') && !text.starts_with("//") && text.size() <= kPathMax;
    return is_path &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f' && c != '\\' && c != '"'; });
}

std::string seal_client_secret(const Sha256& key, TenantId tenant, std::string_view secret) {
    return base64url_encode(seal(key, secret_context(tenant), secret));
}

std::optional<std::string> unseal_client_secret(const Sha256& key, TenantId tenant, std::string_view sealed) {
    std::string bytes;
    if (!base64url_decode(sealed, bytes)) return std::nullopt;
    return unseal(key, secret_context(tenant), bytes);
}

Result<OpenIdClient::Discovery> OpenIdClient::discover(const std::string& issuer) {
    const Instant now = clock_();
    {
        std::lock_guard lock(mutex_);
        const auto it = known_.find(issuer);
        if (it != known_.end() && it->second.fetched.ms + kDiscoveryFreshMs > now.ms) return it->second;
    }
    std::string url = issuer;
    if (url.ends_with('/')) url.pop_back();
    const auto fetched = TRY(fetcher_.get(url + "/.well-known/openid-configuration"));
    const auto document = parse_json(fetched.body);
    if (fetched.status != 200 || !document || !document->is_object()) return not_answered("openid_discovery");
    const auto& fields = document->get_object();
    // Discovery 1.0 §4.3: whoever answers in the name of another is not believed.
    if (text_of(fields, "issuer") != issuer) return not_answered("openid_issuer");
    Discovery found{text_of(fields, "authorization_endpoint"), text_of(fields, "token_endpoint"),
                    text_of(fields, "jwks_uri"), false, now};
    for (const auto* endpoint : {&found.authorization_endpoint, &found.token_endpoint, &found.jwks_uri}) {
        if (!outside::check_url(*endpoint, fetcher_.destinations())) return not_answered("openid_endpoints");
    }
    constexpr std::string_view kMethods = "token_endpoint_auth_methods_supported";
    found.secret_in_form = !takes(fields, kMethods, "client_secret_basic", true) &&
                           takes(fields, kMethods, "client_secret_post", false);
    std::lock_guard lock(mutex_);
    if (known_.size() > kProvidersMax) known_.clear();
    known_[issuer] = found;
    return found;
}

Result<void> OpenIdClient::check_issuer(const std::string& issuer) {
    TRY_VOID(outside::check_url(issuer, fetcher_.destinations()));
    if (issuer.contains('?')) return failure(ErrorKind::InvalidValue, "An issuer has no query.");
    TRY_VOID(discover(issuer));
    return {};
}

Result<std::string> OpenIdClient::authorization_url(const IdentityProvider& provider,
                                                    const OpenIdAttempt& attempt) {
    const auto at = TRY(discover(provider.issuer));
    std::string url = at.authorization_endpoint;
    url += url.contains('?') ? '&' : '?';
    const auto add = [&url](std::string_view name, std::string_view value) {
        if (!url.ends_with('?') && !url.ends_with('&')) url += '&';
        url += std::string(name) + '=' + outside::form_encoded(value);
    };
    add("response_type", "code");
    add("client_id", provider.client_id);
    add("redirect_uri", attempt.redirect_uri);
    add("scope", "openid email");
    add("state", attempt.state);
    add("nonce", attempt.nonce);
    add("code_challenge", base64url_encode(as_bytes(sha256(attempt.verifier))));
    add("code_challenge_method", "S256");
    if (attempt.prove) {
        add("prompt", "login");
        add("max_age", "0");
    }
    return url;
}

Result<std::string> OpenIdClient::id_token(const IdentityProvider& provider, const Discovery& at,
                                           const OpenIdAttempt& attempt, std::string_view code,
                                           std::string_view secret) {
    using outside::form_encoded;
    std::string form = "grant_type=authorization_code&code=" + form_encoded(code) +
                       "&redirect_uri=" + form_encoded(attempt.redirect_uri) +
                       "&code_verifier=" + form_encoded(attempt.verifier);
    std::string authorization;
    if (secret.empty() || at.secret_in_form) form += "&client_id=" + form_encoded(provider.client_id);
    if (!secret.empty() && at.secret_in_form) form += "&client_secret=" + form_encoded(secret);
    if (!secret.empty() && !at.secret_in_form) {
        // RFC 6749 §2.3.1: both are encoded as in a form first. RFC 7617 wants padding.
        const std::string pair = form_encoded(provider.client_id) + ':' + form_encoded(secret);
        authorization = "Basic " + base64_encode(pair);
    }
    const auto answer = TRY(fetcher_.post(at.token_endpoint, form, authorization));
    if (answer.status >= 500) return not_answered("openid_token");
    const auto document = parse_json(answer.body);
    if (answer.status != 200 || !document || !document->is_object()) return not_signed_in("openid_code");
    auto token = text_of(document->get_object(), "id_token");
    if (token.empty()) return not_signed_in("openid_code");
    return token;
}

Result<OpenIdPerson> OpenIdClient::redeem(const IdentityProvider& provider, const OpenIdAttempt& attempt,
                                          std::string_view code, std::string_view secret) {
    const auto at = TRY(discover(provider.issuer));
    const auto token = TRY(id_token(provider, at, attempt, code, secret));
    const Instant now = clock_();
    const auto check = [&]() -> Result<OpenIdPerson> {
        const auto jwt = TRY(parse_jwt(token));
        const auto keys = TRY(key_sets_.keys_for(jwt, at.jwks_uri));
        TRY_VOID(check_signature(jwt, keys));
        TRY_VOID(check_id_token(jwt, {provider.issuer, provider.client_id, attempt.nonce}, now));
        return person_of(jwt.claims);
    };
    auto person = check();
    if (!person && person.error().kind == ErrorKind::Unauthorized) return not_signed_in(person.error().note);
    if (!person) return std::unexpected(person.error());
    const bool is_recent =
        person->authenticated && person->authenticated->ms + kJwtSkewMs >= attempt.expires.ms - kOpenIdMs;
    if (attempt.prove && !is_recent) return not_signed_in("openid_not_asked_again");
    return person;
}

}  // namespace rollcall::access
