#include "scim/formats.h"

#include <gtest/gtest.h>

#include "scim/scim_fixture.h"

namespace rollcall::scim::test {
namespace {

TEST(Formats, UriReferences_S_TYPE_12) {
    for (const char* text :
         {"",     " ",     "a b",         "%",           "%2",           "%zz",         "1a:b",
          ":a",   "a#b#c", "http://[::1", "http://a[b]", "http://h/[x]", "http://h:p/", "<a>",
          "a\"b", "a\\b",  "a^b",         "a`b",         "a|b",          "{a}",         "http://[zz]/",
          "\x7f"}) {
        EXPECT_FALSE(is_uri_reference(text, UriAlphabet::Ascii)) << text;
    }
    for (const char* text : {"a", "/a/b", "../a", "?q", "#f", "//h/p", "http://h", "http://u@h:80/p?q#f",
                             "http://[::1]:80/", "urn:x:y", "mailto:a@b.c", "data:image/png;base64,AA==",
                             "a/b:c", "./a:b", "http://h/%41", "Users/2819", "a;b,c=d"}) {
        EXPECT_TRUE(is_uri_reference(text, UriAlphabet::Ascii)) << text;
    }
    EXPECT_FALSE(is_uri_reference("http://h/\xc3\xbc", UriAlphabet::Ascii));
    EXPECT_TRUE(is_uri_reference("http://h/\xc3\xbc", UriAlphabet::Unicode));
}

TEST(Formats, Base64_S_TYPE_10) {
    for (const char* text : {"A", "AA=", "A===", "AA==AA==", "A*==", "-_==", "AA A", "AAA==", "AAAA=", "=",
                             "AAAA===", "AAAA=="}) {
        EXPECT_FALSE(decode_base64(text).has_value()) << text;
    }
    EXPECT_EQ(decode_base64("Zm9v"), "foo");
    EXPECT_EQ(decode_base64("Zm9vYg=="), "foob");
    EXPECT_EQ(decode_base64("Zm9vYg"), "foob");
    EXPECT_EQ(decode_base64("Zm9vYmE="), "fooba");
    EXPECT_EQ(decode_base64("Zm9vYmE"), "fooba");
    EXPECT_EQ(decode_base64("+/+/"), "\xfb\xff\xbf");
}

// A certificate made for this test (EC P-256, self-signed, "CN=t").
constexpr std::string_view kCertificate =
    "MIIBcDCCARWgAwIBAgIUQew3HflYVcf5VIsFRjoiVpGcydUwCgYIKoZIzj0EAwIwDDEKMAgGA1UEAwwBdDAgFw0yNjExMjIx"
    "NzI1NTNaGA8yMTI2MTAyOTE3MjU1M1owDDEKMAgGA1UEAwwBdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABA9RxyG7ZX4r"
    "7FaKlBP/cO7ZS5ty/WVZfzyM6YCdfs2HrJxL64uGBfWAWYjIa04qhYFTv5Jic1NvihMrS4TPUqijUzBRMB0GA1UdDgQWBBQ2"
    "MXcXwbmAeZvwJb3jB+YhY1f+qTAfBgNVHSMEGDAWgBQ2MXcXwbmAeZvwJb3jB+YhY1f+qTAPBgNVHRMBAf8EBTADAQH/MAoG"
    "CCqGSM49BAMCA0kAMEYCIQDQW5pmGo69wmd9YnTMDGzK89y6jdw6I09fLFodG0hYJgIhAMkK//KeJb85NeBukVLeKFolLDhy"
    "Ec/mKDQ7c23t1BJM";

TEST(Formats, OneCertificate_S_USER_26) {
    const auto der = decode_base64(kCertificate);
    ASSERT_TRUE(der.has_value());
    EXPECT_TRUE(is_one_certificate(*der));
    EXPECT_FALSE(is_one_certificate(*der + *der));
    EXPECT_FALSE(is_one_certificate(*der + "x"));
    EXPECT_FALSE(is_one_certificate(der->substr(0, der->size() - 1)));
    EXPECT_FALSE(is_one_certificate("garbage"));
    EXPECT_FALSE(is_one_certificate(""));
    const std::string value = std::string("{'value':'") + std::string(kCertificate) + "'}";
    expect_read(user_type(), "{'schemas':['%USER%'],'x509Certificates':[" + value + "]}",
                "{'x509Certificates':[" + value + "]}");
    expect_unread(user_type(), "{'schemas':['%USER%'],'x509Certificates':[{'value':'Zm9v'}]}",
                  ErrorKind::InvalidValue, "x509Certificates[0].value");
    expect_refused(user_type(), "{}", "{'op':'add','path':'x509Certificates','value':{'value':'Zm9v'}}",
                   ErrorKind::InvalidValue, "Operations[0]: x509Certificates[0].value");
    expect_refused(user_type(), "{}",
                   "{'op':'add','path':'x509Certificates[type eq \\'a\\'].value','value':'Zm9v'}",
                   ErrorKind::InvalidValue, "Operations[0]: x509Certificates[...].value");
}

TEST(Formats, StrictOnes_AMB_38) {
    const std::tuple<const char*, const char*, const char*, bool> cases[] = {
        {"addresses", "country", "USA", false},
        {"addresses", "country", "U1", false},
        {"addresses", "country", "US", true},
        {"", "country", "anything", true},
        {"", "locale", "e", false},
        {"", "locale", "en-", false},
        {"", "locale", "en-US", true},
        {"", "locale", "en_US", true},
        {"", "locale", "toolonglanguage", false},
        {"", "preferredLanguage", "en;q", false},
        {"", "preferredLanguage", "en,,de", false},
        {"", "preferredLanguage", "*", true},
        {"", "preferredLanguage", "en;q=x.y", false},
        {"", "preferredLanguage", "da, en-GB;q=0.8", true},
        {"", "timezone", "Berlin", false},
        {"", "timezone", "UTC", true},
        {"", "timezone", "Etc/GMT+5", true},
        {"", "timezone", "A B/C", false},
        {"emails", "value", "a", false},
        {"emails", "value", "@b", false},
        {"emails", "value", "a@", false},
        {"emails", "value", "a@.b", false},
        {"emails", "value", "a b@c", false},
        {"emails", "value", "a@b.c", true},
        {"", "userName", "a b", false},
        {"", "userName", "D\xe2\x80\x99TEST", false},
        {"", "userName", "\xc3\xa4nn@x", true},
        {"", "userName", "\xef\xbc\xa2ob", true},
    };
    for (const auto& [parent, attribute, text, is_valid] : cases) {
        EXPECT_EQ(strict_format_fault(parent, attribute, text).empty(), is_valid) << attribute << " " << text;
    }
}

}  // namespace
}  // namespace rollcall::scim::test
