#include "scim/response.h"

#include <charconv>

#include "base/json.h"
#include "base/text.h"
#include "model/mass_change.h"
#include "model/policy.h"

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

// Parts between separators that stand in no quoted string (RFC 9110 §5.6.4).
std::vector<std::string_view> split_outside_quotes(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    bool quoted = false;
    size_t start = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        if (quoted && text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            quoted = !quoted;
        } else if (text[i] == separator && !quoted) {
            parts.push_back(trim(text.substr(start, i - start)));
            start = i + 1;
        }
    }
    parts.push_back(trim(text.substr(start)));
    return parts;
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
    auto response = error_response(traits.status, traits.scim_type, error.detail, head);
    if (error.note == kWaitsForDecision) response.with("Retry-After", std::to_string(kDecisionRetryAfterS));
    if (error.note == kPolicyUnreadable) response.with("Retry-After", std::to_string(kPolicyRetryAfterS));
    return response;
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

std::vector<std::string> read_tags(std::string_view header) {
    std::vector<std::string> tags;
    while (!header.empty()) {
        const auto comma = header.find(',');
        auto tag = trim(header.substr(0, comma));
        header.remove_prefix(comma == std::string_view::npos ? header.size() : comma + 1);
        // A tag "*" is no * (RFC 9110 §13.1.1), and no version of ours either.
        const bool any = tag == "*";
        if (tag.starts_with("W/") || tag.starts_with("w/")) tag.remove_prefix(2);
        if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"') tag = tag.substr(1, tag.size() - 2);
        if (!tag.empty() && (any || tag != "*")) tags.emplace_back(tag);
    }
    return tags;
}

std::optional<std::string> preference(const http::Head& head, std::string_view wanted) {
    for (const auto& [name, value] : head.headers) {
        if (!equals_ignoring_case(name, "Prefer")) continue;
        for (const auto element : split_outside_quotes(value, ',')) {
            const auto stated = split_outside_quotes(element, ';').front();  // the rest are parameters
            const auto equals = stated.find('=');
            if (!equals_ignoring_case(trim(stated.substr(0, equals)), wanted)) continue;
            if (equals == std::string_view::npos) return std::string();
            auto text = trim(stated.substr(equals + 1));
            if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
                text = text.substr(1, text.size() - 2);
            return ascii_lower(text);
        }
    }
    return std::nullopt;
}

}  // namespace rollcall::scim
