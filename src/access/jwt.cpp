#include "access/jwt.h"

#include <algorithm>
#include <cmath>

#include "access/authenticate.h"
#include "access/jwt_key.h"
#include "base/secret.h"
#include "base/text.h"

namespace rollcall::access {
namespace {

constexpr size_t kKeysMax = 20;

// A part that is base64url of one JSON object without repeated members.
bool read_object(std::string_view part, json::object& out) {
    std::string text;
    if (!base64url_decode(part, text)) return false;
    auto value = parse_json(text);
    if (!value || !value->is_object()) return false;
    out = std::move(value->get_object());
    return true;
}

std::optional<std::string_view> text_member(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string_view(value->get_string());
}

// A NumericDate (RFC 7519 §2) in milliseconds.
std::optional<int64_t> time_member(const json::object& claims, std::string_view name) {
    const auto* value = claims.if_contains(name);
    if (value == nullptr || !value->is_number()) return std::nullopt;
    const double seconds = value->to_number<double>();
    if (!std::isfinite(seconds) || seconds < 0 || seconds > 1e11) return std::nullopt;
    return static_cast<int64_t>(seconds * 1000);
}

// A name as issuers give their keys; "../../key" and "' OR 1=1" are none.
bool is_kid(std::string_view kid) {
    return !kid.empty() && kid.size() <= 256 && !kid.starts_with('/') &&
           kid.find("..") == std::string_view::npos && std::ranges::all_of(kid, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      std::string_view("-_.~+/=:@").contains(c);
           });
}

// What a header may say about itself. Hints at keys are refused, not skipped: who sends them expects them to
// be used.
bool is_acceptable_header(const json::object& header) {
    for (const std::string_view hint : {"jku", "x5u", "jwk", "x5c", "crit", "b64", "zip", "enc", "cty"}) {
        if (header.contains(hint)) return false;
    }
    if (const auto* type = header.if_contains("typ"); type != nullptr) {
        const auto name = text_member(header, "typ");
        if (!name || !(equals_ignoring_case(*name, "JWT") || equals_ignoring_case(*name, "at+jwt") ||
                       equals_ignoring_case(*name, "application/at+jwt")))
            return false;
    }
    if (header.contains("kid")) {
        const auto kid = text_member(header, "kid");
        if (!kid || !is_kid(*kid)) return false;
    }
    return text_member(header, "alg").has_value();
}

bool is_for(const json::object& claims, std::string_view audience) {
    const auto* value = claims.if_contains("aud");
    if (value == nullptr) return false;
    if (value->is_string()) return std::string_view(value->get_string()) == audience;
    return value->is_array() && std::ranges::any_of(value->get_array(), [&](const json::value& one) {
               return one.is_string() && std::string_view(one.get_string()) == audience;
           });
}

Result<std::string> stored_form(const IssuerKeys& keys) {
    if (keys.empty() || keys.size() > kKeysMax) {
        return failure(ErrorKind::InvalidValue, "An issuer has 1 to 20 keys for signatures.");
    }
    json::array rows;
    for (const auto& key : keys) {
        rows.push_back(
            json::object{{"kid", key->kid}, {"algorithm", key->algorithm.name}, {"key", key->pem()}});
    }
    return to_json(json::value(std::move(rows)));
}

// exp, which must be there, nbf and iat.
Result<void> check_times(const json::object& claims, Instant now) {
    const auto expires = time_member(claims, "exp");
    if (!expires || *expires + kJwtSkewMs <= now.ms || *expires > now.ms + kJwtLifeMs + kJwtSkewMs)
        return refused("jwt_time");
    for (const std::string_view name : {"nbf", "iat"}) {
        if (!claims.contains(name)) continue;
        const auto begins = time_member(claims, name);
        if (!begins || *begins > now.ms + kJwtSkewMs) return refused("jwt_time");
    }
    return {};
}

}  // namespace

bool looks_like_jwt(std::string_view token) {
    return std::ranges::count(token, '.') == 2;
}

Result<Jwt> parse_jwt(std::string_view token) {
    const auto first = token.find('.');
    const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
    Jwt jwt;
    if (token.size() > kJwtBytesMax || second == std::string_view::npos ||
        token.find('.', second + 1) != std::string_view::npos ||
        !read_object(token.substr(0, first), jwt.header) ||
        !read_object(token.substr(first + 1, second - first - 1), jwt.claims) ||
        !base64url_decode(token.substr(second + 1), jwt.signature))
        return refused("jwt_form");
    jwt.signed_part = token.substr(0, second);
    return jwt;
}

