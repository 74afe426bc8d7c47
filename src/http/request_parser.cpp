// An assertion of Beast that bytes from outside can reach costs a connection, not the process: see assertion_failed().
#define BOOST_ENABLE_ASSERT_HANDLER

#include "http/request_parser.h"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <optional>
#include <stdexcept>

#include "base/check.h"

void boost::assertion_failed(const char* condition, const char*, const char*, long) {
    throw std::logic_error(condition);
}

namespace rollcall::http {
namespace {

// What is still to come of a chunked body is never shorter than "0\r\n\r\n". Beast 1.81 takes that for granted when it
// is called again between the last chunk's line and the end of the trailers.
constexpr size_t kShortestChunkedEnd = 5;

namespace beast_http = boost::beast::http;
using ErrorCode = boost::system::error_code;

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

// Beast's parser with callbacks that keep views instead of copies: no allocation for a head.
class MessageParser final : public beast_http::basic_parser<true> {
public:
    explicit MessageParser(const Limits& limits) : limits_(limits) {
        header_limit(static_cast<uint32_t>(limits.head_bytes_max));
        body_limit(boost::none);   // ours is stricter and counts before storing
    }

    // Where the decoded body goes, and the bytes that are being read, for the calls of put() that follow.
    void body_into(std::string& body, size_t body_bytes_max, std::string_view input) {
        body_ = &body;
        body_bytes_max_ = body_bytes_max;
        input_ = input;
    }

    ParsedHead& head_into(ParsedHead& head) {
        head.fields.clear();
        head_ = &head;
        return head;
    }

    const Refusal& refusal() const { return refusal_; }

private:
    void refuse(int status, std::string_view detail, ErrorCode& error) {
        refusal_ = {status, detail};
        error = beast_http::error::bad_value;
    }

    void on_request_impl(beast_http::verb, boost::beast::string_view method, boost::beast::string_view target,
                         int version, ErrorCode& error) override {
        error = {};
        head_->method = view(method);
        head_->target = view(target);
        head_->minor_version = version - 10;
    }

    void on_response_impl(int, boost::beast::string_view, int, ErrorCode&) override {}

    void on_field_impl(beast_http::field, boost::beast::string_view name, boost::beast::string_view value,
                       ErrorCode& error) override {
        error = {};
        if (!in_body_) {
            head_->fields.emplace_back(view(name), view(value));
            return;
        }
        if (forbidden_in_trailer(view(name))) {
            refuse(400, "The request has a field after its body that belongs before it.", error);
        } else if (++trailers_ > limits_.header_lines_max) {
            refuse(431, "The request has more trailer fields than this server reads.", error);
        }
    }

    void on_header_impl(ErrorCode& error) override {
        error = {};
        in_body_ = true;
    }

    void on_body_init_impl(const boost::optional<uint64_t>&, ErrorCode& error) override { error = {}; }

    // Bodies with a length are read by the connection, never through the parser.
    size_t on_body_impl(boost::beast::string_view, ErrorCode& error) override {
        error = beast_http::error::bad_value;
        return 0;
    }

    void on_chunk_header_impl(uint64_t size, boost::beast::string_view extensions, ErrorCode& error) override {
        error = {};
        extension_bytes_ += extensions.size();
        if (extension_bytes_ > limits_.chunk_extension_bytes_max) {
            refuse(400, "The chunk extensions are longer than this server reads.", error);
        } else if (has_forbidden_byte(view(extensions))) {
            refuse(400, "A chunk extension contains a control character.", error);
        } else if (size > body_bytes_max_ || body_->size() > body_bytes_max_ - size) {
            refuse(413, "The body of the request is longer than this endpoint reads.", error);
        } else if (size == 0 && has_folded_or_forbidden(extensions.data() + extensions.size())) {
            refuse(400, "A field after the body is folded or contains a control character.", error);
        }
    }

    // Beast calls for the last chunk when the trailers are complete, with `from` at the end of the chunk's line. It
    // would unfold what is folded; trailers end at the first empty line.
    bool has_folded_or_forbidden(const char* from) const {
        std::string_view trailers = input_.substr(static_cast<size_t>(from - input_.data()));
        trailers = trailers.substr(0, trailers.find("\r\n\r\n") + 2);
        for (size_t i = 0; i < trailers.size(); i += 2) {
            size_t end = trailers.find("\r\n", i);
            std::string_view line = trailers.substr(i, end - i);
            if (line.starts_with(' ') || line.starts_with('\t') || has_forbidden_byte(line)) return true;
            i = end;
        }
        return false;
    }

