// Signed tokens: a corpus of more than 120, each with what must come of it (T28, P-AUTH-14).
#include "access/jwt.h"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "access/jwt_key.h"
#include "base/secret.h"

namespace rollcall::access {
namespace {

constexpr int64_t kNowS = 1'800'000'000;
constexpr Instant kNow{kNowS * 1'000};

struct KeyPair {
    KeyHandle handle;
    std::string pem;
};

KeyPair make_pair(const char* type, const char* curve = nullptr, size_t bits = 2048) {
    KeyPair pair;
    if (curve != nullptr) {
        pair.handle.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, type, curve));
    } else if (std::string_view(type) == "RSA") {
        pair.handle.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, type, bits));
    } else {
        pair.handle.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, type));
    }
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_PUBKEY(bio.get(), pair.handle.get());
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &data);
    pair.pem.assign(data, static_cast<size_t>(size));
    return pair;
}

const KeyPair& rsa() {
    static const KeyPair pair = make_pair("RSA");
    return pair;
}
const KeyPair& other_rsa() {
    static const KeyPair pair = make_pair("RSA");
    return pair;
}
const KeyPair& p256() {
    static const KeyPair pair = make_pair("EC", "P-256");
    return pair;
}
const KeyPair& p384() {
    static const KeyPair pair = make_pair("EC", "P-384");
    return pair;
}
const KeyPair& ed25519() {
    static const KeyPair pair = make_pair("ED25519");
    return pair;
}

std::string raw_of_der(const std::string& der, int half) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), ECDSA_SIG_free);
    std::string raw(static_cast<size_t>(2 * half), '\0');
    auto* out = reinterpret_cast<unsigned char*>(raw.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), out, half);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), out + half, half);
    return raw;
}

std::string sign(EVP_PKEY* key, const JwtAlgorithm& algorithm, std::string_view text) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    EVP_PKEY_CTX* options = nullptr;
    EVP_DigestSignInit_ex(context.get(), &options, algorithm.digest, nullptr, nullptr, key, nullptr);
    if (algorithm.is_pss) {
        EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST);
    }
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    size_t size = 0;
    EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size());
    std::string signature(size, '\0');
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes,
                   text.size());
    signature.resize(size);
    if (algorithm.coordinate_bytes > 0)
        return raw_of_der(signature, static_cast<int>(algorithm.coordinate_bytes));
    return signature;
}

std::string unsigned_part(std::string_view header, std::string_view claims) {
    return base64url_encode(header) + "." + base64url_encode(claims);
}

std::string signed_with(const KeyPair& pair, std::string_view algorithm, std::string_view header,
                        std::string_view claims) {
    const auto part = unsigned_part(header, claims);
    return part + "." + base64url_encode(sign(pair.handle.get(), *jwt_algorithm(algorithm), part));
}

// HMAC with the text of the public key as the secret: the RS/HS swap.
std::string signed_with_secret(std::string_view secret, std::string_view header, std::string_view claims) {
    const auto part = unsigned_part(header, claims);
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(part.data()), part.size(), out, &size);
    return part + "." + base64url_encode({reinterpret_cast<const char*>(out), size});
}

std::string keys_text(const KeyPair& pair, std::string_view algorithm, std::string_view kid) {
    return *import_keys(pair.pem, algorithm, kid);
}

const store::IssuerRow& issuer() {
    static const store::IssuerRow row = [] {
        store::IssuerRow made;
        made.url = "https://id.example";
        made.audience = "rollcall";
        made.tenant_claim = "tenant";
        made.tenant_value = "acme";
        return made;
    }();
    return row;
}

// "" when the token is taken, else the note of the refusal.
std::string outcome(std::string_view token, const IssuerKeys& keys) {
    const auto jwt = parse_jwt(token);
    if (!jwt) return jwt.error().note;
    if (auto checked = check_signature(*jwt, keys); !checked) return checked.error().note;
    if (auto checked = check_claims(*jwt, issuer(), kNow); !checked) return checked.error().note;
    return "";
}

constexpr std::string_view kHeader = R"({"alg":"RS256","typ":"JWT"})";

