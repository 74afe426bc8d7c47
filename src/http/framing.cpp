#include "http/framing.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.h"

namespace rollcall::http {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// RFC 9110 §5.6.2.
constexpr bool is_token_character(char c) {
    return is_letter(c) || is_digit(c) || std::string_view("!#$%&'*+-.^_`|~").contains(c);
}

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

constexpr std::array<bool, 256> forbidden_bytes() {
    std::array<bool, 256> table{};
    for (size_t byte = 0; byte < 0x20; ++byte) table[byte] = byte != '\t';
    table[0x7f] = true;
    return table;
}

// Everything between method and version: origin form (RFC 9112 §3.2.1) in printable ASCII. '#' never belongs to a
// request; parsers that cut there would see another path than those that do not.
Refusal judge_target(std::string_view target) {
    if (target.empty() || target.front() != '/') {
        return {400, "The request target must be a path that begins with '/'."};
    }
    for (char c : target) {
        if (c <= 0x20 || c >= 0x7f || c == '#') {
            return {400, "The request target must be printable ASCII; other characters are percent-encoded."};
        }
    }
    return {};
}

Refusal judge_request_line(std::string_view line) {
    size_t first = line.find(' ');
    size_t last = line.rfind(' ');
    if (first == std::string_view::npos || first == last || !is_token(line.substr(0, first))) {
        return {400, "The request line must be a method, a target and a version, each separated by one space."};
    }
    std::string_view version = line.substr(last + 1);
    bool is_version = version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
                      version[6] == '.' && is_digit(version[7]);
    if (!is_version) return {400, "The request line must end with an HTTP version."};
    if (version != "HTTP/1.1" && version != "HTTP/1.0") return {505, "Only HTTP/1.1 and HTTP/1.0 are spoken here."};
    if (line.substr(0, first) == "CONNECT") return {501, "This server is no proxy."};
    return judge_target(line.substr(first + 1, last - first - 1));
}

}  // namespace

HeadScanner::Progress HeadScanner::refuse(int status, std::string_view detail) {
    refusal_ = {status, detail};
    return Progress::Refused;
}

// False when the line is refused.
bool HeadScanner::accept_line(std::string_view line, const Limits& limits) {
    if (lines_ == 0) {
        if (line.size() > limits.request_line_bytes_max) {
            refusal_ = {414, "The request line is longer than this server reads."};
        } else if (has_forbidden_byte(line)) {
            refusal_ = {400, "The request line contains a control character."};
        } else {
            refusal_ = judge_request_line(line);
        }
    } else if (lines_ > limits.header_lines_max) {
        refusal_ = {431, "The request has more header fields than this server reads."};
    } else if (line.front() == ' ' || line.front() == '\t') {
        refusal_ = {400, "A header field may not be folded over lines."};
    } else if (has_forbidden_byte(line)) {
        refusal_ = {400, "A header field contains a control character."};
    }
    ++lines_;
    return !refusal_;
}

HeadScanner::Progress HeadScanner::scan(std::string_view bytes, const Limits& limits) {
    if (refusal_) return Progress::Refused;
    // Seen at once: another protocol (a TLS handshake begins with 0x16) would otherwise be waited for until timeout.
    if (!bytes.empty() && !is_token_character(bytes.front())) {
        return refuse(400, "The request does not begin with a method.");
    }
    while (scanned_ < bytes.size()) {
        const void* found = std::memchr(bytes.data() + scanned_, '\n', bytes.size() - scanned_);
        if (found == nullptr) break;
        size_t end = static_cast<size_t>(static_cast<const char*>(found) - bytes.data());
        if (end == line_start_ || bytes[end - 1] != '\r') return refuse(400, "A line must end with CR LF.");
        std::string_view line = bytes.substr(line_start_, end - 1 - line_start_);
        scanned_ = line_start_ = end + 1;
        if (lines_ > 0 && line_start_ > limits.head_bytes_max) {
            return refuse(431, "The head of the request is longer than this server reads.");
        }
        if (line.empty()) return Progress::Complete;
        if (!accept_line(line, limits)) return Progress::Refused;
    }
    scanned_ = bytes.size();
    // One byte may be the CR of the line end.
    if (lines_ == 0 && bytes.size() > limits.request_line_bytes_max + 1) {
        return refuse(414, "The request line is longer than this server reads.");
    }
    if (bytes.size() >= limits.head_bytes_max) {
        return refuse(431, "The head of the request is longer than this server reads.");
    }
    return Progress::NeedMore;
}

