#include "http/answer.h"

#include <charconv>
#include <cstdio>
#include <ctime>

#include "base/text.h"

namespace rollcall::http {
namespace {

void append_number(uint64_t number, std::string& out) {
    char digits[20];
    auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
    out.append(digits, end);
}

void append_field(std::string_view name, std::string_view value, std::string& out) {
    out.append(name);
    out.append(": ");
    // A value that came from data must not end its line: that would be a second field (response splitting).
    for (char c : value) {
        if (c != '\r' && c != '\n' && c != '\0') out.push_back(c);
    }
    out.append("\r\n");
}

}  // namespace

std::string_view DateText::at(Instant now) {
    int64_t second = now.ms / 1000;
    if (second != second_) {
        static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
        static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        std::time_t time = second;
        std::tm parts{};
        gmtime_r(&time, &parts);
        std::snprintf(text_.data(), text_.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT", kDays[parts.tm_wday],
                      parts.tm_mday, kMonths[parts.tm_mon], (parts.tm_year + 1900) % 10'000, parts.tm_hour,
                      parts.tm_min, parts.tm_sec);
        second_ = second;
    }
    return text_.data();
}

bool may_have_body(int status) { return status >= 200 && status != 204 && status != 304; }

std::string_view reason_phrase(int status) {
    switch (status) {
        case 200: return "OK";
        case 201: return "Created";
        case 202: return "Accepted";
        case 204: return "No Content";
        case 304: return "Not Modified";
        case 307: return "Temporary Redirect";
        case 308: return "Permanent Redirect";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 408: return "Request Timeout";
        case 409: return "Conflict";
        case 412: return "Precondition Failed";
        case 413: return "Content Too Large";
        case 414: return "URI Too Long";
        case 415: return "Unsupported Media Type";
        case 417: return "Expectation Failed";
        case 428: return "Precondition Required";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 501: return "Not Implemented";
        case 503: return "Service Unavailable";
        case 505: return "HTTP Version Not Supported";
        default: return "Status";
    }
}

void append_answer_head(const Response& response, const RequestId& id, std::string_view date, Persistence persistence,
                        std::string& out) {
    out.append("HTTP/1.1 ");
    append_number(static_cast<uint64_t>(response.status), out);
    out.push_back(' ');
    out.append(reason_phrase(response.status));
    out.append("\r\nDate: ");
    out.append(date);
    if (may_have_body(response.status)) {
        out.append("\r\nContent-Length: ");
        append_number(response.body.size(), out);
    }
    out.append("\r\nX-Content-Type-Options: nosniff\r\nX-Request-Id: ");
    append_uuid(id.bytes, out);
    out.append("\r\n");
    if (!response.content_type.empty()) append_field("Content-Type", response.content_type, out);
    bool has_cache_control = false;
    for (const auto& [name, value] : response.headers) {
        append_field(name, value, out);
        has_cache_control |= equals_ignoring_case(name, "cache-control");
    }
    if (!has_cache_control) out.append("Cache-Control: no-store\r\n");
    if (persistence == Persistence::Close) out.append("Connection: close\r\n");
    if (persistence == Persistence::KeepAliveSaid) out.append("Connection: keep-alive\r\n");
    out.append("\r\n");
}

}  // namespace rollcall::http