// Claims that are good, with `more` in front: members of JSON with a comma at the end.
std::string claims(std::string_view more = "", std::string_view without = "") {
    std::string out = "{" + std::string(more);
    const std::pair<std::string_view, std::string> members[] = {{"iss", "\"https://id.example\""},
                                                                {"aud", "\"rollcall\""},
                                                                {"exp", std::to_string(kNowS + 600)},
                                                                {"tenant", "\"acme\""}};
    for (const auto& [name, value] : members) {
        if (name != without) out += "\"" + std::string(name) + "\":" + value + ",";
    }
    out += "\"sub\":\"okta\"}";
    return out;
}

// One claim other than usual.
std::string with(std::string_view name, std::string_view value) {
    return claims("\"" + std::string(name) + "\":" + std::string(value) + ",", name);
}

struct Case {
    std::string_view what;
    std::string header;
    std::string payload;
    std::string_view note;
};

std::string at(int64_t seconds) {
    return std::to_string(kNowS + seconds);
}

std::vector<Case> header_cases() {
    const auto good = claims();
    const auto header = [](std::string_view more) { return R"({"alg":"RS256",)" + std::string(more) + "}"; };
    const auto alg = [](std::string_view value) { return R"({"alg":)" + std::string(value) + "}"; };
    return {
        {"the usual", std::string(kHeader), good, ""},
        {"no typ", alg("\"RS256\""), good, ""},
        {"typ of an access token", header(R"("typ":"at+jwt")"), good, ""},
        {"typ with its full name", header(R"("typ":"application/at+jwt")"), good, ""},
        {"typ in small letters", header(R"("typ":"jwt")"), good, ""},
        {"the key's name", header(R"("kid":"k1")"), good, ""},
        {"a thumbprint, which is no hint", header(R"("kid":"k1","x5t":"abc")"), good, ""},
        {"an unknown member", header(R"("foo":"bar")"), good, ""},
        {"alg none", alg("\"none\""), good, "jwt_key"},
        {"alg None", alg("\"None\""), good, "jwt_key"},
        {"alg NONE", alg("\"NONE\""), good, "jwt_key"},
        {"alg nOnE", alg("\"nOnE\""), good, "jwt_key"},
        {"alg empty", alg("\"\""), good, "jwt_key"},
        {"alg with a blank", alg("\"RS256 \""), good, "jwt_key"},
        {"alg in small letters", alg("\"rs256\""), good, "jwt_key"},
        {"alg null", alg("null"), good, "jwt_header"},
        {"alg a number", alg("256"), good, "jwt_header"},
        {"alg a list", alg(R"(["RS256"])"), good, "jwt_header"},
        {"alg an object", alg("{}"), good, "jwt_header"},
        {"no alg", R"({"typ":"JWT"})", good, "jwt_header"},
        {"an empty header", "{}", good, "jwt_header"},
        {"alg twice", R"({"alg":"RS256","alg":"none"})", good, "jwt_form"},
        {"alg twice the other way", R"({"alg":"none","alg":"RS256"})", good, "jwt_form"},
        {"alg written with an escape", R"({"alg":"RS256","\u0061lg":"none"})", good, "jwt_form"},
        {"alg HS256", alg("\"HS256\""), good, "jwt_key"},
        {"alg HS384", alg("\"HS384\""), good, "jwt_key"},
        {"alg HS512", alg("\"HS512\""), good, "jwt_key"},
        {"alg RS384", alg("\"RS384\""), good, "jwt_key"},
        {"alg RS512", alg("\"RS512\""), good, "jwt_key"},
        {"alg RS1", alg("\"RS1\""), good, "jwt_key"},
        {"alg PS256", alg("\"PS256\""), good, "jwt_key"},
        {"alg ES256", alg("\"ES256\""), good, "jwt_key"},
        {"alg ES256K", alg("\"ES256K\""), good, "jwt_key"},
        {"alg EdDSA", alg("\"EdDSA\""), good, "jwt_key"},
        {"alg dir", alg("\"dir\""), good, "jwt_key"},
        {"jku", header(R"("jku":"https://evil.example/keys")"), good, "jwt_header"},
        {"jku of the issuer", header(R"("jku":"https://id.example/keys")"), good, "jwt_header"},
        {"jku null", header(R"("jku":null)"), good, "jwt_header"},
        {"x5u", header(R"("x5u":"https://evil.example/cert")"), good, "jwt_header"},
        {"jwk", header(R"("jwk":{"kty":"oct","k":"AA"})"), good, "jwt_header"},
        {"jwk empty", header(R"("jwk":{})"), good, "jwt_header"},
        {"x5c", header(R"("x5c":["MII"])"), good, "jwt_header"},
        {"crit", header(R"("crit":["exp"],"exp":1)"), good, "jwt_header"},
        {"crit empty", header(R"("crit":[])"), good, "jwt_header"},
        {"b64 false", header(R"("b64":false)"), good, "jwt_header"},
        {"zip", header(R"("zip":"DEF")"), good, "jwt_header"},
        {"enc", header(R"("enc":"A128GCM")"), good, "jwt_header"},
        {"nested", header(R"("cty":"JWT")"), good, "jwt_header"},
        {"typ of something else", header(R"("typ":"dpop+jwt")"), good, "jwt_header"},
        {"typ of a logout token", header(R"("typ":"logout+jwt")"), good, "jwt_header"},
        {"typ no text", header(R"("typ":1)"), good, "jwt_header"},
    };
}

std::vector<Case> kid_cases() {
    const auto good = claims();
    const auto header = [](std::string_view more) { return R"({"alg":"RS256",)" + std::string(more) + "}"; };
    return {
        {"kid of another key", header(R"("kid":"k2")"), good, "jwt_key"},
        {"kid in other case", header(R"("kid":"K1")"), good, "jwt_key"},
        {"kid empty", header(R"("kid":"")"), good, "jwt_header"},
        {"kid no text", header(R"("kid":1)"), good, "jwt_header"},
        {"kid null", header(R"("kid":null)"), good, "jwt_header"},
        {"kid with a path", header(R"("kid":"../../../dev/null")"), good, "jwt_header"},
        {"kid with an absolute path", header(R"("kid":"/dev/null")"), good, "jwt_header"},
        {"kid with a path behind a name", header(R"("kid":"k1/../k2")"), good, "jwt_header"},
        {"kid with a path of Windows", header(R"("kid":"..\\..\\nul")"), good, "jwt_header"},
        {"kid with SQL", header(R"("kid":"k1' OR '1'='1")"), good, "jwt_header"},
        {"kid with UNION", header(R"("kid":"x' UNION SELECT 'secret")"), good, "jwt_header"},
        {"kid with a semicolon", header(R"("kid":"k1;DROP")"), good, "jwt_header"},
        {"kid with a command", header(R"("kid":"k1|whoami")"), good, "jwt_header"},
        {"kid with a line break", header(R"("kid":"k1\n")"), good, "jwt_header"},
        {"kid with a NUL", header(R"("kid":"k1\u0000")"), good, "jwt_form"},
        {"kid very long", header(R"("kid":")" + std::string(300, 'k') + "\""), good, "jwt_header"},
        {"kid with an address", header(R"("kid":"https://evil.example/k1")"), good, "jwt_key"},
        {"a header that is a list", R"(["RS256"])", good, "jwt_form"},
        {"a header that is no JSON", "alg=RS256", good, "jwt_form"},
        {"a header with a comma too many", R"({"alg":"RS256",})", good, "jwt_form"},
        {"a header with more behind", R"({"alg":"RS256"} x)", good, "jwt_form"},
    };
}

std::vector<Case> claim_cases() {
    const auto usual = [](std::string_view what, std::string payload, std::string_view note) {
        return Case{what, std::string(kHeader), std::move(payload), note};
    };
    return {
        usual("exp tomorrow", with("exp", at(86'400)), ""),
        usual("exp with the skew of clocks", with("exp", at(86'459)), ""),
        usual("exp in more than a day", with("exp", at(86'461)), "jwt_time"),
        usual("exp in a year", with("exp", at(31'536'000)), "jwt_time"),
        usual("exp just over, within the skew", with("exp", at(-59)), ""),
        usual("exp over", with("exp", at(-60)), "jwt_time"),
        usual("exp long over", with("exp", "1"), "jwt_time"),
        usual("exp zero", with("exp", "0"), "jwt_time"),
        usual("exp negative", with("exp", "-1"), "jwt_time"),
        usual("exp in milliseconds", with("exp", at(600) + "000"), "jwt_time"),
        usual("exp with a fraction", with("exp", at(600) + ".5"), ""),
        usual("exp as an exponent", with("exp", "1.8000006e9"), ""),
        usual("exp huge", with("exp", "1e300"), "jwt_time"),
        usual("exp a text", with("exp", "\"" + at(600) + "\""), "jwt_time"),
        usual("exp true", with("exp", "true"), "jwt_time"),
        usual("exp null", with("exp", "null"), "jwt_time"),
        usual("exp a list", with("exp", "[" + at(600) + "]"), "jwt_time"),
        usual("no exp", claims("", "exp"), "jwt_time"),
        usual("exp twice", claims("\"exp\":9999999999,"), "jwt_form"),
        usual("nbf in the past", claims("\"nbf\":" + at(-600) + ","), ""),
        usual("nbf within the skew", claims("\"nbf\":" + at(60) + ","), ""),
        usual("nbf in the future", claims("\"nbf\":" + at(61) + ","), "jwt_time"),
        usual("nbf a text", claims("\"nbf\":\"0\","), "jwt_time"),
        usual("nbf null", claims("\"nbf\":null,"), "jwt_time"),
        usual("iat in the past", claims("\"iat\":" + at(-600) + ","), ""),
        usual("iat in the future", claims("\"iat\":" + at(120) + ","), "jwt_time"),
        usual("iat a text", claims("\"iat\":\"now\","), "jwt_time"),
    };
}

std::vector<Case> name_cases() {
    const auto usual = [](std::string_view what, std::string payload, std::string_view note) {
        return Case{what, std::string(kHeader), std::move(payload), note};
    };
    return {
        usual("aud in a list", with("aud", R"(["other","rollcall"])"), ""),
        usual("aud of another", with("aud", "\"other\""), "jwt_audience"),
        usual("aud with a slash", with("aud", "\"rollcall/\""), "jwt_audience"),
        usual("aud in other case", with("aud", "\"Rollcall\""), "jwt_audience"),
        usual("aud a part", with("aud", "\"roll\""), "jwt_audience"),
        usual("aud longer", with("aud", "\"rollcall2\""), "jwt_audience"),
        usual("aud empty", with("aud", "\"\""), "jwt_audience"),
        usual("aud an empty list", with("aud", "[]"), "jwt_audience"),
        usual("aud a list of lists", with("aud", R"([["rollcall"]])"), "jwt_audience"),
        usual("aud an object", with("aud", R"({"rollcall":true})"), "jwt_audience"),
        usual("aud null", with("aud", "null"), "jwt_audience"),
        usual("aud several in one text", with("aud", "\"other rollcall\""), "jwt_audience"),
        usual("no aud", claims("", "aud"), "jwt_audience"),
        usual("another issuer", with("iss", "\"https://evil.example\""), "jwt_audience"),
        usual("the issuer with a slash", with("iss", "\"https://id.example/\""), "jwt_audience"),
        usual("the issuer in other case", with("iss", "\"https://ID.example\""), "jwt_audience"),
        usual("the issuer in a list", with("iss", R"(["https://id.example"])"), "jwt_audience"),
        usual("no issuer", claims("", "iss"), "jwt_audience"),
        usual("another tenant", with("tenant", "\"bolt\""), "jwt_tenant"),
        usual("the tenant in other case", with("tenant", "\"ACME\""), "jwt_tenant"),
        usual("the tenant in a list", with("tenant", R"(["acme"])"), "jwt_tenant"),
        usual("two tenants", with("tenant", R"(["acme","bolt"])"), "jwt_tenant"),
        usual("the tenant with a blank", with("tenant", "\"acme \""), "jwt_tenant"),
        usual("the tenant empty", with("tenant", "\"\""), "jwt_tenant"),
        usual("the tenant null", with("tenant", "null"), "jwt_tenant"),
        usual("the tenant a number", with("tenant", "1"), "jwt_tenant"),
        usual("no tenant", claims("", "tenant"), "jwt_tenant"),
        usual("the tenant twice", claims("\"tenant\":\"bolt\","), "jwt_form"),
        usual("no claims", "{}", "jwt_audience"),
        usual("claims that are a list", "[]", "jwt_form"),
        usual("claims that are a text", "\"acme\"", "jwt_form"),
        usual("claims that are no JSON", "tenant=acme", "jwt_form"),
        usual("claims that are nothing", "", "jwt_form"),
        usual("claims with bytes that are no text", "{\"a\":\"\xff\"}", "jwt_form"),
        usual("claims nested deeply", std::string(500, '[') + std::string(500, ']'), "jwt_form"),
    };
}

TEST(Jwt, CorpusOfHeadersAndClaims_T28) {
    const auto keys = read_issuer_keys(keys_text(rsa(), "RS256", "k1"));
    ASSERT_EQ(keys.size(), 1U);
    auto cases = header_cases();
    for (auto& one : kid_cases()) cases.push_back(std::move(one));
    for (auto& one : claim_cases()) cases.push_back(std::move(one));
    for (auto& one : name_cases()) cases.push_back(std::move(one));
    EXPECT_GE(cases.size(), 120U);
    for (const auto& one : cases) {
        EXPECT_EQ(outcome(signed_with(rsa(), "RS256", one.header, one.payload), keys), one.note) << one.what;
    }
}

TEST(Jwt, AKeyWithoutANameTakesNoNonsenseEither_T28) {
    const auto keys = read_issuer_keys(keys_text(rsa(), "", ""));
    const auto sent = [&](std::string_view kid) {
        return outcome(
            signed_with(rsa(), "RS256", R"({"alg":"RS256","kid":")" + std::string(kid) + "\"}", claims()),
            keys);
    };
    EXPECT_EQ(sent("anything"), "");
    EXPECT_EQ(sent("aGVsbG8gd29ybGQ="), "");
    EXPECT_EQ(sent("../../dev/null"), "jwt_header");
    EXPECT_EQ(sent("x' OR 1=1 --"), "jwt_header");
}

TEST(Jwt, TheSecretOfASharedKeyIsNeverThePublicKey_T28) {
    const auto keys = read_issuer_keys(keys_text(rsa(), "RS256", ""));
    for (const std::string_view secret :
         {std::string_view(rsa().pem), std::string_view("secret"), std::string_view()}) {
        EXPECT_EQ(outcome(signed_with_secret(secret, R"({"alg":"HS256"})", claims()), keys), "jwt_key");
        EXPECT_EQ(outcome(signed_with_secret(secret, R"({"alg":"RS256"})", claims()), keys), "jwt_signature");
    }
}

TEST(Jwt, EveryAlgorithmWithItsKeyAndNoOther_T28) {
    const std::pair<std::string_view, const KeyPair*> pairs[] = {
        {"RS256", &rsa()}, {"RS384", &rsa()},  {"RS512", &rsa()},  {"PS256", &rsa()},    {"PS384", &rsa()},
        {"PS512", &rsa()}, {"ES256", &p256()}, {"ES384", &p384()}, {"EdDSA", &ed25519()}};
    for (const auto& [of_key, key] : pairs) {
        const auto keys = read_issuer_keys(keys_text(*key, of_key, ""));
        ASSERT_EQ(keys.size(), 1U) << of_key;
        for (const auto& [of_token, signer] : pairs) {
            const auto token =
                signed_with(*signer, of_token, R"({"alg":")" + std::string(of_token) + "\"}", claims());
            EXPECT_EQ(outcome(token, keys), of_key == of_token ? "" : "jwt_key") << of_key << " " << of_token;
            // Signed with one algorithm, labelled as another.
            if (of_key == of_token) continue;
            const auto lying =
                signed_with(*signer, of_token, R"({"alg":")" + std::string(of_key) + "\"}", claims());
            EXPECT_EQ(outcome(lying, keys), "jwt_signature") << of_key << " " << of_token;
        }
    }
}

TEST(Jwt, OneWrongBitIsTooMany_T28) {
    for (const auto& [algorithm, key] :
         {std::pair{"RS256", &rsa()}, {"ES256", &p256()}, {"EdDSA", &ed25519()}}) {
        const auto keys = read_issuer_keys(keys_text(*key, algorithm, ""));
        const std::string header = std::string(R"({"alg":")") + algorithm + "\"}";
        const auto token = signed_with(*key, algorithm, header, claims());
        ASSERT_EQ(outcome(token, keys), "");
        for (size_t i = 0; i < token.size(); ++i) {
            std::string bad = token;
            bad[i] = bad[i] == 'A' ? 'B' : 'A';
            EXPECT_NE(outcome(bad, keys), "") << algorithm << " " << i;
            EXPECT_NE(outcome(token.substr(0, i), keys), "") << algorithm << " " << i;
        }
        EXPECT_NE(outcome(token + "A", keys), "");
        EXPECT_NE(outcome(token + "=", keys), "");
        EXPECT_NE(outcome(token + ".", keys), "");
    }
}

TEST(Jwt, SignaturesThatSayNothing_T28) {
    const auto part = unsigned_part(R"({"alg":"ES256"})", claims());
    const auto keys = read_issuer_keys(keys_text(p256(), "", ""));
    // r = s = 0 (CVE-2022-21449), r and s of the order, nothing, too short, DER instead of r and s.
    EXPECT_EQ(outcome(part + "." + base64url_encode(std::string(64, '\0')), keys), "jwt_signature");
    EXPECT_EQ(outcome(part + "." + base64url_encode(std::string(64, '\xff')), keys), "jwt_signature");
    EXPECT_EQ(outcome(part + ".", keys), "jwt_signature");
    EXPECT_EQ(outcome(part + ".AA", keys), "jwt_signature");
    EXPECT_EQ(outcome(part + "." + base64url_encode("0\x06\x02\x01\x01\x02\x01\x01"), keys), "jwt_signature");
    EXPECT_EQ(outcome(signed_with(other_rsa(), "RS256", kHeader, claims()),
                      read_issuer_keys(keys_text(rsa(), "", ""))),
              "jwt_signature");
}

TEST(Jwt, FormsThatAreNone_T28) {
    const auto token = signed_with(rsa(), "RS256", kHeader, claims());
    const auto keys = read_issuer_keys(keys_text(rsa(), "", ""));
    for (const std::string& text : {std::string(), std::string("."), std::string(".."), std::string("..."),
                                    std::string("a.b.c"), "." + token, token + ".x", " " + token,
                                    token.substr(0, token.rfind('.')), std::string(9'000, 'A') + "." + token,
                                    std::string("e30.e30.e30"), std::string("eyJhbGciOiJub25lIn0.e30.")}) {
        EXPECT_FALSE(outcome(text, keys).empty()) << text.substr(0, 40);
    }
    EXPECT_FALSE(outcome(token, {}).empty());
}

TEST(JwtKeys, AreImported) {
    EXPECT_FALSE(import_keys("", "", ""));
    EXPECT_FALSE(import_keys("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "", ""));
    EXPECT_FALSE(import_keys("-----BEGIN PRIVATE KEY-----", "", ""));
    EXPECT_FALSE(import_keys(rsa().pem, "ES256", ""));
    EXPECT_FALSE(import_keys(rsa().pem, "HS256", ""));
    EXPECT_FALSE(import_keys(rsa().pem, "none", ""));
    EXPECT_FALSE(import_keys(p256().pem, "ES384", ""));
    EXPECT_FALSE(import_keys(make_pair("RSA", nullptr, 1024).pem, "", ""));
    EXPECT_FALSE(import_keys(make_pair("EC", "P-521").pem, "", ""));
    EXPECT_FALSE(import_keys(R"({"keys":[]})", "", ""));
    EXPECT_FALSE(import_keys(R"({"keys":[{"kty":"oct","k":"c2VjcmV0"}]})", "", ""));
    EXPECT_FALSE(import_keys(R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"}]})", "", ""));
    EXPECT_FALSE(import_keys(R"({"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]})", "", ""));
}

// The examples of RFC 7517 appendix A.1 and RFC 8037 appendix A.2, A.4.
TEST(JwtKeys, AreReadFromAJwkSet) {
    constexpr std::string_view kSet = R"({"keys":[
        {"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
         "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"enc","kid":"1"},
        {"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"2"}]})";
    const auto text = import_keys(kSet, "", "");
    ASSERT_TRUE(text) << text.error().detail;
    const auto keys = read_issuer_keys(*text);
    ASSERT_EQ(keys.size(), 1U);
    EXPECT_EQ(keys[0]->kid, "2");
    EXPECT_EQ(keys[0]->algorithm.name, "EdDSA");
    constexpr std::string_view kSigned = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    std::string signature;
    ASSERT_TRUE(base64url_decode(
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg", signature));
    EXPECT_TRUE(keys[0]->verifies(kSigned, signature));
    EXPECT_FALSE(keys[0]->verifies("x", signature));
}

}  // namespace
}  // namespace rollcall::access
