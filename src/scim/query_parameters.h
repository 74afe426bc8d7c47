// The query component of a URL, and what lists and projections take from it (RFC 7644 §3.4.2, §3.9).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/limits.h"
#include "base/result.h"

namespace rollcall::scim {

// What a client asks of a list, from the URL or from the body of a .search.
struct ListRequest {
    std::optional<std::string> filter;
    std::string sort_by;
    bool descending = false;
    int64_t start_index = 1;  // 1 or more (P-PAGE-02)
    int64_t count = 100;      // 0 to page_size_max (P-PAGE-03, 06)
    // RFC 9865 §2: empty for the first page; nullopt: paging by index.
    std::optional<std::string> cursor;
    bool names_start_index = false;
    std::vector<std::string> attributes;
    std::vector<std::string> excluded_attributes;
    bool names_token = false;  // access_token was given: never honoured
};

// Reads a query. Unknown parameters and empty parts are ignored (P-HTTP-21, quirk 25); a known one given
// twice is refused (P-HTTP-22). Percent-encoding is decoded once; `+` is a blank, but stays a plus inside a
// quoted literal of a filter that is not form-encoded throughout (AMB-59, decision 004). Errors:
// InvalidValue, also for startIndex beside cursor (C-CUR-22); InvalidCount for a wrong count beside cursor;
// BadRequest for bad escapes.
Result<ListRequest> read_query(std::string_view query, const Limits& limits);

// Whether a query has a filter. Of the other parameters only the encoding is judged (P-DISC-06). Errors:
// BadRequest.
Result<bool> names_filter(std::string_view query);

// Reads a SearchRequest message (P-SRCH). Errors: InvalidSyntax; InvalidValue, InvalidCount as above;
// InvalidCursor for a cursor that is no text.
Result<ListRequest> read_search_request(const json::value& body, const Limits& limits);

// Decodes percent-encoding once; false for an incomplete or wrong escape.
bool percent_decode(std::string_view text, std::string& out, bool plus_is_blank);

}  // namespace rollcall::scim
