// What stands in the headers: more than 120 spellings of which few are a token (T30, P-AUTH-03, P-AUTH-07).
#include "access/presented.h"

#include <gtest/gtest.h>

#include "access/token.h"

namespace rollcall::access {
namespace {

std::string base64(std::string_view bytes) {
    std::string out = base64url_encode(bytes);
    std::ranges::replace(out, '-', '+');
    std::ranges::replace(out, '_', '/');
    while (out.size() % 4 != 0) out += '=';
    return out;
}

// The token that the header carries, or "" when it is none.
std::string token_of(std::string_view header) {
    Presented presented;
    presented.authorization = header;
    if (header.empty()) return "";
    Proof proof;
    return read_proof(presented, proof) && is_token(proof.token) ? std::string(proof.token) : "";
}

TEST(Presented, CorpusOfHeaders_T30) {
    const std::string token = make_token("rc_scim_").reveal();
    size_t count = 0;
    const auto taken = [&](const std::string& header) {
        EXPECT_EQ(token_of(header), token) << header;
        ++count;
    };
    const auto not_taken = [&](const std::string& header) {
        EXPECT_NE(token_of(header), token) << header;
        ++count;
    };
    for (const char* scheme : {"Bearer", "bearer", "BEARER", "bEaReR"}) {
        taken(std::string(scheme) + " " + token);
        taken(std::string(scheme) + "  " + token);
        taken(std::string(scheme) + " \t" + token);
        not_taken(std::string(scheme));
        not_taken(std::string(scheme) + " ");
        not_taken(std::string(scheme) + "\t" + token);
        not_taken(std::string(scheme) + token);
        not_taken(std::string(scheme) + ":" + token);
        not_taken(std::string(scheme) + "=" + token);
        not_taken(std::string(scheme) + ", " + token);
        not_taken(std::string(scheme) + " ," + token);
        not_taken(std::string(scheme) + " " + token + ",");
        not_taken(std::string(scheme) + " " + token + " " + token);
        not_taken(std::string(scheme) + " " + token + ", " + scheme + " " + token);
        not_taken(std::string(scheme) + " " + scheme + " " + token);
        not_taken(std::string(scheme) + " \"" + token + "\"");
        not_taken(std::string(scheme) + " token=" + token);
        not_taken(std::string(scheme) + " realm=\"scim\" " + token);
        not_taken(std::string(scheme) + " " + token + "\0"[0]);
        not_taken(std::string(scheme) + " " + token.substr(1).substr(0, 40));
        not_taken(std::string(scheme) + " " + token + "=");
    }
    for (const char* nothing : {"undefined", "null", "None", "nil", "0", "false", "''", "\"\"", "{}", "[]",
                                "${TOKEN}", "{{token}}", "<token>", "%24TOKEN", "*", "-", "."}) {
        not_taken(std::string("Bearer ") + nothing);
        not_taken(nothing);
    }
    for (const char* scheme :
         {"Token", "Digest", "Negotiate", "ApiKey", "SSWS", "MAC", "Bearer2", "Bear", "OAuth"}) {
        not_taken(std::string(scheme) + " " + token);
    }
    not_taken(token);
    for (const char* user : {"okta", "", "a b", "\xc3\xa4"}) {
        taken("Basic " + base64(std::string(user) + ":" + token));
        taken("basic " + base64(std::string(user) + ":" + token));
        not_taken("Basic " + base64(std::string(user) + token));
        not_taken("Basic " + base64(token + ":" + user));
        not_taken("Basic " + base64(std::string(user) + ":" + token + ":"));
        not_taken("Basic " + base64(std::string(user) + ": " + token));
        not_taken("Basic " + std::string(user) + ":" + token);
        not_taken("Basic  =" + base64(std::string(user) + ":" + token));
    }
    not_taken("Basic " + token);
    not_taken("Basic ====");
    not_taken("Basic !!!!");
    EXPECT_GE(count, 120U);
}

TEST(Presented, OneCredentialOnly_P_AUTH_07) {
    Presented both;
    both.authorization = "Bearer x";
    EXPECT_TRUE(check_one_credential(both));
    both.api_key = "y";
    EXPECT_EQ(check_one_credential(both).error().kind, ErrorKind::BadRequest);
    Presented query;
    query.token_in_query = true;
    EXPECT_TRUE(check_one_credential(query));  // it is not honoured, and answered like no credential
    query.api_key = "y";
    EXPECT_FALSE(check_one_credential(query));
    Presented repeated;
    repeated.api_key = "y";
    repeated.is_repeated = true;
    EXPECT_FALSE(check_one_credential(repeated));
}

}  // namespace
}  // namespace rollcall::access
