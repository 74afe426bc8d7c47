// What clients send: JSON objects and forms.
#include "api/call.h"
#include "base/text.h"

namespace rollcall::api {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// application/x-www-form-urlencoded: '+' is a blank.
Result<std::string> decode(std::string_view text) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i] == '+' ? ' ' : text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
        if (high < 0 || low < 0)
            return failure(ErrorKind::BadRequest, "A parameter has a wrong percent-encoding.");
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    if (!is_valid_utf8(out) || out.find('\0') != std::string::npos) {
        return failure(ErrorKind::BadRequest, "A parameter is no text in UTF-8.");
    }
    return out;
}

// Visits name and value of each parameter, still encoded, until `visit` gives an error.
Result<void> each_parameter(std::string_view form,
                            const std::function<Result<void>(std::string_view, std::string_view)>& visit) {
    while (!form.empty()) {
        const auto part = form.substr(0, form.find('&'));
        form.remove_prefix(std::min(part.size() + 1, form.size()));
        if (part.empty()) continue;
        const auto equals = std::min(part.find('='), part.size());
        TRY_VOID(visit(part.substr(0, equals), part.substr(std::min(equals + 1, part.size()))));
    }
    return {};
}

std::string quoted(std::string_view name) {
    return '"' + std::string(name) + '"';
}

}  // namespace

Result<json::object> read_object(const Call& call, std::initializer_list<std::string_view> known) {
    auto value = TRY(parse_json(call.body.empty() ? std::string_view("{}") : call.body));
    if (!value.is_object()) return failure(ErrorKind::InvalidSyntax, "The body must be a JSON object.");
    for (const auto& member : value.as_object()) {
        if (std::ranges::find(known, std::string_view(member.key())) != known.end()) continue;
        std::string names;
        for (const auto name : known) names += (names.empty() ? "" : ", ") + std::string(name);
        return failure(ErrorKind::InvalidValue,
                       "The body has a member that is not known here. There are: " + names + ".");
    }
    return std::move(value.as_object());
}

Result<std::optional<std::string>> optional_text(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || value->is_null()) return std::nullopt;
    if (!value->is_string()) return failure(ErrorKind::InvalidValue, quoted(name) + " must be a string.");
    return std::string(value->as_string());
}

Result<std::string> required_text(const json::object& object, std::string_view name) {
    auto text = TRY(optional_text(object, name));
    if (!text || trim(*text).empty()) return failure(ErrorKind::InvalidValue, quoted(name) + " is missing.");
    return std::move(*text);
}

Result<std::optional<bool>> optional_bool(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || value->is_null()) return std::nullopt;
    if (!value->is_bool()) return failure(ErrorKind::InvalidValue, quoted(name) + " must be true or false.");
    return value->as_bool();
}

Result<std::optional<int64_t>> optional_integer(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || value->is_null()) return std::nullopt;
    if (!value->is_int64())
        return failure(ErrorKind::InvalidValue, quoted(name) + " must be a whole number.");
    return value->as_int64();
}

Result<std::optional<std::string>> form_value(std::string_view form, std::string_view name) {
    std::optional<std::string> found;
    TRY_VOID(each_parameter(form, [&](std::string_view key, std::string_view value) -> Result<void> {
        if (TRY(decode(key)) != name) return {};
        if (found)
            return failure(ErrorKind::BadRequest, "The parameter " + quoted(name) + " is given twice.");
        found = TRY(decode(value));
        return {};
    }));
    return found;
}

Result<void> check_form(std::string_view form, std::span<const std::string_view> known) {
    return each_parameter(form, [&](std::string_view key, std::string_view) -> Result<void> {
        if (std::ranges::find(known, TRY(decode(key))) != known.end()) return {};
        std::string names;
        for (const auto name : known) names += (names.empty() ? "" : ", ") + std::string(name);
        return failure(ErrorKind::BadRequest, "A parameter is not known here. There are: " + names + ".");
    });
}

}  // namespace rollcall::api
