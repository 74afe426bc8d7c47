// Finds the end of one HTTP/1.1 answer in the bytes of a connection, however they are cut, and tells status, length of
// the body and whether the server is going to close. Knows Content-Length and answers without body; chunked answers
// are refused, because neither server here sends them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rollcall::bench {

class AnswerReader {
public:
    enum class Progress { NeedMore, Complete, Broken };

    // Takes what it needs from the front of `bytes`.
    Progress take(std::string_view& bytes);
    void reset();

    int status() const { return status_; }
    bool closes() const { return closes_; }
    uint64_t body_bytes() const { return body_bytes_; }
    bool begun() const { return !head_.empty() || in_body_; }

private:
    bool read_head(std::string_view head);
    bool read_line(std::string_view line);

    std::string head_;            // only when it came in pieces
    bool in_body_ = false;
    int status_ = 0;
    bool closes_ = false;
    uint64_t body_bytes_ = 0;
    uint64_t body_left_ = 0;
};

}  // namespace rollcall::bench
