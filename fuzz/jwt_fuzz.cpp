// Signed tokens: whatever is not signed with the key is refused, and what was taken says in its own words
// what the issuer's row wants.
#include "access/jwt.h"
#include "base/check.h"
#include "base/secret.h"

namespace rollcall {
namespace {

constexpr Instant kNow{1'800'000'000'000};

// The key of RFC 8037 appendix A.2; nobody fuzzes a signature of it.
constexpr std::string_view kKeys =
    R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"k1"}]})";

const access::IssuerKeys& keys() {
    static const access::IssuerKeys list = [] {
        const auto text = access::import_keys(kKeys, "", "");
        CHECK(text);
        return access::read_issuer_keys(*text);
    }();
    return list;
}

store::IssuerRow issuer() {
    store::IssuerRow row;
    row.url = "https://id.example";
    row.audience = "rollcall";
    row.tenant_claim = "tenant";
    row.tenant_value = "acme";
    return row;
}

void check_token(std::string_view text) {
    const auto jwt = access::parse_jwt(text);
    if (!jwt) {
        CHECK(jwt.error().kind == ErrorKind::Unauthorized);
        return;
    }
    CHECK(access::looks_like_jwt(text) && text.starts_with(jwt->signed_part));
    // The key's owner signed one text that is known, and its payload is no JSON.
    CHECK(!access::check_signature(*jwt, keys()));
    if (access::check_claims(*jwt, issuer(), kNow)) {
        CHECK(std::string_view(jwt->claims.at("tenant").as_string()) == "acme");
        CHECK(std::string_view(jwt->claims.at("iss").as_string()) == "https://id.example");
        const double exp = jwt->claims.at("exp").to_number<double>();
        CHECK(exp * 1000 > static_cast<double>(kNow.ms - access::kJwtSkewMs) - 1);
        CHECK(exp * 1000 <= static_cast<double>(kNow.ms + access::kJwtLifeMs + access::kJwtSkewMs) + 1);
    }
}

}  // namespace
}  // namespace rollcall

// A token as it is; and, where a line break parts it, header, claims and signature that are encoded here.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace rollcall;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_token(text);
    const auto first = text.find('\n');
    const auto second = first == std::string_view::npos ? first : text.find('\n', first + 1);
    if (second != std::string_view::npos) {
        check_token(base64url_encode(text.substr(0, first)) + "." +
                    base64url_encode(text.substr(first + 1, second - first - 1)) + "." +
                    base64url_encode(text.substr(second + 1)));
    }
    (void)access::import_keys(text, "", "");
    return 0;
}
