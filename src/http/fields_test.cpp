// Accept-Encoding, forwarded fields, addresses and blocks, heads of answers.
#include <gtest/gtest.h>

#include "base/gzip.h"
#include "base/address.h"
#include "http/answer.h"
#include "http/compression.h"
#include "http/forwarded.h"
#include "http/framing.h"

namespace rollcall::http {
namespace {

TEST(AcceptEncoding, Table) {
    for (const char* yes : {"gzip", "GZIP", "x-gzip", "deflate, gzip", "gzip;q=1", "gzip;q=0.001", "gzip ; q=0.5", "*",
                            "*;q=0.1", "br;q=1.0, gzip;q=0.8, *;q=0.1", "identity;q=0, gzip", "*;q=0, gzip"}) {
        EXPECT_TRUE(accepts_gzip(yes)) << yes;
    }
    for (const char* no : {"", "identity", "br", "gzip;q=0", "gzip;q=0.0", "gzip;q=0.000", "gzip; Q=0", "*;q=0",
                           "gzip;q=0, *", "*, gzip;q=0", "gzipx", ",", ";q=1"}) {
        EXPECT_FALSE(accepts_gzip(no)) << no;
    }
}

TEST(Compression, OnlyWhatIsWorthIt) {
    Response response;
    response.content_type = "application/scim+json";
    response.body.assign(8'192, 'a');
    EXPECT_TRUE(is_compressible(response, 8'192));
    EXPECT_FALSE(is_compressible(response, 8'193));
    response.content_type = "image/png";
    EXPECT_FALSE(is_compressible(response, 1));
    response.content_type = "text/javascript";
    EXPECT_TRUE(is_compressible(response, 1));
    response.with("content-encoding", "br");
    EXPECT_FALSE(is_compressible(response, 1));
}

TEST(Compression, LeavesWhatDoesNotShrink) {
    Response response;
    response.content_type = "text/plain";
    response.body = "ab";
    compress(response);
    EXPECT_EQ(response.body, "ab");
    EXPECT_TRUE(response.headers.empty());
    response.body.assign(10'000, 'a');
    compress(response);
    EXPECT_LT(response.body.size(), 200u);
    ASSERT_EQ(response.headers.size(), 1u);
    EXPECT_EQ(response.headers[0].second, "gzip");
}

TEST(Address, Parse) {
    for (const char* text : {"127.0.0.1", "192.0.2.255", "::1", "2001:db8::1"}) {
        auto address = IpAddress::parse(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(address->text(), text);
    }
    EXPECT_EQ(IpAddress::parse("::ffff:192.0.2.1"), IpAddress::parse("192.0.2.1"));
    for (const char* text : {"", "localhost", "127.0.0.1:80", "[::1]", "1.2.3", "1.2.3.4.5",
                             "256.1.1.1", "fe80::1%eth0"}) {
        EXPECT_FALSE(IpAddress::parse(text)) << text;
    }
    EXPECT_TRUE(IpAddress::parse("127.9.9.9")->is_loopback());
    EXPECT_TRUE(IpAddress::parse("::1")->is_loopback());
    EXPECT_FALSE(IpAddress::parse("128.0.0.1")->is_loopback());
    EXPECT_FALSE(IpAddress::parse("::")->is_loopback());
}

TEST(Address, Blocks) {
    struct Row {
        const char* block;
        const char* address;
        bool inside;
    };
    const Row rows[] = {
        {"10.0.0.0/8", "10.255.0.1", true},       {"10.0.0.0/8", "11.0.0.0", false},
        {"192.0.2.128/25", "192.0.2.200", true},  {"192.0.2.128/25", "192.0.2.127", false},
        {"192.0.2.1", "192.0.2.1", true},         {"192.0.2.1/32", "192.0.2.2", false},
        {"0.0.0.0/0", "1.2.3.4", true},           {"0.0.0.0/0", "2001:db8::1", false},
        {"2001:db8::/33", "2001:db8:7fff::1", true}, {"2001:db8::/33", "2001:db8:8000::1", false},
        {"::/0", "1.2.3.4", true},
    };
    for (const Row& row : rows) {
        auto block = AddressRange::parse(row.block);
        ASSERT_TRUE(block) << row.block;
        EXPECT_EQ(block->contains(*IpAddress::parse(row.address)), row.inside) << row.block << ' ' << row.address;
    }
    for (const char* text : {"10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "::/129",
                             "/8", "x"}) {
        EXPECT_FALSE(AddressRange::parse(text)) << text;
    }
}

struct ForwardedRow {
    const char* name;
    HeaderFields fields;
    const char* peer;
    bool secure;
    const char* host;
};

TEST(Forwarded, Table) {
    auto proxies = TrustedProxies::parse({"10.0.0.0/8", "2001:db8::5"});
    ASSERT_TRUE(proxies);
    const ForwardedRow rows[] = {
        {"nothing", {}, "10.0.0.1", false, "inner"},
        {"client", {{"X-Forwarded-For", "192.0.2.1"}}, "192.0.2.1", false, "inner"},
        {"right-most", {{"X-Forwarded-For", "1.1.1.1, 192.0.2.1"}}, "192.0.2.1", false, "inner"},
        {"through two proxies", {{"X-Forwarded-For", "1.1.1.1, 192.0.2.1 , 10.2.2.2"}}, "192.0.2.1", false, "inner"},
        {"two fields", {{"X-Forwarded-For", "1.1.1.1"}, {"x-forwarded-for", "192.0.2.1, 10.1.1.1"}}, "192.0.2.1", false,
         "inner"},
        {"two fields, last all proxies", {{"X-Forwarded-For", "192.0.2.1"}, {"x-forwarded-for", "10.1.1.1"}},
         "192.0.2.1", false, "inner"},
        {"only proxies", {{"X-Forwarded-For", "10.3.3.3, 10.2.2.2"}}, "10.3.3.3", false, "inner"},
        {"nonsense on the right", {{"X-Forwarded-For", "192.0.2.1, unknown"}}, "10.0.0.1", false, "inner"},
        {"nonsense behind a proxy", {{"X-Forwarded-For", "x, 10.4.4.4"}}, "10.4.4.4", false, "inner"},
        {"with port", {{"X-Forwarded-For", "192.0.2.1:4711"}}, "192.0.2.1", false, "inner"},
        {"IPv6", {{"X-Forwarded-For", "2001:db8::7, 2001:db8::5"}}, "2001:db8::7", false, "inner"},
        {"IPv6 with port", {{"X-Forwarded-For", "[2001:db8::7]:4711"}}, "2001:db8::7", false, "inner"},
        {"https", {{"X-Forwarded-Proto", "HTTPS"}}, "10.0.0.1", true, "inner"},
        {"http", {{"X-Forwarded-Proto", "http"}}, "10.0.0.1", false, "inner"},
        {"two schemes", {{"X-Forwarded-Proto", "https"}, {"X-Forwarded-Proto", "https"}}, "10.0.0.1", false, "inner"},
        {"scheme list", {{"X-Forwarded-Proto", "https, http"}}, "10.0.0.1", false, "inner"},
        {"host", {{"X-Forwarded-Host", "acme.example.com:8443"}}, "10.0.0.1", false, "acme.example.com"},
        {"host list", {{"X-Forwarded-Host", "a, b"}}, "10.0.0.1", false, "inner"},
        {"host that is none", {{"X-Forwarded-Host", "a/b"}}, "10.0.0.1", false, "inner"},
    };
    for (const ForwardedRow& row : rows) {
        SCOPED_TRACE(row.name);
        Head head;
        head.headers = row.fields;
        head.peer_address = "10.0.0.1";
        head.host = "inner";
        apply_forwarded(*proxies, head);
        EXPECT_EQ(head.peer_address, row.peer);
        EXPECT_EQ(head.secure, row.secure);
        EXPECT_EQ(head.host, row.host);
    }
}

TEST(Forwarded, ProxiesAreChecked) {
    EXPECT_TRUE(TrustedProxies::parse({})->empty());
    EXPECT_FALSE(TrustedProxies::parse({"10.0.0.0/8", "nginx"}));
    EXPECT_EQ(host_without_port("a:80"), "a");
    EXPECT_EQ(host_without_port("[::1]:80"), "[::1]");
    EXPECT_EQ(host_without_port("[::1]"), "[::1]");
    EXPECT_EQ(host_without_port(""), "");
}

std::string head_of(const Response& response, Persistence persistence = Persistence::KeepAlive) {
    DateText date;
    std::string out;
    append_answer_head(response, RequestId{}, date.at(Instant{784'111'777'000}), persistence, out);
    return out;
}

TEST(Answer, Head) {
    Response response;
    response.content_type = "application/scim+json";
    response.body = "{}";
    EXPECT_EQ(head_of(response),
              "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 2\r\n"
              "X-Content-Type-Options: nosniff\r\nX-Request-Id: 00000000-0000-0000-0000-000000000000\r\n"
              "Content-Type: application/scim+json\r\nCache-Control: no-store\r\n\r\n");
    EXPECT_TRUE(head_of(response, Persistence::Close).contains("\r\nConnection: close\r\n"));
    EXPECT_TRUE(head_of(response, Persistence::KeepAliveSaid).contains("\r\nConnection: keep-alive\r\n"));
}

TEST(Answer, FieldsOfTheApplication) {
    Response response;
    response.status = 204;
    response.with("ETag", "W/\"1\"").with("cache-control", "no-cache").with("X", "a\r\nSet-Cookie: b");
    std::string head = head_of(response);
    EXPECT_TRUE(head.starts_with("HTTP/1.1 204 No Content\r\n"));
    EXPECT_FALSE(head.contains("Content-Length"));
    EXPECT_FALSE(head.contains("Cache-Control: no-store"));
    EXPECT_TRUE(head.contains("ETag: W/\"1\"\r\n"));
    EXPECT_FALSE(head.contains("\nSet-Cookie"));
}

}  // namespace
}  // namespace rollcall::http
