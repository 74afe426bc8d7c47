// The strict reader. Boost.JSON's event parser does the grammar and UTF-8; this handler judges what libraries
// disagree about, while reading, and builds the tree on boost::json's own value stack.
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <set>
#include <unordered_set>

#include "base/json.h"
#include "base/text.h"

namespace rollcall {
namespace {

struct Handler {
    static constexpr size_t max_object_size = size_t(-1);
    static constexpr size_t max_array_size = size_t(-1);
    static constexpr size_t max_key_size = size_t(-1);
    static constexpr size_t max_string_size = size_t(-1);
    using error_code = boost::json::error_code;

    Handler(const JsonLimits& limits_in, json::storage_ptr storage) : limits(limits_in) {
        stack.reset(std::move(storage));
    }

    const JsonLimits& limits;
    json::value_stack stack;
    std::optional<Error> refused;
    size_t values = 0;
    std::string text;  // of the string or key being read in parts
    bool number_is_plain_integer = true;
    // Names seen in each open object. Small objects are searched in a line; a set takes over beyond that.
    struct Names {
        std::vector<std::string> list;
        std::unordered_set<std::string> set;
    };
    std::vector<Names> open_objects;

    bool refuse(ErrorKind kind, std::string detail, error_code& ec) {
        refused = Error{kind, std::move(detail)};
        ec = json::error::syntax;
        return false;
    }
    bool count_value(error_code& ec) {
        if (++values <= limits.values_max) return true;
        return refuse(ErrorKind::InvalidSyntax,
                      "The JSON text has more than " + std::to_string(limits.values_max) + " values.", ec);
    }

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code& ec) {
        open_objects.emplace_back();
        return count_value(ec);
    }
    bool on_object_end(size_t count, error_code&) {
        open_objects.pop_back();
        stack.push_object(count);
        return true;
    }
    bool on_array_begin(error_code& ec) { return count_value(ec); }
    bool on_array_end(size_t count, error_code&) {
        stack.push_array(count);
        return true;
    }
    bool on_key_part(json::string_view part, size_t size, error_code& ec) {
        if (size > limits.name_bytes_max) {
            return refuse(ErrorKind::InvalidSyntax,
                          "A member name is longer than " + std::to_string(limits.name_bytes_max) + " bytes.",
                          ec);
        }
        text.append(part.data(), part.size());
        return true;
    }
    bool on_key(json::string_view part, size_t size, error_code& ec) {
        if (!on_key_part(part, size, ec)) return false;
        if (text.find('\0') != std::string::npos) {
            return refuse(ErrorKind::InvalidValue, "A member name holds the character U+0000.", ec);
        }
        if (!remember_name(ascii_lower(text))) {
            return refuse(
                ErrorKind::InvalidSyntax,
                "An object names the same member twice; names that differ only in case are the same.", ec);
        }
        stack.push_key(text);
        text.clear();
        return true;
    }
    bool remember_name(std::string name) {
        auto& names = open_objects.back();
        if (names.set.empty()) {
            for (const auto& known : names.list) {
                if (known == name) return false;
            }
            names.list.push_back(std::move(name));
            if (names.list.size() > 16) names.set.insert(names.list.begin(), names.list.end());
            return true;
        }
        return names.set.insert(std::move(name)).second;
    }
    bool on_string_part(json::string_view part, size_t size, error_code& ec) {
        if (size > limits.string_bytes_max) {
            return refuse(ErrorKind::InvalidValue,
                          "A string is longer than " + std::to_string(limits.string_bytes_max) + " bytes.",
                          ec);
        }
        text.append(part.data(), part.size());
        return true;
    }
    bool on_string(json::string_view part, size_t size, error_code& ec) {
        if (!on_string_part(part, size, ec) || !count_value(ec)) return false;
        if (text.find('\0') != std::string::npos) {
            return refuse(ErrorKind::InvalidValue, "A string holds the character U+0000.", ec);
        }
        stack.push_string(text);
        text.clear();
        return true;
    }
    bool on_number_part(json::string_view part, error_code&) {
        note_number(part);
        return true;
    }
    void note_number(json::string_view part) {
        if (part.find_first_of(".eE") != json::string_view::npos) number_is_plain_integer = false;
    }
    bool on_int64(int64_t value, json::string_view, error_code& ec) {
        number_is_plain_integer = true;
        stack.push_int64(value);
        return count_value(ec);
    }
    bool on_uint64(uint64_t, json::string_view, error_code& ec) { return refuse_number(ec); }
    bool on_double(double value, json::string_view part, error_code& ec) {
        note_number(part);
        // Boost 1.81 rounds some decimals wrongly (1e040), so that they would not read back as they were
        // written.
        const auto [end, code] = std::from_chars(part.data(), part.data() + part.size(), value);
        if (code == std::errc::result_out_of_range && std::fabs(value) < 1) value = 0;
        // An integer that does not fit arrives here as a rounded double.
        if (number_is_plain_integer || !std::isfinite(value)) return refuse_number(ec);
        number_is_plain_integer = true;
        stack.push_double(value);
        return count_value(ec);
    }
    bool refuse_number(error_code& ec) {
        return refuse(ErrorKind::InvalidValue,
                      "A number is out of range: integers have 64 bits, decimals are finite.", ec);
    }
    bool on_bool(bool value, error_code& ec) {
        stack.push_bool(value);
        return count_value(ec);
    }
    bool on_null(error_code& ec) {
        stack.push_null();
        return count_value(ec);
    }
    bool on_comment_part(json::string_view, error_code&) { return true; }
    bool on_comment(json::string_view, error_code&) { return true; }
};

std::string describe(const boost::json::error_code& ec, size_t depth_max) {
    if (ec == json::error::too_deep) {
        return "The JSON text is nested deeper than " + std::to_string(depth_max) + " levels.";
    }
    if (ec == json::error::extra_data) return "There is text after the end of the JSON value.";
    if (ec == json::error::incomplete) return "The JSON text ends too early.";
    return "The text is not JSON (RFC 8259).";
}

}  // namespace

Result<json::value> parse_json(std::string_view text, const JsonLimits& limits, json::storage_ptr storage) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    json::parse_options options;
    options.max_depth = limits.depth_max;
    json::basic_parser<Handler> parser(options, limits, std::move(storage));
    boost::json::error_code ec;
    const size_t used = parser.write_some(false, text.data(), text.size(), ec);
    if (!ec && used < text.size()) ec = json::error::extra_data;
    if (parser.handler().refused) return std::unexpected(*parser.handler().refused);
    if (ec) return failure(ErrorKind::InvalidSyntax, describe(ec, limits.depth_max));
    return parser.handler().stack.release();
}

}  // namespace rollcall