IssuerKeys read_issuer_keys(std::string_view json_text) {
    IssuerKeys keys;
    const auto list = parse_json(json_text);
    if (!list || !list->is_array()) return keys;
    for (const auto& one : list->get_array()) {
        if (!one.is_object()) continue;
        auto key = key_from_pem(text_member(one.get_object(), "key").value_or(""),
                                text_member(one.get_object(), "algorithm").value_or(""),
                                text_member(one.get_object(), "kid").value_or(""));
        if (key) keys.push_back(std::move(*key));
    }
    return keys;
}

Result<std::string> import_keys(std::string_view file, std::string_view algorithm, std::string_view kid) {
    IssuerKeys keys;
    if (trim(file).starts_with('{')) {
        const auto document = TRY(parse_json(file));
        const auto* list = document.get_object().if_contains("keys");
        if (list == nullptr || !list->is_array()) {
            return failure(ErrorKind::InvalidValue, "A JWK Set has a list named \"keys\".");
        }
        for (const auto& one : list->get_array()) {
            if (!one.is_object()) continue;
            if (text_member(one.get_object(), "use") == "enc") continue;  // encrypts, and signs nothing
            keys.push_back(TRY(key_from_jwk(one.get_object())));
        }
    } else {
        keys.push_back(TRY(key_from_pem(file, algorithm, kid)));
    }
    return stored_form(keys);
}

Result<std::string> import_key_set(std::string_view document) {
    const auto parsed = parse_json(document);
    const auto* list = parsed && parsed->is_object() ? parsed->get_object().if_contains("keys") : nullptr;
    if (list == nullptr || !list->is_array()) {
        return failure(ErrorKind::InvalidValue, "A JWK Set has a list named \"keys\".");
    }
    IssuerKeys keys;
    for (const auto& one : list->get_array()) {
        if (!one.is_object() || text_member(one.get_object(), "use").value_or("sig") != "sig") continue;
        if (auto key = key_from_jwk(one.get_object())) keys.push_back(std::move(*key));
    }
    return stored_form(keys);
}

bool has_key_for(const Jwt& jwt, const IssuerKeys& keys) {
    const auto kid = text_member(jwt.header, "kid");
    return std::ranges::any_of(keys, [&](const auto& key) { return !kid || key->kid == *kid; });
}

Result<void> check_signature(const Jwt& jwt, const IssuerKeys& keys) {
    if (!is_acceptable_header(jwt.header)) return refused("jwt_header");
    const auto algorithm = *text_member(jwt.header, "alg");
    const auto kid = text_member(jwt.header, "kid");
    bool known = false;
    for (const auto& key : keys) {
        const bool is_meant = !kid || key->kid.empty() || key->kid == *kid;
        if (!is_meant || key->algorithm.name != algorithm) continue;
        known = true;
        if (key->verifies(jwt.signed_part, jwt.signature)) return {};
    }
    return refused(known ? "jwt_signature" : "jwt_key");
}

bool names_tenant(const Jwt& jwt, const store::IssuerRow& issuer) {
    return text_member(jwt.claims, issuer.tenant_claim) == issuer.tenant_value;
}

Result<void> check_claims(const Jwt& jwt, const store::IssuerRow& issuer, Instant now) {
    const auto& claims = jwt.claims;
    if (text_member(claims, "iss") != issuer.url || !is_for(claims, issuer.audience))
        return refused("jwt_audience");
    TRY_VOID(check_times(claims, now));
    if (!names_tenant(jwt, issuer)) return refused("jwt_tenant");
    return {};
}

Result<void> check_id_token(const Jwt& jwt, const IdTokenWanted& wanted, Instant now) {
    const auto& claims = jwt.claims;
    if (text_member(claims, "iss") != wanted.issuer || !is_for(claims, wanted.client_id))
        return refused("jwt_audience");
    // A token for several must say who asked for it, and one that says so must mean this client.
    const bool is_for_several = claims.at("aud").is_array() && claims.at("aud").get_array().size() > 1;
    if ((is_for_several || claims.contains("azp")) && text_member(claims, "azp") != wanted.client_id)
        return refused("jwt_audience");
    TRY_VOID(check_times(claims, now));
    if (!equal_in_constant_time(text_member(claims, "nonce").value_or(""), wanted.nonce))
        return refused("jwt_nonce");
    const auto subject = text_member(claims, "sub");
    if (!subject || subject->empty() || subject->size() > 255) return refused("jwt_subject");
    return {};
}

}  // namespace rollcall::access
