#include <limits>

#include "base/text.h"
#include "base/time.h"
#include "scim/formats.h"
#include "scim/read_value.h"

namespace rollcall::scim {
namespace {

std::unexpected<Error> invalid(const Place& place, std::string_view fault) {
    return failure(ErrorKind::InvalidValue, place.text() + " " + std::string(fault) + ".");
}

Result<json::value> read_boolean(const Place& place, const json::value& input, const ReadOptions& options) {
    if (input.is_bool()) return json::value(input.get_bool());
    if (const json::string* text = input.if_string()) {
        if (options.leniency.allows(Tolerance::BooleanAsText)) {
            if (equals_ignoring_case(*text, "true")) return json::value(true);
            if (equals_ignoring_case(*text, "false")) return json::value(false);
        }
    }
    return invalid(place, "must be true or false, without quotes");
}

Result<json::value> read_integer(const Place& place, const json::value& input) {
    if (input.is_int64()) return json::value(input.get_int64());
    if (input.is_uint64() && input.get_uint64() <= uint64_t(std::numeric_limits<int64_t>::max())) {
        return json::value(static_cast<int64_t>(input.get_uint64()));
    }
    return invalid(place, "must be an integer of at most 64 bits, without fraction or exponent");
}

Result<json::value> read_decimal(const Place& place, const json::value& input) {
    if (input.is_double()) return json::value(input.get_double());
    const Result<json::value> integer = read_integer(place, input);
    if (integer) {
        const int64_t value = integer->get_int64();
        constexpr int64_t exact_max = int64_t(1) << 53;
        if (value >= -exact_max && value <= exact_max) return json::value(static_cast<double>(value));
        return invalid(place, "has more digits than a decimal can hold");
    }
    return invalid(place, "must be a number");
}

bool holds_line_or_tab(std::string_view text) {
    return text.find_first_of("\t\r\n") != std::string_view::npos;
}

// What people tell apart by looking must not hold what cannot be seen (threat T6).
std::string_view user_name_fault(std::string_view text) {
    if (has_invisible_characters(text) || holds_line_or_tab(text)) {
        return "must not hold control, zero-width or text-direction characters";
    }
    if (is_blank(text)) return "must not be blank";
    return {};
}

std::string_view text_fault(const Attribute* parent, const Attribute& attribute, std::string_view text,
                            const ReadOptions& options) {
    const bool checks_formats = !options.leniency.allows(Tolerance::FormatsNotChecked);
    const std::string_view parent_name = parent ? std::string_view(parent->name) : std::string_view();
    switch (attribute.type) {
        case AttributeType::String: {
            if (code_point_count(text) > options.limits.string_characters_max)
                return "is longer than allowed";
            if (attribute.preparation == Preparation::UserName) {
                if (const auto fault = user_name_fault(text); !fault.empty()) return fault;
            }
            return checks_formats ? strict_format_fault(parent_name, attribute.name, text)
                                  : std::string_view();
        }
        case AttributeType::Reference: {
            if (text.size() > options.limits.long_string_bytes_max) return "is longer than allowed";
            const bool is_uri =
                is_uri_reference(text, checks_formats ? UriAlphabet::Ascii : UriAlphabet::Unicode);
            return is_uri ? std::string_view() : "must be a URI (RFC 3986); percent-encode blanks";
        }
        case AttributeType::Binary: {
            if (text.size() > options.limits.long_string_bytes_max) return "is longer than allowed";
            const auto bytes = decode_base64(text);
            if (!bytes) return "must be base64 (RFC 4648 section 4)";
            const bool is_certificate = parent_name == "x509Certificates" && attribute.name == "value";
            if (is_certificate && !is_one_certificate(*bytes)) {
                return "must be the base64 of exactly one X.509 certificate in DER form";
            }
            return {};
        }
        case AttributeType::DateTime:
            return date_time_key(text)
                       ? std::string_view()
                       : "must be a date and time such as 2011-05-13T04:42:34Z (xsd:dateTime)";
        default:
            return "must not be a text";
    }
}

// [] and {} for a boolean are refused: "active": [] must never pass for a change that had no effect.
bool is_unassigned_simple(const Attribute& attribute, const json::value& input) {
    if (attribute.type == AttributeType::Boolean && (input.is_array() || input.is_object())) return false;
    return is_nothing(input);
}

}  // namespace

std::string Place::text() const {
    std::string out(base);
    if (index >= 0) out += "[" + std::to_string(index) + "]";
    if (sub_attribute) out += "." + sub_attribute->name;
    return out;
}

bool is_nothing(const json::value& input) {
    switch (input.kind()) {
        case json::kind::null:
            return true;
        case json::kind::string:
            return input.get_string().empty();
        case json::kind::array:
            return input.get_array().empty();
        case json::kind::object:
            return input.get_object().empty();
        default:
            return false;
    }
}

bool is_writable(const Attribute& attribute) {
    return attribute.mutability != Mutability::ReadOnly && !attribute.computed;
}

Result<json::value> read_simple(const Attribute* parent, const Attribute& attribute, const Place& place,
                                const json::value& input, const ReadOptions& options) {
    if (is_unassigned_simple(attribute, input)) return json::value();
    switch (attribute.type) {
        case AttributeType::Boolean:
            return read_boolean(place, input, options);
        case AttributeType::Integer:
            return read_integer(place, input);
        case AttributeType::Decimal:
            return read_decimal(place, input);
        default:
            break;
    }
    const json::string* text = input.if_string();
    if (!text) return invalid(place, "must be a text");
    const std::string_view fault = text_fault(parent, attribute, *text, options);
    if (!fault.empty()) return invalid(place, fault);
    return json::value(std::string_view(*text));
}

bool is_password(const ResourceType& type, const AttributePath& path) {
    return path.extension == nullptr && path.attribute != nullptr && path.attribute->name == "password" &&
           path.attribute->mutability == Mutability::WriteOnly &&
           path.attribute == type.schema->find("password");
}

Result<std::string> read_password(const json::value& input) {
    constexpr size_t bytes_max = 1024;
    constexpr size_t characters_min = 8;
    if (is_nothing(input)) return std::string();
    const json::string* text = input.if_string();
    if (!text) return failure(ErrorKind::InvalidValue, "password must be a text.");
    if (text->size() > bytes_max)
        return failure(ErrorKind::InvalidValue,
                       "password has more than " + std::to_string(bytes_max) + " bytes.");
    std::string prepared = prepare_password(*text);
    if (code_point_count(prepared) < characters_min) {
        return failure(ErrorKind::InvalidValue,
                       "password has fewer than " + std::to_string(characters_min) + " characters.");
    }
    return prepared;
}

}  // namespace rollcall::scim
