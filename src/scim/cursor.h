// Cursors of RFC 9865: a place in the order of a list, sealed. The server keeps nothing of them, so that they
// cost nothing and survive a restart; what is in one can be read and made by the holder of the key only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "base/time.h"
#include "model/caller.h"
#include "scim/query_parameters.h"
#include "store/store.h"

namespace rollcall::scim {

struct Cursor {
    store::Query::Start start = store::Query::Start::After;  // After or Before
    store::Position position;
    Instant issued;
    // How many matches the first page counted; nullopt when it did not.
    std::optional<int64_t> total;
};

// What a cursor belongs to: tenant, endpoint (a type's name, empty at the root), filter, order, projection.
// The same request gives the same text by GET and by POST. `count` is not part of it (AMB-C2).
std::string cursor_scope(const Caller& caller, std::string_view type, const ListRequest& request);

// base64url: unreserved characters of RFC 3986 only (C-CUR-05).
std::string write_cursor(const Sha256& key, std::string_view scope, const Cursor& cursor);

// Errors: InvalidCursor for everything that write_cursor() did not make with this key and scope, whatever is
// wrong with it (RFC 9865 §5.2: one answer for forged, foreign and changed); ExpiredCursor when it is older
// than `timeout_s`.
Result<Cursor> read_cursor(const Sha256& key, std::string_view scope, std::string_view text, Instant now,
                           int64_t timeout_s);

}  // namespace rollcall::scim
