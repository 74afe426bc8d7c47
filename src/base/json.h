// The JSON boundary: everything that enters or leaves as JSON passes here.
//
// Parsing is strict where JSON libraries disagree: duplicate names (also when they differ
// only in ASCII case, RFC 7643 §2.1), U+0000, numbers beyond int64 or not finite, lone surrogates, ill-formed
// UTF-8, depth and size are judged while reading, before any tree exists. A leading byte order mark is
// skipped (RFC 8259 §8.1).
//
// Values are boost::json values; objects keep the order of insertion. Remove members with erase_member(),
// because object::erase() reorders.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rollcall {

namespace json = boost::json;

struct JsonLimits {
    size_t depth_max = 32;             // nested arrays and objects
    size_t values_max = 65'536;        // all values in the text; a PATCH of 20,000 members needs 40,000
    size_t name_bytes_max = 256;       // one member name; an attribute path with a filter may be one (AMB-08)
    size_t string_bytes_max = 65'536;  // one string
};

// Errors: InvalidSyntax (no JSON, duplicate name, too deep, too many values), InvalidValue (U+0000 in a
// string, number out of range). The tree uses `storage`, which must outlive it.
Result<json::value> parse_json(std::string_view text, const JsonLimits& limits = {},
                               json::storage_ptr storage = {});

// Appends compact JSON. Doubles have at least one digit on both sides of the point (RFC 7643 §2.3.3), an
// exponent only from 1e21 up and below 1e-7, and read back as the same double.
void write_json(const json::value& value, std::string& out);
void write_json_string(std::string_view text, std::string& out);
std::string to_json(const json::value& value);

// Removes a member and keeps the order of the others. True when it was there.
bool erase_member(json::object& object, std::string_view name);

// Member whose name equals `name` in ASCII without regard to case, or nullptr.
const json::value* find_ignoring_case(const json::object& object, std::string_view name);

}  // namespace rollcall
