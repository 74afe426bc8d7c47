// The framing gate: what we refuse although a parser would accept it. Its purpose is that no two parsers (a proxy's
// and ours) can differ about where a message ends or whom it addresses (request smuggling, threat T53).
//
// Pure functions, no I/O. The connection calls HeadScanner on raw bytes as they arrive, then the parser, then
// judge_fields() on what the parser found, before anything else looks at the request. After a refusal the connection
// is closed: nothing that follows can be trusted to be a request.
//
//   bytes -> HeadScanner -> parser -> judge_fields -> Application::admit
//               400 414 431   400       400 415 417 501
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"

namespace rollcall::http {

// An answer of the transport itself. `detail` is a literal: it never carries input.
struct Refusal {
    int status = 0;                       // 0: nothing was refused
    std::string_view detail;
    explicit operator bool() const { return status != 0; }
};

using HeaderFields = std::vector<std::pair<std::string_view, std::string_view>>;

// A request head as the parser read it. Views point into the bytes it was given.
struct ParsedHead {
    std::string_view method;
    std::string_view target;
    int minor_version = 1;                // HTTP/1.x
    HeaderFields fields;                  // names as received, values trimmed
};

// How the message goes on after its head.
struct Framing {
    bool chunked = false;
    uint64_t content_length = 0;          // 0 when chunked or without body
    bool keep_alive = true;               // the client allows another request
    bool expects_continue = false;
    bool has_body() const { return chunked || content_length > 0; }
};

// Finds the end of a head while its bytes arrive and refuses what can be seen in raw bytes only: line ends that are
// not CR LF, folded lines, control characters, a request line that is no request line, and heads beyond the limits.
// Each byte is looked at once, however the bytes are cut into pieces.
class HeadScanner {
public:
    enum class Progress { NeedMore, Complete, Refused };

    // `bytes` is everything received of this message so far; it may move between calls, its beginning may not change.
    Progress scan(std::string_view bytes, const Limits& limits);
    size_t head_bytes() const { return line_start_; }    // after Complete: up to and with the empty line
    const Refusal& refusal() const { return refusal_; }   // after Refused
    void reset() { *this = {}; }

private:
    Progress refuse(int status, std::string_view detail);
    bool accept_line(std::string_view line, const Limits& limits);

    size_t scanned_ = 0;
    size_t line_start_ = 0;
    size_t lines_ = 0;
    Refusal refusal_;
};

// Judges a head that was parsed. On success says how the message is framed.
std::expected<Framing, Refusal> judge_fields(const ParsedHead& head);

// True for a host name or address with an optional port, made of nothing but the characters of these, so that it can
// never be read as something else where it becomes part of a URL.
bool is_host(std::string_view text);

// True when a line holds a control character other than a tab.
bool has_forbidden_byte(std::string_view line);

// Fields that may not come after the body (trailers), where checks that were made on the head would miss them.
bool forbidden_in_trailer(std::string_view name);

}  // namespace rollcall::http
