#include "scim/response.h"

#include <charconv>

#include "base/json.h"
#include "base/text.h"

namespace rollcall::scim {
namespace {

constexpr std::string_view kJson = "application/json";

struct MediaRange {
    std::string_view type;
    double quality = 1.0;
};

// Calls visit(part) for each comma separated part, trimmed.
template <class Visit>
void each_part(std::string_view text, char separator, Visit&& visit) {
    while (true) {
        const auto at = text.find(separator);
        visit(trim(text.substr(0, at)));
        if (at == std::string_view::npos) return;
        text.remove_prefix(at + 1);
    }
}

MediaRange read_range(std::string_view part) {
    MediaRange range;
    bool first = true;
    each_part(part, ';', [&](std::string_view piece) {
        if (first) {
            range.type = piece;
            first = false;
        } else if (piece.starts_with("q=") || piece.starts_with("Q=")) {
            std::from_chars(piece.data() + 2, piece.data() + piece.size(), range.quality);
        }
    });
    return range;
}

}  // namespace

std::string_view media_type(const http::Head& head) {
    const auto accept = head.header("Accept");
    if (accept.empty()) return kScimJson;
    double scim = -1, json = -1, any = -1;
    each_part(accept, ',', [&](std::string_view part) {
        const auto range = read_range(part);
        if (equals_ignoring_case(range.type, kScimJson)) scim = range.quality;
        if (equals_ignoring_case(range.type, kJson)) json = range.quality;
        if (range.type == "*/*" || equals_ignoring_case(range.type, "application/*")) any = range.quality;
    });
    if (scim < 0) scim = any;
    return json > 0 && json > scim ? kJson : kScimJson;
}

http::Response error_response(int status, std::string_view scim_type, std::string_view detail,
                              const http::Head* head) {
    http::Response response;
    response.status = status;
    response.content_type = head != nullptr ? media_type(*head) : kScimJson;
    auto& body = response.body;
    body = R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":")";
    body += std::to_string(status);
    body += '"';
    if (!scim_type.empty()) {
        body += ",\"scimType\":";
        write_json_string(scim_type, body);
    }
    body += ",\"detail\":";
    write_json_string(detail, body);
    body += '}';
    return response;
}

http::Response error_response(const Error& error, const http::Head* head) {
    const auto traits = error_traits(error.kind);
    return error_response(traits.status, traits.scim_type, error.detail, head);
}

http::Response json_response(int status, std::string body, const http::Head& head) {
    http::Response response;
    response.status = status;
    response.content_type = media_type(head);
    response.body = std::move(body);
    return response;
}

Result<void> check_content_type(const http::Head& head) {
    const auto text = head.header("Content-Type");
    if (text.empty()) return {};
    bool json = false, utf8 = true, first = true;
    each_part(text, ';', [&](std::string_view piece) {
        if (first) {
            json = equals_ignoring_case(piece, kScimJson) || equals_ignoring_case(piece, kJson);
            first = false;
            return;
        }
        const auto equals = piece.find('=');
        if (equals == std::string_view::npos ||
            !equals_ignoring_case(trim(piece.substr(0, equals)), "charset"))
            return;
        auto charset = trim(piece.substr(equals + 1));
        if (charset.size() >= 2 && charset.front() == '"') charset = charset.substr(1, charset.size() - 2);
        utf8 = equals_ignoring_case(charset, "utf-8") || equals_ignoring_case(charset, "utf8");
    });
    if (json && utf8) return {};
    return failure(ErrorKind::UnsupportedMediaType,
                   "The body must be application/scim+json or application/json, in UTF-8.");
}

bool prefers(const http::Head& head, std::string_view preference) {
    bool found = false;
    for (const auto& [name, value] : head.headers) {
        if (!equals_ignoring_case(name, "Prefer")) continue;
        each_part(value, ',', [&](std::string_view part) {
            each_part(part, ';',
                      [&](std::string_view piece) { found |= equals_ignoring_case(piece, preference); });
        });
    }
    return found;
}

}  // namespace rollcall::scim
