// Writes the head of an answer. Every answer has Date, Content-Length (none where RFC 9110 forbids it), Cache-Control,
// X-Content-Type-Options and X-Request-Id; none says which server or version this is. Answers are never chunked.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/time.h"
#include "http/message.h"

namespace rollcall::http {

// The Date field, written anew once a second. One per thread.
class DateText {
public:
    std::string_view at(Instant now);   // "Sun, 06 Nov 1994 08:49:37 GMT"

private:
    int64_t second_ = -1;
    std::array<char, 32> text_{};
};

enum class Persistence {
    KeepAlive,          // nothing to say in HTTP/1.1
    KeepAliveSaid,      // HTTP/1.0: the client asked and must hear it
    Close,
};

// Appends status line, fields and the empty line. The body's length is taken from `response`, also when the body is
// not going to be sent (HEAD). A Cache-Control of the response replaces ours.
void append_answer_head(const Response& response, const RequestId& id, std::string_view date, Persistence persistence,
                        std::string& out);

// False for the answers that never have a body: 1xx, 204, 304.
bool may_have_body(int status);

std::string_view reason_phrase(int status);

}  // namespace rollcall::http
