// POST /oauth/token: an access token for a client id and its secret (RFC 6749 §4.4), for identity providers
// that want one. The client id is the id or slug of a credential, the secret its token. Answers are those of
// RFC 6749 §5, not SCIM.
#pragma once

#include <functional>
#include <memory>

#include "access/authenticate.h"
#include "http/message.h"

namespace rollcall {

constexpr std::string_view kTokenPath = "/oauth/token";

struct TokenRequests {
    store::Store& store;
    access::AccessOptions access;
    // Told every answer, for the trail, metrics and rates: note as access::authenticate() gives it, or empty.
    // May replace the answer (429). Inside of a job it gets the transaction, and leaves its row there.
    std::function<void(const http::Head&, const Caller&, std::string_view note, http::Response&,
                       store::Transaction*)>
        answered;
};

// `head` is a request for kTokenPath. The secret is looked up when the body is there, the access token is
// written in the same transaction.
http::Admission admit_token_request(const TokenRequests& requests, const http::Head& head);

}  // namespace rollcall
