#include "outside/destination.h"

#include <gtest/gtest.h>

#include "outside/fetch.h"

namespace rollcall::outside {
namespace {

// T63: where nobody's document may send this server.
TEST(Destinations, PublicAddressesOnly) {
    for (const char* text : {"127.0.0.1",
                             "127.255.0.9",
                             "0.0.0.0",
                             "10.1.2.3",
                             "172.16.0.1",
                             "172.31.255.255",
                             "192.168.1.1",
                             "169.254.169.254",
                             "100.64.0.1",
                             "192.0.0.8",
                             "198.18.0.1",
                             "224.0.0.1",
                             "240.0.0.1",
                             "255.255.255.255",
                             "192.0.2.1",
                             "::",
                             "::1",
                             "::ffff:127.0.0.1",
                             "::ffff:10.0.0.1",
                             "::127.0.0.1",
                             "fe80::1",
                             "fc00::1",
                             "fd12::1",
                             "ff02::1",
                             "2001:db8::1",
                             "2002:7f00:1::",
                             "2001::1",
                             "64:ff9b::7f00:1",
                             "fec0::1",
                             "100::1"}) {
        EXPECT_FALSE(is_public(*IpAddress::parse(text))) << text;
    }
    for (const char* text : {"1.1.1.1", "172.15.0.1", "172.32.0.1", "192.169.0.1", "100.128.0.1",
                             "223.255.255.1", "2606:4700::1111", "2a00:1450::1"}) {
        EXPECT_TRUE(is_public(*IpAddress::parse(text))) << text;
    }
}

TEST(Destinations, OthersWhenTheyAreNamed) {
    const auto none = *Destinations::parse({}, false), named = *Destinations::parse({"10.0.0.0/8"}, false),
               here = *Destinations::parse({}, true);
    const auto inside = *IpAddress::parse("10.1.1.1"), loopback = *IpAddress::parse("127.0.0.1"),
               outside = *IpAddress::parse("1.1.1.1");
    EXPECT_TRUE(none.allows(outside, true));
    EXPECT_FALSE(none.allows(outside, false));
    EXPECT_FALSE(none.allows(inside, true));
    EXPECT_FALSE(none.allows(loopback, true));
    EXPECT_TRUE(named.allows(inside, true));
    EXPECT_FALSE(named.allows(inside, false));
    EXPECT_FALSE(named.allows(loopback, true));
    EXPECT_TRUE(here.allows(loopback, false));
    EXPECT_FALSE(here.allows(inside, false));
    EXPECT_FALSE(none.allows_port(outside, 22));
    EXPECT_TRUE(none.allows_port(outside, 8443));
    EXPECT_TRUE(here.allows_port(loopback, 22));
    EXPECT_FALSE(Destinations::parse({"10.0.0.1/8"}, false));
    EXPECT_FALSE(Destinations::parse({"example.com"}, false));
}

TEST(Destinations, UrlsThatMayBeCalled) {
    const auto none = *Destinations::parse({}, false), here = *Destinations::parse({}, true);
    EXPECT_TRUE(check_url("https://id.example/keys?x=1", none));
    EXPECT_TRUE(check_url("http://127.0.0.1:8000/keys", here));
    for (const char* url :
         {"", "id.example", "http://id.example/", "ftp://id.example/", "file:///etc/passwd",
          "gopher://id.example/", "https://", "https://user@id.example/", "https://a:b@id.example/",
          "https://id.example/#x", "https://id.example\\@evil.example/", "https://id.example/ x",
          "https://id.example/\r\nX: y", "javascript:alert(1)"}) {
        EXPECT_FALSE(check_url(url, none)) << url;
    }
}

// Names for the loopback that are no usual text of it: the address that would be connected to is what counts.
TEST(Fetch, RefusesTheAddressItWouldConnectTo) {
    const Fetcher fetcher(*Destinations::parse({}, false));
    for (const char* url :
         {"https://127.0.0.1/", "https://localhost/", "https://2130706433/", "https://0x7f.1/",
          "https://017700000001/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://10.0.0.1/",
          "https://169.254.169.254/latest/meta-data/", "https://[fe80::1]/", "https://0/"}) {
        const auto fetched = fetcher.get(url);
        ASSERT_FALSE(fetched) << url;
        EXPECT_EQ(fetched.error().kind, ErrorKind::Unavailable) << url;
        EXPECT_EQ(fetched.error().note, "fetch_address_refused") << url;
    }
}

TEST(Fetch, EncodesForms) {
    EXPECT_EQ(form_encoded("a b&c=d/\xc3\xa9~-._"), "a%20b%26c%3Dd%2F%C3%A9~-._");
}

}  // namespace
}  // namespace rollcall::outside