namespace {

// What the fields say, collected before anything is judged, so that their order plays no part but where
// judge_transfer_encoding() says so.
struct Collected {
    size_t hosts = 0;
    size_t lengths = 0;
    size_t codings = 0;
    bool length_before_coding = false;
    std::string_view host;
    std::string_view length;
    std::string_view coding;
    std::string_view expect;
    size_t authorizations = 0;
    size_t content_types = 0;
    size_t if_matches = 0;
    size_t expects = 0;
    bool content_encoding = false;
    bool upgrade = false;
    bool close = false;
    bool keep_alive = false;
};

void collect_connection(std::string_view value, Collected& seen) {
    while (!value.empty()) {
        size_t comma = value.find(',');
        std::string_view option = trim(value.substr(0, comma));
        if (equals_ignoring_case(option, "close")) seen.close = true;
        if (equals_ignoring_case(option, "keep-alive")) seen.keep_alive = true;
        value = comma == std::string_view::npos ? std::string_view() : value.substr(comma + 1);
    }
}

void collect(std::string_view name, std::string_view value, Collected& seen) {
    const auto is = [name](std::string_view other) { return equals_ignoring_case(name, other); };
    switch (name.size()) {
        case 4:
            if (is("host")) ++seen.hosts, seen.host = value;
            return;
        case 6:
            if (is("expect")) ++seen.expects, seen.expect = value;
            return;
        case 7:
            // An offer of HTTP/2 in the clear, as Java's client makes with every first request, may be ignored.
            if (is("upgrade") && !equals_ignoring_case(value, "h2c")) seen.upgrade = true;
            return;
        case 8:
            if (is("if-match")) ++seen.if_matches;
            return;
        case 10:
            if (is("connection")) collect_connection(value, seen);
            return;
        case 12:
            if (is("content-type")) ++seen.content_types;
            return;
        case 13:
            if (is("authorization")) ++seen.authorizations;
            return;
        case 14:
            if (is("content-length")) ++seen.lengths, seen.length = value;
            return;
        case 16:
            if (is("content-encoding")) seen.content_encoding = true;
            return;
        case 17:
            if (!is("transfer-encoding")) return;
            if (seen.codings == 0) seen.length_before_coding = seen.lengths > 0;
            ++seen.codings, seen.coding = value;
            return;
        default: return;
    }
}

Refusal judge_host(const ParsedHead& head, const Collected& seen) {
    if (seen.hosts > 1) return {400, "The request has more than one Host field."};
    if (seen.hosts == 0 && head.minor_version >= 1) return {400, "The request has no Host field."};
    if (seen.hosts == 1 && !is_host(seen.host)) return {400, "The Host field is no host name."};
    return {};
}

// RFC 9112 §6.1. The only coding understood is exactly "chunked", once.
Refusal judge_transfer_encoding(const ParsedHead& head, const Collected& seen) {
    if (seen.codings == 0) return {};
    if (head.minor_version == 0) return {400, "HTTP/1.0 knows no Transfer-Encoding."};
    if (seen.codings > 1) return {400, "The request has more than one Transfer-Encoding field."};
    if (equals_ignoring_case(seen.coding, "chunked")) {
        if (seen.lengths > 0) return {400, "Content-Length and Transfer-Encoding exclude each other."};
        return {};
    }
    if (seen.length_before_coding) return {400, "Content-Length and Transfer-Encoding exclude each other."};
    if (!is_token(seen.coding)) return {400, "The only Transfer-Encoding understood is chunked."};
    return {501, "The only Transfer-Encoding understood is chunked."};
}

// Digits only, no sign, no list, no leading zero, below 10^18: what every parser reads as the same number.
Refusal judge_content_length(const Collected& seen, Framing& framing) {
    if (seen.lengths == 0) return {};
    if (seen.lengths > 1) return {400, "The request has more than one Content-Length field."};
    std::string_view text = seen.length;
    bool is_number = !text.empty() && text.size() <= 18 && std::all_of(text.begin(), text.end(), is_digit);
    if (!is_number || (text.size() > 1 && text.front() == '0')) return {400, "The Content-Length is no plain number."};
    for (char digit : text) framing.content_length = framing.content_length * 10 + static_cast<uint64_t>(digit - '0');
    return {};
}

Refusal judge_others(const ParsedHead& head, const Collected& seen, Framing& framing) {
    if (seen.authorizations > 1) return {400, "The request has more than one Authorization field."};
    if (seen.content_types > 1) return {400, "The request has more than one Content-Type field."};
    if (seen.if_matches > 1) return {400, "The request has more than one If-Match field."};
    if (seen.upgrade) return {400, "This server speaks HTTP/1.1 and upgrades to nothing: leave out Upgrade."};
    if (seen.content_encoding) return {415, "Send the body without Content-Encoding."};
    // RFC 9110 §10.1.1: an HTTP/1.0 request has no expectations.
    if (seen.expects > 0 && head.minor_version >= 1) {
        if (seen.expects > 1 || !equals_ignoring_case(seen.expect, "100-continue")) {
            return {417, "The only expectation understood is 100-continue."};
        }
        framing.expects_continue = framing.has_body();
    }
    return {};
}

}  // namespace

