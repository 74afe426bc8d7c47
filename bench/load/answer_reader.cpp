#include "answer_reader.h"

#include <strings.h>

#include <algorithm>
#include <charconv>

namespace rollcall::bench {
namespace {

constexpr size_t kHeadBytesMax = 64 * 1024;

// The value of a header line with that name, or an empty view.
std::string_view value_of(std::string_view line, std::string_view name) {
    if (line.size() <= name.size() || line[name.size()] != ':') return {};
    if (::strncasecmp(line.data(), name.data(), name.size()) != 0) return {};
    line.remove_prefix(name.size() + 1);
    while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
    return line;
}

}  // namespace

void AnswerReader::reset() {
    head_.clear();
    in_body_ = false;
    status_ = 0;
    closes_ = false;
    body_bytes_ = body_left_ = 0;
}

AnswerReader::Progress AnswerReader::take(std::string_view& bytes) {
    if (!in_body_) {
        std::string_view head = bytes;
        size_t before = 0;
        if (!head_.empty()) {
            before = head_.size();
            head_ += bytes;
            head = head_;
        }
        const size_t end = head.find("\r\n\r\n");
        if (end == std::string_view::npos) {
            if (head_.empty()) head_ = bytes;
            bytes = {};
            return head_.size() > kHeadBytesMax ? Progress::Broken : Progress::NeedMore;
        }
        if (!read_head(head.substr(0, end))) return Progress::Broken;
        bytes.remove_prefix(end + 4 - before);
        in_body_ = true;
        body_left_ = body_bytes_;
    }
    const auto taken = std::min<uint64_t>(body_left_, bytes.size());
    bytes.remove_prefix(taken);
    body_left_ -= taken;
    return body_left_ == 0 ? Progress::Complete : Progress::NeedMore;
}

bool AnswerReader::read_head(std::string_view head) {
    // "HTTP/1.1 200 OK"
    if (head.size() < 12 || !head.starts_with("HTTP/1.")) return false;
    std::from_chars(head.data() + 9, head.data() + 12, status_);
    size_t at = head.find("\r\n");
    while (at != std::string_view::npos) {
        const size_t start = at + 2;
        at = head.find("\r\n", start);
        if (!read_line(head.substr(start, at - start))) return false;
    }
    return status_ >= 200;
}

bool AnswerReader::read_line(std::string_view line) {
    if (const auto length = value_of(line, "Content-Length"); !length.empty()) {
        return std::from_chars(length.data(), length.data() + length.size(), body_bytes_).ec == std::errc();
    }
    if (const auto connection = value_of(line, "Connection"); connection == "close") closes_ = true;
    return value_of(line, "Transfer-Encoding").empty();
}

}  // namespace rollcall::bench
