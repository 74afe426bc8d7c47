#include "scim/query_parameters.h"

#include <charconv>
#include <set>

#include "base/text.h"

namespace rollcall::scim {
namespace {

constexpr std::string_view kSearchRequest = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// Form encoders (Entra, OneLogin) write blanks as '+' everywhere, and escape every '"', '@', ':', '[' and the
// like. A '+' outside quotes together with no such raw character says that a form encoder wrote the filter.
bool is_form_encoded(std::string_view encoded) {
    return encoded.find('+') != std::string_view::npos &&
           encoded.find_first_of("\"@:[]/?'(),;=<>{}|\\^`") == std::string_view::npos &&
           encoded.find("%20") == std::string_view::npos;
}

bool decode_filter(std::string_view encoded, std::string& out) {
    if (is_form_encoded(encoded)) return percent_decode(encoded, out, true);
    out.clear();
    bool quoted = false, escaped = false;
    for (size_t i = 0; i < encoded.size(); ++i) {
        char c = encoded[i];
        const bool raw_plus = c == '+';
        if (c == '%') {
            if (i + 2 >= encoded.size()) return false;
            const int high = hex_value(encoded[i + 1]), low = hex_value(encoded[i + 2]);
            if (high < 0 || low < 0) return false;
            c = static_cast<char>(high * 16 + low);
            i += 2;
        }
        out += raw_plus && !quoted ? ' ' : c;
        if (escaped) {
            escaped = false;
        } else if (quoted && c == '\\') {
            escaped = true;
        } else if (c == '"') {
            quoted = !quoted;
        }
    }
    return true;
}

std::vector<std::string> split_names(std::string_view text) {
    std::vector<std::string> names;
    // Commas inside brackets belong to a path (Microsoft's samples ask for attributes=emails[type eq
    // "work"]).
    size_t start = 0;
    int depth = 0;
    for (size_t i = 0; i <= text.size(); ++i) {
        if (i < text.size() && text[i] == '[') ++depth;
        if (i < text.size() && text[i] == ']') --depth;
        if (i < text.size() && (text[i] != ',' || depth > 0)) continue;
        if (const auto name = trim(text.substr(start, i - start)); !name.empty()) names.emplace_back(name);
        start = i + 1;
    }
    return names;
}

Result<int64_t> read_integer(std::string_view name, std::string_view text) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::result_out_of_range && end == text.data() + text.size()) {
        return text.front() == '-' ? INT64_MIN : INT64_MAX;
    }
    if (error != std::errc() || end != text.data() + text.size()) {
        return failure(ErrorKind::InvalidValue, std::string(name) + " must be an integer.");
    }
    return value;
}

void set_start_index(int64_t value, ListRequest& request) {
    request.start_index = std::max<int64_t>(1, value);
    request.names_start_index = true;
}
void set_count(int64_t value, const Limits& limits, ListRequest& request) {
    request.count = std::clamp<int64_t>(value, 0, limits.page_size_max);
}

Result<void> set_sort_order(std::string_view value, ListRequest& request) {
    if (equals_ignoring_case(value, "descending")) {
        request.descending = true;
    } else if (!equals_ignoring_case(value, "ascending") && !value.empty()) {
        return failure(ErrorKind::InvalidValue, "sortOrder is \"ascending\" or \"descending\".");
    }
    return {};
}

// Sets one parameter; `value` is decoded but for the filter.
Result<void> set_parameter(std::string_view name, std::string_view value, const Limits& limits,
                           ListRequest& request) {
    if (name == "startindex") {
        if (!value.empty()) set_start_index(TRY(read_integer("startIndex", value)), request);
    } else if (name == "count") {
        if (!value.empty()) set_count(TRY(read_integer("count", value)), limits, request);
    } else if (name == "cursor") {
        request.cursor = value;
    } else if (name == "sortby") {
        request.sort_by = trim(value);
    } else if (name == "sortorder") {
        TRY_VOID(set_sort_order(trim(value), request));
    } else if (name == "attributes") {
        request.attributes = split_names(value);
    } else if (name == "excludedattributes") {
        request.excluded_attributes = split_names(value);
    } else if (name == "access_token") {
        request.names_token = true;
    }
    return {};
}

bool is_known(std::string_view name) {
    constexpr std::string_view kKnown[] = {
        "filter",     "startindex",         "count",        "sortby", "sortorder",
        "attributes", "excludedattributes", "access_token", "cursor"};
    return std::find(std::begin(kKnown), std::end(kKnown), name) != std::end(kKnown);
}

Result<std::vector<std::string>> read_names(std::string_view name, const json::value& value) {
    if (value.is_null()) return std::vector<std::string>{};
    if (value.is_string()) return split_names(value.get_string());
    std::vector<std::string> names;
    const auto* list = value.if_array();
    for (size_t i = 0; list != nullptr && i < list->size(); ++i) {
        if (!(*list)[i].is_string()) {
            list = nullptr;
            break;
        }
        for (auto& one : split_names((*list)[i].get_string())) names.push_back(std::move(one));
    }
    if (list == nullptr)
        return failure(ErrorKind::InvalidValue, std::string(name) + " must be a list of attribute names.");
    return names;
}

Result<std::string> read_text(std::string_view name, const json::value& value) {
    if (value.is_null()) return std::string();
    if (!value.is_string()) return failure(ErrorKind::InvalidValue, std::string(name) + " must be a string.");
    return std::string(value.get_string());
}

Result<int64_t> read_json_integer(std::string_view name, const json::value& value) {
    if (value.is_int64()) return value.get_int64();
    return failure(ErrorKind::InvalidValue, std::string(name) + " must be an integer.");
}

