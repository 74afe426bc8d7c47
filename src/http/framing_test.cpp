// The framing table: what is refused, with which status, and how what is accepted is framed.
#include "http/framing.h"

#include <gtest/gtest.h>

#include "http/request_parser.h"

namespace rollcall::http {
namespace {

constexpr int kAccepted = 0;
constexpr int kNeedMore = -1;

struct Row {
    const char* name;
    std::string head;         // as sent
    int status;               // kAccepted, kNeedMore, or the refusal
};

std::string request(std::string_view fields, std::string_view line = "POST /Users HTTP/1.1") {
    return std::string(line) + "\r\nHost: example.com\r\n" + std::string(fields) + "\r\n";
}

std::string fields(size_t count) {
    std::string out;
    for (size_t i = 0; i < count; ++i) out += "X-" + std::to_string(i) + ": v\r\n";
    return out;
}

int verdict(RequestParser& parser, std::string_view bytes) {
    switch (parser.read_head(bytes)) {
        case RequestParser::Progress::Complete: return kAccepted;
        case RequestParser::Progress::NeedMore: return kNeedMore;
        case RequestParser::Progress::Refused: return parser.refusal().status;
    }
    return kNeedMore;
}

void validate(const Row& row) {
    SCOPED_TRACE(row.name);
    Limits limits;
    RequestParser whole(limits);
    EXPECT_EQ(verdict(whole, row.head), row.status);
    // The same bytes one at a time, in a buffer that moves, give the same.
    RequestParser slow(limits);
    int status = kNeedMore;
    for (size_t end = 1; end <= row.head.size() && status == kNeedMore; ++end) {
        std::string part = row.head.substr(0, end);
        status = verdict(slow, part);
    }
    EXPECT_EQ(status, row.status);
}

TEST(Framing, TableOfAmbiguousMessages) {
    const Row rows[] = {
        {"1 length, then chunked", request("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
        {"2 chunked, then length", request("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
        {"3 gzip, then length", request("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n"), 501},
        {"4 length, then gzip", request("Content-Length: 5\r\nTransfer-Encoding: gzip\r\n"), 400},
        {"5 gzip alone", request("Transfer-Encoding: gzip\r\n"), 501},
        {"6 HTTP/1.0 chunked", request("Transfer-Encoding: chunked\r\n", "POST /Users HTTP/1.0"), 400},
        {"7 equal lengths", request("Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
        {"8 different lengths", request("Content-Length: 5\r\nContent-Length: 6\r\n"), 400},
        {"9 signed length", request("Content-Length: +5\r\n"), 400},
        {"10 length list", request("Content-Length: 5, 5\r\n"), 400},
        {"11 blank before colon", request("Content-Length : 5\r\n"), 400},
        {"12 folded coding", request("Transfer-Encoding:\r\n chunked\r\n"), 400},
        {"12b folded by tab", request("X: a\r\n\tb\r\n"), 400},
        {"13 bare LF after a field", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400},
        {"13b bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
        {"13c bare LF as the empty line", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
        {"14 xchunked", request("Transfer-Encoding: xchunked\r\n"), 501},
        {"15 chunked, identity", request("Transfer-Encoding: chunked, identity\r\n"), 400},
        {"15b gzip, chunked", request("Transfer-Encoding: gzip, chunked\r\n"), 400},
        {"15c chunked with a comma", request("Transfer-Encoding: chunked,\r\n"), 400},
        {"15d empty coding", request("Transfer-Encoding:\r\n"), 400},
        {"16 two codings", request("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"), 400},
        {"16b chunked twice", request("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
        {"17 no Host", "GET / HTTP/1.1\r\n\r\n", 400},
        {"18 two Hosts", request("Host: example.com\r\n"), 400},
        {"21 NUL in a value", request(std::string("X: a\0b\r\n", 8)), 400},
        {"21b vertical tab before chunked", request("Transfer-Encoding: \x0b" "chunked\r\n"), 400},
        {"21c bare CR in a value", request("X: a\rb\r\n"), 400},
        {"21d DEL in a value", request("X: a\x7f\r\n"), 400},
        {"23 HTTP/2.0", request("", "GET / HTTP/2.0"), 505},
        {"23b HTTP/1.9", request("", "GET / HTTP/1.9"), 505},
        {"23c HTTP/0.9", request("", "GET / HTTP/0.9"), 505},
        {"hex length", request("Content-Length: 0x5\r\n"), 400},
        {"empty length", request("Content-Length:\r\n"), 400},
        {"negative length", request("Content-Length: -1\r\n"), 400},
        {"leading zero", request("Content-Length: 05\r\n"), 400},
        {"length beyond 2^64", request("Content-Length: 18446744073709551617\r\n"), 400},
        {"plain", request(""), kAccepted},
        {"length", request("Content-Length: 5\r\n"), kAccepted},
        {"length with blanks around", request("Content-Length: \t 5 \t\r\n"), kAccepted},
        {"chunked", request("Transfer-Encoding: chunked\r\n"), kAccepted},
        {"chunked in capitals", request("TRANSFER-ENCODING: Chunked\r\n"), kAccepted},
        {"HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", kAccepted},
        {"UTF-8 in a value", request("User-Agent: caf\xc3\xa9\r\n"), kAccepted},
        {"unfinished", "GET / HTTP/1.1\r\nHost: a\r\n", kNeedMore},
        {"unfinished empty line", "GET / HTTP/1.1\r\nHost: a\r\n\r", kNeedMore},
    };
    for (const Row& row : rows) validate(row);
}

TEST(Framing, RequestLine) {
    const Row rows[] = {
        {"absolute form", request("", "GET http://example.com/Users HTTP/1.1"), 400},
        {"userinfo", request("", "GET https://u:p@example.com/Users HTTP/1.1"), 400},
        {"authority form", request("", "GET example.com:443 HTTP/1.1"), 400},
        {"CONNECT", request("", "CONNECT example.com:443 HTTP/1.1"), 501},
        {"asterisk form", request("", "OPTIONS * HTTP/1.1"), 400},
        {"no target", request("", "GET HTTP/1.1"), 400},
        {"two blanks", request("", "GET  / HTTP/1.1"), 400},
        {"blank in the target", request("", "GET /a b HTTP/1.1"), 400},
        {"blank at the end", request("", "GET / HTTP/1.1 "), 400},
        {"blank at the beginning", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"tab", request("", "GET\t/ HTTP/1.1"), 400},
        {"fragment", request("", "GET /a#b HTTP/1.1"), 400},
        {"byte above ASCII", request("", "GET /caf\xc3\xa9 HTTP/1.1"), 400},
        {"DEL", request("", "GET /\x7f HTTP/1.1"), 400},
        {"lower case version", request("", "GET / http/1.1"), 400},
        {"no version", request("", "GET /"), 400},
        {"long version", request("", "GET / HTTP/1.10"), 400},
        {"method with a colon", request("", "GE:T / HTTP/1.1"), 400},
        {"TLS handshake", std::string("\x16\x03\x01\x02", 4), 400},
        {"unknown method", request("", "BREW /pot HTTP/1.1"), kAccepted},
        {"query", request("", "GET /Users?filter=userName%20eq%20%22a%22&x=[1] HTTP/1.1"), kAccepted},
    };
    for (const Row& row : rows) validate(row);
}

TEST(Framing, Host) {
    const auto with_host = [](std::string_view host) {
        return "GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n";
    };
    for (const char* host : {"a", "example.com", "example.com:8443", "127.0.0.1:80", "[::1]",
                             "[2001:db8::1]:443", "a_b"}) {
        validate({host, with_host(host), kAccepted});
    }
    for (const char* host : {"", "a b", "a/b", "a,b", "u@a", "a:b", "a:123456", "[::1", "[]", "::1", "a?b", "a#b"}) {
        validate({host, with_host(host), 400});
    }
}

TEST(Framing, FieldsThatMayNotCome) {
    const Row rows[] = {
        {"Authorization twice", request("Authorization: Bearer a\r\nauthorization: Bearer b\r\n"), 400},
        {"Content-Type twice", request("Content-Type: a/b\r\nContent-Type: a/b\r\n"), 400},
        {"If-Match twice", request("If-Match: *\r\nIf-Match: *\r\n"), 400},
        {"Content-Encoding", request("Content-Encoding: gzip\r\n"), 415},
        {"Upgrade", request("Connection: Upgrade\r\nUpgrade: websocket\r\n"), 400},
        {"offer of HTTP/2", request("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"), kAccepted},
        {"other expectation", request("Expect: 200-ok\r\nContent-Length: 1\r\n"), 417},
        {"expectation twice", request("Expect: 100-continue\r\nExpect: 100-continue\r\n"), 417},
        {"expectation of HTTP/1.0", request("Expect: what\r\n", "POST / HTTP/1.0"), kAccepted},
        {"empty name", request(": v\r\n"), 400},
        {"no colon", request("nonsense\r\n"), 400},
        {"name with a bracket", request("X(: v\r\n"), 400},
    };
    for (const Row& row : rows) validate(row);
}

// Both sides of the limits that concern the head.
TEST(Framing, Limits) {
    Limits limits;
    const auto line = [](size_t bytes) {
        std::string out = "GET /";
        out.append(bytes - out.size() - std::string_view(" HTTP/1.1").size(), 'a');
        return request("", out + " HTTP/1.1");
    };
    validate({"request_line_bytes_max", line(limits.request_line_bytes_max), kAccepted});
    validate({"request_line_bytes_max + 1", line(limits.request_line_bytes_max + 1), 414});
    validate({"endless request line", "GET /" + std::string(limits.request_line_bytes_max, 'a'), 414});

    validate({"header_lines_max", request(fields(limits.header_lines_max - 1)), kAccepted});
    validate({"header_lines_max + 1", request(fields(limits.header_lines_max)), 431});

    const auto head = [](size_t bytes) {
        std::string out = request("X: \r\n");
        out.insert(out.size() - 4, bytes - out.size(), 'a');
        return out;
    };
    validate({"head_bytes_max", head(limits.head_bytes_max), kAccepted});
    validate({"head_bytes_max + 1", head(limits.head_bytes_max + 1), 431});
    validate({"endless field", "GET / HTTP/1.1\r\nX: " + std::string(limits.head_bytes_max, 'a'), 431});
}

Framing framing_of(const std::string& head) {
    Limits limits;
    RequestParser parser(limits);
    EXPECT_EQ(parser.read_head(head), RequestParser::Progress::Complete) << head;
    return parser.framing();
}

TEST(Framing, WhatIsAccepted) {
    EXPECT_EQ(framing_of(request("Content-Length: 123\r\n")).content_length, 123u);
    EXPECT_FALSE(framing_of(request("Content-Length: 0\r\n")).has_body());
    EXPECT_TRUE(framing_of(request("Transfer-Encoding: chunked\r\n")).chunked);
    EXPECT_TRUE(framing_of(request("")).keep_alive);
    EXPECT_FALSE(framing_of(request("Connection: close\r\n")).keep_alive);
    EXPECT_FALSE(framing_of(request("Connection: x, Close\r\n")).keep_alive);
    EXPECT_FALSE(framing_of(request("", "GET / HTTP/1.0")).keep_alive);
    EXPECT_TRUE(framing_of(request("Connection: Keep-Alive\r\n", "GET / HTTP/1.0")).keep_alive);
    EXPECT_TRUE(framing_of(request("Expect: 100-Continue\r\nContent-Length: 1\r\n")).expects_continue);
    EXPECT_FALSE(framing_of(request("Expect: 100-continue\r\n")).expects_continue);
}

// ------------------------------------------------------------------------------------------------ chunked bodies

struct Chunked {
    int status = kNeedMore;
    std::string body;
    size_t left = 0;
};

// Feeds `coded` in pieces of `step` bytes, as the connection does.
Chunked decode(std::string_view coded, size_t step, size_t body_bytes_max = 1'000) {
    Limits limits;
    RequestParser parser(limits);
    std::string head = request("Transfer-Encoding: chunked\r\n");
    EXPECT_EQ(parser.read_head(head), RequestParser::Progress::Complete);
    Chunked out;
    std::string waiting;
    for (size_t fed = 0; fed < coded.size() && out.status == kNeedMore; fed += step) {
        waiting += coded.substr(fed, step);
        size_t consumed = 0;
        auto progress = parser.read_chunks(waiting, body_bytes_max, out.body, consumed);
        waiting.erase(0, consumed);
        if (progress == RequestParser::Progress::Complete) {
            out.status = kAccepted;
            out.left = waiting.size() + (coded.size() - std::min(coded.size(), fed + step));
        }
        if (progress == RequestParser::Progress::Refused) out.status = parser.refusal().status;
    }
    return out;
}

struct ChunkedRow {
    const char* name;
    std::string coded;
    int status;
    std::string body = {};
    size_t left = 0;
};

TEST(Framing, ChunkedBodies) {
    const ChunkedRow rows[] = {
        {"empty", "0\r\n\r\n", kAccepted, "", 0},
        {"one chunk", "5\r\nhello\r\n0\r\n\r\n", kAccepted, "hello", 0},
        {"two chunks and the next request", "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\nGET", kAccepted, "hello!", 3},
        {"hex, leading zero", "00A\r\n0123456789\r\n0\r\n\r\n", kAccepted, "0123456789", 0},
        {"19 extension", "5;a=b\r\nhello\r\n0\r\n\r\n", kAccepted, "hello", 0},
        {"19 long extension", "5;" + std::string(80, 'a') + "\r\nhello\r\n0\r\n\r\n", 400},
        {"19 LF in a quoted extension", "5;a=\"\n\"\r\nhello\r\n0\r\n\r\n", 400},
        {"20 size ended by LF", "5\nhello\r\n0\r\n\r\n", 400},
        {"no size", "\r\nhello\r\n0\r\n\r\n", 400},
        {"no hex", "g\r\nhello\r\n0\r\n\r\n", 400},
        {"signed", "+5\r\nhello\r\n0\r\n\r\n", 400},
        {"prefix", "0x5\r\nhello\r\n0\r\n\r\n", 400},
        {"beyond 2^64", "10000000000000005\r\nhello\r\n0\r\n\r\n", 400},
        {"chunk without its CRLF", "5\r\nhello0\r\n\r\n", 400},
        {"chunk longer than its size", "3\r\nhello\r\n0\r\n\r\n", 400},
        {"24 trailer", "5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n", kAccepted, "hello", 0},
        {"24 Host in the trailer", "5\r\nhello\r\n0\r\nHost: b\r\n\r\n", 400},
        {"24 Authorization in the trailer", "0\r\nauthorization: b\r\n\r\n", 400},
        {"24 Content-Length in the trailer", "0\r\nContent-Length: 5\r\n\r\n", 400},
        {"24 Transfer-Encoding in the trailer", "0\r\nTransfer-Encoding: gzip\r\n\r\n", 400},
        {"folded trailer without a first line", "0\r\nX:\r\n b: c\r\n\r\n", 400},
        {"NUL in a trailer", std::string("0\r\nX: \0\r\n\r\n", 12), 400},
        {"folded trailer", "0\r\nX: a\r\n b\r\n\r\n", 400},
        {"too long", "3e9\r\n", 413},
        {"too long in sum", "3e8\r\n" + std::string(1'000, 'a') + "\r\n1\r\n", 413},
        {"unfinished", "5\r\nhel", kNeedMore},
        {"unfinished end", "5\r\nhello\r\n0\r\n\r", kNeedMore},
        {"endless size", std::string(20'000, '0'), 431},
        {"endless trailer", "0\r\nX: " + std::string(20'000, 'a'), 431},
    };
    for (const ChunkedRow& row : rows) {
        for (size_t step : {size_t{1}, size_t{2}, size_t{7}, row.coded.size()}) {
            SCOPED_TRACE(std::string(row.name) + ", pieces of " + std::to_string(step));
            Chunked out = decode(row.coded, step);
            EXPECT_EQ(out.status, row.status);
            if (row.status != kAccepted) continue;
            EXPECT_EQ(out.body, row.body);
            EXPECT_EQ(out.left, row.left);
        }
    }
}

TEST(Framing, ParserIsReused) {
    Limits limits;
    RequestParser parser(limits);
    std::string bad = request("Transfer-Encoding: gzip\r\n");
    std::string good = request("Content-Length: 3\r\n");
    for (int round = 0; round < 3; ++round) {
        EXPECT_EQ(parser.read_head(bad), RequestParser::Progress::Refused);
        parser.reset();
        ASSERT_EQ(parser.read_head(good), RequestParser::Progress::Complete);
        EXPECT_EQ(parser.framing().content_length, 3u);
        EXPECT_EQ(parser.head_bytes(), good.size());
        parser.reset();
    }
}

}  // namespace
}  // namespace rollcall::http
