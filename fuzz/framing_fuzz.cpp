// The framing gate with the parser against a slow reference reader of HTTP/1.1 message boundaries: whatever we
// accept, the reference must accept with the same end, the same body and the same number of fields. We may refuse
// more than it does, never less. Input: bytes as they come from a socket, cut into pieces by the last byte.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "http/request_parser.h"

namespace {

using namespace rollcall;
using namespace rollcall::http;

constexpr size_t kBodyMax = 4'096;

struct Message {
    size_t end = 0;          // bytes of the input that belong to the message
    size_t fields = 0;
    std::string body;
};

[[noreturn]] void fail(const char* what) {
    std::fprintf(stderr, "oracle: %s\n", what);
    std::abort();
}

// ---- the reference: RFC 9112 as written, one character at a time, no state kept between steps

std::optional<std::string> line_at(std::string_view input, size_t& at) {
    std::string line;
    for (size_t i = at; i + 1 < input.size(); ++i) {
        if (input[i] == '\r' && input[i + 1] == '\n') {
            at = i + 2;
            return line;
        }
        if (input[i] == '\r' || input[i] == '\n') return std::nullopt;
        line.push_back(input[i]);
    }
    return std::nullopt;
}

std::string lower(std::string text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

std::string stripped(const std::string& text) {
    size_t from = text.find_first_not_of(" \t");
    if (from == std::string::npos) return "";
    return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

// A field line's name (lower case) and value.
std::optional<std::pair<std::string, std::string>> field_of(const std::string& line) {
    size_t colon = line.find(':');
    if (colon == std::string::npos || colon == 0) return std::nullopt;
    std::string name = lower(line.substr(0, colon));
    if (name.find_first_of(" \t") != std::string::npos) return std::nullopt;
    return std::pair(name, stripped(line.substr(colon + 1)));
}

bool read_fields(std::string_view input, size_t& at, size_t& count, std::string& length, std::string& coding) {
    for (;;) {
        auto line = line_at(input, at);
        if (!line) return false;
        if (line->empty()) return true;
        auto field = field_of(*line);
        if (!field) return false;
        ++count;
        std::string* target = field->first == "content-length"      ? &length
                              : field->first == "transfer-encoding" ? &coding
                                                                    : nullptr;
        if (target == nullptr) continue;
        if (!target->empty()) return false;
        *target = field->second.empty() ? "?" : field->second;
    }
}

std::optional<size_t> number(const std::string& text, int base) {
    if (text.empty() || text.size() > 15) return std::nullopt;
    size_t value = 0;
    for (char c : lower(text)) {
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
        if (digit >= base) return std::nullopt;
        value = value * static_cast<size_t>(base) + static_cast<size_t>(digit);
    }
    return value;
}

bool read_chunks(std::string_view input, size_t& at, std::string& body) {
    for (;;) {
        auto line = line_at(input, at);
        if (!line) return false;
        // Blanks around ';' are bad whitespace that a recipient must parse (RFC 9112 §7.1.1). Leading zeros have no
        // meaning and no bound.
        std::string size_text = stripped(line->substr(0, line->find(';')));
        while (size_text.size() > 1 && size_text.front() == '0') size_text.erase(0, 1);
        auto size = number(size_text, 16);
        if (!size) return false;
        if (*size == 0) break;
        if (input.size() - at < *size + 2) return false;
        body += input.substr(at, *size);
        at += *size;
        if (input.substr(at, 2) != "\r\n") return false;
        at += 2;
    }
    size_t ignored_count = 0;
    std::string ignored_length, ignored_coding;
    return read_fields(input, at, ignored_count, ignored_length, ignored_coding);
}

// The first message of `input` if it is complete and its boundary is beyond doubt.
std::optional<Message> reference(std::string_view input) {
    Message message;
    std::string length, coding;
    if (!line_at(input, message.end)) return std::nullopt;
    if (!read_fields(input, message.end, message.fields, length, coding)) return std::nullopt;
    if (!length.empty() && !coding.empty()) return std::nullopt;
    if (!coding.empty()) {
        if (lower(coding) != "chunked" || !read_chunks(input, message.end, message.body)) return std::nullopt;
    } else if (!length.empty()) {
        auto size = number(length, 10);
        if (!size || input.size() - message.end < *size) return std::nullopt;
        message.body = input.substr(message.end, *size);
        message.end += *size;
    }
    return message;
}

// ---- ours, fed in pieces as the connection feeds it

std::optional<Message> ours(std::string_view input, size_t piece, const Limits& limits) {
    RequestParser parser(limits);
    Message message;
    std::string received;
    size_t fed = 0;
    auto progress = RequestParser::Progress::NeedMore;
    while (progress == RequestParser::Progress::NeedMore && fed < input.size()) {
        received += input.substr(fed, piece);
        fed = received.size();
        std::string moved = received;       // the buffer may move until the head is complete
        received.swap(moved);
        progress = parser.read_head(received);
    }
    if (progress != RequestParser::Progress::Complete) return std::nullopt;
    const Framing framing = parser.framing();
    message.fields = parser.head().fields.size();
    message.end = parser.head_bytes();
    if (!framing.chunked) {
        if (framing.content_length > kBodyMax) return std::nullopt;
        if (input.size() - message.end < framing.content_length) return std::nullopt;
        message.body = input.substr(message.end, framing.content_length);
        message.end += framing.content_length;
        return message;
    }
    std::string waiting = received.substr(message.end);
    for (;;) {
        size_t consumed = 0;
        progress = parser.read_chunks(waiting, kBodyMax, message.body, consumed);
        waiting.erase(0, consumed);
        message.end += consumed;
        if (progress == RequestParser::Progress::Complete) return message;
        if (progress == RequestParser::Progress::Refused || fed >= input.size()) return std::nullopt;
        waiting += input.substr(fed, piece);
        fed = std::min(input.size(), fed + piece);
    }
}

void compare(const Message& mine, const Message& theirs) {
    if (mine.end != theirs.end) fail("another end of the message");
    if (mine.body != theirs.body) fail("another body");
    if (mine.fields != theirs.fields) fail("another number of fields");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 2) return 0;
    std::string_view input(reinterpret_cast<const char*>(data), size - 1);
    size_t piece = data[size - 1] % 64 + 1;
    static const Limits limits;
    auto whole = ours(input, input.size(), limits);
    auto pieces = ours(input, piece, limits);
    if (whole.has_value() != pieces.has_value()) fail("the cut into pieces decides whether it is accepted");
    if (!whole) return 0;
    compare(*whole, *pieces);
    auto truth = reference(input);
    if (!truth) fail("accepted although its boundary is in doubt");
    compare(*whole, *truth);
    return 0;
}
