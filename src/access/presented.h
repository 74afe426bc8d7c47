// What a request presents of itself: read from its head (T30), or from the body of a token request.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace rollcall::access {

struct Presented {
    std::string_view authorization;  // the header, trimmed; empty when there is none
    std::string_view api_key;        // X-API-Key, trimmed
    bool is_repeated = false;        // X-API-Key stands there more than once
    bool token_in_query = false;     // access_token=...: never honoured (P-AUTH-08)
    std::string_view path_tenant;    // slug of /tenants/{slug}; empty when the path names none
    std::string_view host;           // Host header without port
    std::string_view address;

    bool has_credentials() const { return !authorization.empty() || !api_key.empty(); }
};

// Error: BadRequest when there is more than one credential (RFC 6750 §3.1, P-AUTH-07).
Result<void> check_one_credential(const Presented& presented);

// How a token was presented.
enum class Way { Bearer, Basic, ApiKey };

struct Proof {
    Way way = Way::Bearer;
    std::string_view token;
    std::string_view user_name;  // of Basic
    std::string decoded = {};    // what token and user_name of Basic point into
};

// Writes to `proof`, which must not move afterwards. Error: Unauthorized, noted "malformed", for a scheme
// that is not known and for everything that is not exactly one token.
Result<void> read_proof(const Presented& presented, Proof& proof);

// "user:password" of Basic (RFC 7617); false when the text is not base64 of that.
bool decode_basic(std::string_view text, std::string& user_and_password);

}  // namespace rollcall::access