std::expected<Framing, Refusal> judge_fields(const ParsedHead& head) {
    Collected seen;
    for (const auto& [name, value] : head.fields) collect(name, value, seen);
    Framing framing;
    framing.chunked = seen.codings > 0;
    framing.keep_alive = !seen.close && (head.minor_version >= 1 || seen.keep_alive);
    if (Refusal refusal = judge_transfer_encoding(head, seen)) return std::unexpected(refusal);
    if (Refusal refusal = judge_content_length(seen, framing)) return std::unexpected(refusal);
    if (Refusal refusal = judge_host(head, seen)) return std::unexpected(refusal);
    if (Refusal refusal = judge_others(head, seen, framing)) return std::unexpected(refusal);
    return framing;
}

bool is_host(std::string_view host) {
    if (host.empty() || host.size() > 261) return false;
    size_t end = 0;
    if (host.front() == '[') {
        end = host.find(']');
        if (end == std::string_view::npos || end < 3) return false;
        for (char c : host.substr(1, end - 1)) {
            bool is_hex = is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
            if (!is_hex && c != ':' && c != '.') return false;
        }
        ++end;
    } else {
        while (end < host.size() && (is_letter(host[end]) || is_digit(host[end]) ||
                                     std::string_view("-._~").contains(host[end]))) {
            ++end;
        }
        if (end == 0) return false;
    }
    if (end == host.size()) return true;
    std::string_view port = host.substr(end + 1);
    return host[end] == ':' && port.size() <= 5 && std::all_of(port.begin(), port.end(), is_digit);
}

bool has_forbidden_byte(std::string_view line) {
    static constexpr std::array<bool, 256> kForbidden = forbidden_bytes();
    bool found = false;
    for (unsigned char byte : line) found |= kForbidden[byte];
    return found;
}

bool forbidden_in_trailer(std::string_view name) {
    constexpr std::string_view kForbidden[] = {
        "authorization", "connection", "content-encoding", "content-length", "content-type",      "cookie",
        "expect",        "host",       "if-match",         "if-none-match",  "transfer-encoding", "upgrade"};
    return std::any_of(std::begin(kForbidden), std::end(kForbidden),
                       [name](std::string_view other) { return equals_ignoring_case(name, other); });
}

}  // namespace rollcall::http