    size_t on_chunk_body_impl(uint64_t, boost::beast::string_view body, ErrorCode& error) override {
        error = {};
        body_->append(body.data(), body.size());
        return body.size();
    }

    void on_finish_impl(ErrorCode& error) override { error = {}; }

    const Limits& limits_;
    ParsedHead* head_ = nullptr;
    std::string* body_ = nullptr;
    size_t body_bytes_max_ = 0;
    std::string_view input_;
    size_t extension_bytes_ = 0;
    size_t trailers_ = 0;
    bool in_body_ = false;
    Refusal refusal_;
};

}  // namespace

class RequestParser::Beast {
public:
    explicit Beast(const Limits& numbers) : limits(numbers) {}

    const Limits& limits;
    HeadScanner scanner;
    std::optional<MessageParser> message;
    ParsedHead head;
    Framing framing;
    Refusal refusal;
};

RequestParser::RequestParser(const Limits& limits) : beast_(std::make_unique<Beast>(limits)) {}

RequestParser::~RequestParser() = default;

RequestParser::Progress RequestParser::read_head(std::string_view bytes) {
    switch (beast_->scanner.scan(bytes, beast_->limits)) {
        case HeadScanner::Progress::NeedMore: return Progress::NeedMore;
        case HeadScanner::Progress::Refused: beast_->refusal = beast_->scanner.refusal(); return Progress::Refused;
        case HeadScanner::Progress::Complete: break;
    }
    beast_->message.emplace(beast_->limits);
    beast_->message->head_into(beast_->head);
    ErrorCode error;
    size_t consumed = beast_->message->put({bytes.data(), head_bytes()}, error);
    if (error || consumed != head_bytes() || !beast_->message->is_header_done()) {
        beast_->refusal = {400, "The head of the request is malformed."};
        return Progress::Refused;
    }
    auto framing = judge_fields(beast_->head);
    if (!framing) {
        beast_->refusal = framing.error();
        return Progress::Refused;
    }
    // Two readers of the same head must agree, or neither is believed.
    bool same = beast_->message->chunked() == framing->chunked &&
                beast_->message->content_length().value_or(0) == framing->content_length;
    if (!same) {
        beast_->refusal = {400, "The length of the request is ambiguous."};
        return Progress::Refused;
    }
    beast_->framing = *framing;
    return Progress::Complete;
}

RequestParser::Progress RequestParser::read_chunks(std::string_view bytes, size_t body_bytes_max, std::string& body,
                                                   size_t& consumed) {
    CHECK(beast_->framing.chunked && beast_->message);
    consumed = 0;
    MessageParser& message = *beast_->message;
    while (!message.is_done()) {
        std::string_view rest = bytes.substr(consumed);
        if (rest.size() < kShortestChunkedEnd) return Progress::NeedMore;
        message.body_into(body, body_bytes_max, rest);
        ErrorCode error;
        consumed += message.put({rest.data(), rest.size()}, error);
        if (error == beast_http::error::need_more) {
            // What Beast waits for is a line end: of a chunk size, or of the trailers.
            if (bytes.size() - consumed < beast_->limits.head_bytes_max) return Progress::NeedMore;
            beast_->refusal = {431, "The chunk sizes or trailers are longer than this server reads."};
            return Progress::Refused;
        }
        if (error) {
            beast_->refusal = message.refusal() ? message.refusal() : Refusal{400, "The chunked body is malformed."};
            return Progress::Refused;
        }
    }
    return Progress::Complete;
}

const ParsedHead& RequestParser::head() const { return beast_->head; }
size_t RequestParser::head_bytes() const { return beast_->scanner.head_bytes(); }
const Framing& RequestParser::framing() const { return beast_->framing; }
const Refusal& RequestParser::refusal() const { return beast_->refusal; }

void RequestParser::reset() {
    beast_->scanner.reset();
    beast_->message.reset();
    beast_->refusal = {};
}

}  // namespace rollcall::http
