// One HTTP/1 request from bytes: the framing gate around Boost.Beast's parser, which reads the head and decodes
// chunked bodies. No I/O; the connection feeds it, and so does the fuzzer. Beast stays inside the .cpp.
//
//   read_head(bytes)  NeedMore... Complete    the whole head in one contiguous piece; framing() says what follows
//   read_chunks(bytes, body)                  only when framing().chunked
//   reset()                                   before the next request
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "http/framing.h"

namespace rollcall::http {

class RequestParser {
public:
    enum class Progress { NeedMore, Complete, Refused };

    // `limits` must outlive the parser.
    explicit RequestParser(const Limits& limits);
    ~RequestParser();
    RequestParser(const RequestParser&) = delete;
    RequestParser& operator=(const RequestParser&) = delete;

    // `bytes` is everything received of this message so far. Views in head() point into the bytes of the call that
    // returned Complete; they must stay where they are while head() is used.
    Progress read_head(std::string_view bytes);
    const ParsedHead& head() const;
    size_t head_bytes() const;
    const Framing& framing() const;

    // Decodes what it can of `bytes` (everything after the head that was not yet consumed), appends to `body` and
    // sets `consumed`. Refuses bodies above `body_bytes_max` (413), long chunk extensions and forbidden trailers.
    Progress read_chunks(std::string_view bytes, size_t body_bytes_max, std::string& body, size_t& consumed);

    // After Refused. The message cannot be continued.
    const Refusal& refusal() const;

    void reset();

private:
    class Beast;
    std::unique_ptr<Beast> beast_;
};

}  // namespace rollcall::http
