#include "access/presented.h"

#include <algorithm>

#include "access/authenticate.h"
#include "base/secret.h"
#include "base/text.h"

namespace rollcall::access {
namespace {

// The rest of "Bearer <token>"; the scheme in any case (RFC 9110 §11.1).
bool has_scheme(std::string_view authorization, std::string_view scheme, std::string_view& rest) {
    const auto blank = authorization.find(' ');
    if (blank == std::string_view::npos || !equals_ignoring_case(authorization.substr(0, blank), scheme))
        return false;
    rest = trim(authorization.substr(blank + 1));
    return true;
}

bool is_one_word(std::string_view text) {
    return !text.empty() && text.find_first_of(" ,\t") == std::string_view::npos;
}

}  // namespace

Result<void> check_one_credential(const Presented& presented) {
    const int ways = int{!presented.authorization.empty()} + int{!presented.api_key.empty()};
    if (ways < 2 && !presented.is_repeated && (ways == 0 || !presented.token_in_query)) return {};
    return failure(ErrorKind::BadRequest,
                   "Credentials were presented in two ways. Use one header, and it once only.");
}

bool decode_basic(std::string_view text, std::string& user_and_password) {
    // base64 with padding, as RFC 7617 has it; leaving the padding out is forgiven.
    std::string url(text);
    if (url.find_first_of("-_") != std::string::npos) return false;
    size_t padding = 0;
    while (url.ends_with('=') && padding < 2) {
        url.pop_back();
        ++padding;
    }
    if (padding > 0 && (url.size() + padding) % 4 != 0) return false;
    std::ranges::replace(url, '+', '-');
    std::ranges::replace(url, '/', '_');
    return base64url_decode(url, user_and_password) && user_and_password.find(':') != std::string::npos;
}

Result<void> read_proof(const Presented& presented, Proof& proof) {
    if (!presented.api_key.empty()) {
        proof.way = Way::ApiKey;
        proof.token = presented.api_key;
    } else if (has_scheme(presented.authorization, "bearer", proof.token)) {
        proof.way = Way::Bearer;
    } else if (std::string_view text; has_scheme(presented.authorization, "basic", text)) {
        if (!is_one_word(text) || !decode_basic(text, proof.decoded)) return refused("malformed");
        proof.way = Way::Basic;
        const auto colon = proof.decoded.find(':');
        proof.user_name = std::string_view(proof.decoded).substr(0, colon);
        proof.token = std::string_view(proof.decoded).substr(colon + 1);
    } else {
        return refused("malformed");
    }
    if (!is_one_word(proof.token)) return refused("malformed");
    return {};
}

}  // namespace rollcall::access