Result<void> set_member(std::string_view name, const json::value& value, const Limits& limits,
                        ListRequest& request) {
    if (name == "filter") {
        if (!value.is_null()) request.filter = TRY(read_text("filter", value));
    } else if (name == "cursor") {
        if (value.is_null()) return {};
        if (!value.is_string()) return failure(ErrorKind::InvalidCursor, "cursor must be a string.");
        request.cursor = value.get_string();
    } else if (name == "sortby") {
        request.sort_by = trim(TRY(read_text("sortBy", value)));
    } else if (name == "sortorder") {
        TRY_VOID(set_sort_order(trim(TRY(read_text("sortOrder", value))), request));
    } else if (name == "startindex") {
        if (!value.is_null()) set_start_index(TRY(read_json_integer("startIndex", value)), request);
    } else if (name == "count") {
        if (!value.is_null()) set_count(TRY(read_json_integer("count", value)), limits, request);
    } else if (name == "attributes") {
        request.attributes = TRY(read_names("attributes", value));
    } else if (name == "excludedattributes") {
        request.excluded_attributes = TRY(read_names("excludedAttributes", value));
    }
    return {};
}

// What can only be judged when all parameters are known: a count beside a cursor has an error of its own, and
// the two ways of paging exclude each other.
class PagingCheck {
public:
    // Keeps the error of a count for later.
    Result<void> take(std::string_view name, Result<void> outcome) {
        if (outcome || name != "count") return outcome;
        count_error_ = std::move(outcome.error());
        return {};
    }
    Result<void> judge(const ListRequest& request) {
        if (count_error_) {
            if (request.cursor) count_error_->kind = ErrorKind::InvalidCount;
            return std::unexpected(*std::move(count_error_));
        }
        if (request.cursor && request.names_start_index) {
            return failure(ErrorKind::InvalidValue, "startIndex and cursor exclude each other; give one.");
        }
        return {};
    }

private:
    std::optional<Error> count_error_;
};

bool names_search_request(const json::object& body) {
    const auto* schemas = find_ignoring_case(body, "schemas");
    if (schemas == nullptr || !schemas->is_array()) return false;
    for (const auto& uri : schemas->get_array()) {
        if (uri.is_string() && equals_ignoring_case(uri.get_string(), kSearchRequest)) return true;
    }
    return false;
}

// Calls `take` with the lower-case name and the value of each parameter, both decoded.
template <class Take>
Result<void> read_parameters(std::string_view query, const Take& take) {
    std::string name, value;
    while (!query.empty()) {
        const auto end = query.find('&');
        const auto part = query.substr(0, end);
        query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
        if (part.empty()) continue;
        const auto equals = part.find('=');
        const auto raw_value =
            equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
        bool decoded = percent_decode(part.substr(0, equals), name, true);
        name = ascii_lower(name);
        decoded = decoded && (name == "filter" ? decode_filter(raw_value, value)
                                               : percent_decode(raw_value, value, true));
        if (!decoded)
            return failure(ErrorKind::BadRequest, "The query holds an incomplete or wrong percent-encoding.");
        if (!is_valid_utf8(name) || !is_valid_utf8(value)) {
            return failure(ErrorKind::BadRequest, "The query is not UTF-8 once it is decoded.");
        }
        TRY_VOID(take(name, value));
    }
    return {};
}

}  // namespace

bool percent_decode(std::string_view text, std::string& out, bool plus_is_blank) {
    out.clear();
    out.reserve(text.size());
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            if (i + 2 >= text.size()) return false;
            const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
            if (high < 0 || low < 0) return false;
            out += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            out += text[i] == '+' && plus_is_blank ? ' ' : text[i];
        }
    }
    return true;
}

Result<ListRequest> read_query(std::string_view query, const Limits& limits) {
    ListRequest request;
    request.count = std::min(limits.page_size_default, limits.page_size_max);
    std::set<std::string> seen;
    PagingCheck paging;
    const auto take = [&](const std::string& name, const std::string& value) -> Result<void> {
        if (!is_known(name)) return {};
        if (!seen.insert(name).second) {
            return failure(ErrorKind::InvalidValue, "The query names the parameter " + name + " twice.");
        }
        if (name == "filter") request.filter = value;
        return paging.take(name, set_parameter(name, value, limits, request));
    };
    TRY_VOID(read_parameters(query, take));
    TRY_VOID(paging.judge(request));
    return request;
}

Result<bool> names_filter(std::string_view query) {
    bool is_named = false;
    const auto take = [&](const std::string& name, const std::string&) -> Result<void> {
        is_named = is_named || name == "filter";
        return {};
    };
    TRY_VOID(read_parameters(query, take));
    return is_named;
}

Result<ListRequest> read_search_request(const json::value& body, const Limits& limits) {
    if (!body.is_object()) return failure(ErrorKind::InvalidSyntax, "The body must be a JSON object.");
    if (!names_search_request(body.get_object())) {
        return failure(ErrorKind::InvalidSyntax, "schemas must name " + std::string(kSearchRequest) + ".");
    }
    ListRequest request;
    request.count = std::min(limits.page_size_default, limits.page_size_max);
    PagingCheck paging;
    for (const auto& member : body.get_object()) {
        const auto name = ascii_lower(member.key());
        TRY_VOID(paging.take(name, set_member(name, member.value(), limits, request)));
    }
    TRY_VOID(paging.judge(request));
    return request;
}

}  // namespace rollcall::scim
