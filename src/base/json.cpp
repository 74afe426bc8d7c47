#include "base/json.h"

#include <charconv>
#include <cmath>

#include "base/check.h"
#include "base/text.h"

namespace rollcall {
namespace {

void append_integer(auto value, std::string& out) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    out.append(digits, end);
}

void append_double(double value, std::string& out) {
    CHECK(std::isfinite(value));
    // Plain decimals up to 1e21 as most readers print them; beyond, an exponent is shorter and still JSON.
    char digits[400];
    const bool plain = value == 0 || (std::fabs(value) < 1e21 && std::fabs(value) >= 1e-7);
    const auto end = std::to_chars(digits, digits + sizeof digits, value,
                                   plain ? std::chars_format::fixed : std::chars_format::scientific)
                         .ptr;
    const std::string_view text(digits, static_cast<size_t>(end - digits));
    const auto exponent = text.find('e');
    out += text.substr(0, exponent);
    if (text.substr(0, exponent).find('.') == std::string_view::npos) out += ".0";
    if (exponent != std::string_view::npos) out += text.substr(exponent);
}

bool needs_escape(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

void append_escaped(char c, std::string& out) {
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\b':
            out += "\\b";
            return;
        case '\f':
            out += "\\f";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    constexpr char digits[] = "0123456789abcdef";
    out += "\\u00";
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
}

}  // namespace

void write_json_string(std::string_view text, std::string& out) {
    out += '"';
    size_t start = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        if (!needs_escape(text[i])) continue;
        out.append(text, start, i - start);
        append_escaped(text[i], out);
        start = i + 1;
    }
    out.append(text, start);
    out += '"';
}

void write_json(const json::value& value, std::string& out) {
    switch (value.kind()) {
        case json::kind::null:
            out += "null";
            return;
        case json::kind::bool_:
            out += value.get_bool() ? "true" : "false";
            return;
        case json::kind::int64:
            append_integer(value.get_int64(), out);
            return;
        case json::kind::uint64:
            append_integer(value.get_uint64(), out);
            return;
        case json::kind::double_:
            append_double(value.get_double(), out);
            return;
        case json::kind::string:
            write_json_string(value.get_string(), out);
            return;
        case json::kind::array: {
            out += '[';
            bool first = true;
            for (const auto& element : value.get_array()) {
                if (!first) out += ',';
                first = false;
                write_json(element, out);
            }
            out += ']';
            return;
        }
        case json::kind::object: {
            out += '{';
            bool first = true;
            for (const auto& member : value.get_object()) {
                if (!first) out += ',';
                first = false;
                write_json_string(member.key(), out);
                out += ':';
                write_json(member.value(), out);
            }
            out += '}';
            return;
        }
    }
}

std::string to_json(const json::value& value) {
    std::string out;
    write_json(value, out);
    return out;
}

bool erase_member(json::object& object, std::string_view name) {
    const auto it = object.find(name);
    if (it == object.end()) return false;
    object.stable_erase(it);
    return true;
}

const json::value* find_ignoring_case(const json::object& object, std::string_view name) {
    if (const auto* exact = object.if_contains(name)) return exact;
    for (const auto& member : object) {
        if (equals_ignoring_case(member.key(), name)) return &member.value();
    }
    return nullptr;
}

}  // namespace rollcall
