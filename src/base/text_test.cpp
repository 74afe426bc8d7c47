// Unicode keys, dateTimes, ids, secrets.
#include "base/text.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/ids.h"
#include "base/secret.h"
#include "base/time.h"

namespace rollcall {
namespace {

TEST(Text, FoldsCaseBeyondAscii_P_I18N_03_04) {
    EXPECT_EQ(fold_case("Bob"), "bob");
    EXPECT_EQ(fold_case("ÄÖ"), fold_case("äö"));
    EXPECT_EQ(fold_case("Σ"), fold_case("σ"));
    EXPECT_EQ(fold_case("ς"), fold_case("σ"));
    EXPECT_EQ(fold_case("A\u030A"), fold_case("å"));
    EXPECT_EQ(fold_case("\u212A"), fold_case("k"));
    EXPECT_NE(fold_case("ＢＯＢ"), fold_case("bob"));
}

TEST(Text, FoldsUserNamesByWidth_P_I18N_01) {
    EXPECT_EQ(fold_user_name("ＢＯＢ"), "bob");
    EXPECT_EQ(fold_user_name("ｶﾞ"), fold_user_name("ガ"));
    EXPECT_NE(fold_user_name("user²"), fold_user_name("user2"));
}

TEST(Text, PreparesPasswords_P_I18N_02) {
    EXPECT_EQ(prepare_password("a\u00A0b"), "a b");
    EXPECT_EQ(prepare_password("e\u0301"), "é");
    EXPECT_NE(prepare_password("Ａ"), "A");
}

TEST(Text, FindsWhatCannotBeSeen_T6) {
    for (auto text : {"a\u200Bb", "\u202Eabc", "a\u0007", "\u00AD", "\uFEFFx", "a\u2028b"}) {
        EXPECT_TRUE(has_invisible_characters(text)) << text;
    }
    for (auto text : {"", "Ann Lee", "a\tb\r\n", "漢字 😀", "D385N05’TEST"}) {
        EXPECT_FALSE(has_invisible_characters(text)) << text;
    }
}

TEST(Text, FindsWhatIsBlank_P_I18N_05) {
    for (auto text : {"", " ", "\t \t", "\u00A0", "\u2003\u3000 "}) EXPECT_TRUE(is_blank(text)) << text;
    for (auto text : {"a", " a ", "\u00A0.\u00A0", "ㅤ"}) EXPECT_FALSE(is_blank(text)) << text;
}

TEST(Text, KnowsWellFormedUtf8) {
    EXPECT_TRUE(is_valid_utf8("漢字 😀"));
    for (std::string_view bad : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xe2\x82", "\xf4\x90\x80\x80"}) {
        EXPECT_FALSE(is_valid_utf8(bad));
    }
}

TEST(Time, RefusesWhatIsNoDateTime_S_TYPE_08) {
    for (auto text : {"", "2008-01-23", "10:00Z", "2011-02-30T00:00:00Z", "2011-13-01T00:00:00Z",
                      "2011-05-13 04:42:34Z", "2011-05-13T24:00:01Z", "2011-05-13T04:60:00Z",
                      "2011-05-13T04:42:34+15:00", "2011-05-13T04:42:34.Z", "2011-05-13T04:42:34+0200",
                      "11-05-13T04:42:34Z", "0000-01-01T00:00:00Z", "2011-05-13T04:42:34Zx",
                      "2011-05-13t04:42:34Z", "2011-05-13T04:42:34z"}) {
        EXPECT_FALSE(date_time_key(text)) << text;
        EXPECT_FALSE(parse_date_time(text)) << text;
    }
}

TEST(Time, ComparesInstants_S_TYPE_09_P_FILT_13) {
    EXPECT_EQ(date_time_key("2011-05-13T04:42:34.123+02:00"), "2011-05-13T02:42:34.123");
    EXPECT_EQ(date_time_key("2011-05-13T04:42:34"), date_time_key("2011-05-13T04:42:34.000Z"));
    EXPECT_EQ(date_time_key("2011-05-13T24:00:00Z"), date_time_key("2011-05-14T00:00:00Z"));
    EXPECT_LT(*date_time_key("2011-05-13T04:42:34Z"), *date_time_key("2011-05-13T04:42:34.0000001Z"));
    EXPECT_EQ(format_instant(*parse_date_time("2012-02-29T23:59:59.9996-01:00")), "2012-03-01T00:59:59.999Z");
}

// Whichever thread makes it: a list by id is in the order of creation.
TEST(Ids, MadeAfterAnotherAreGreaterOnAnyThread) {
    ResourceId last = ResourceId::create();
    for (int i = 0; i < 200; ++i) {
        ResourceId next;
        std::thread([&] { next = ResourceId::create(); }).join();
        EXPECT_LT(last, next);
        last = ResourceId::create();
        EXPECT_LT(next, last);
    }
}

TEST(Ids, AreCanonicalAndIncreasing_S_COM_05) {
    auto last = ResourceId::create();
    for (int i = 0; i < 10'000; ++i) {
        const auto next = ResourceId::create();
        ASSERT_LT(last, next);
        ASSERT_EQ(ResourceId::parse(next.text()), next);
        last = next;
    }
    const std::string text = last.text();
    EXPECT_FALSE(ResourceId::parse(ascii_lower(text) == text ? "0" + text : ""));
    EXPECT_FALSE(ResourceId::parse("2819C223-7F76-453A-919D-413861904646"));
    EXPECT_FALSE(ResourceId::parse("2819c223-7f76-453a-919d-41386190464"));
    EXPECT_FALSE(ResourceId::parse("2819c2237f76-453a-919d-4138619046461"));
}

TEST(Secret, Base64UrlAndDigests) {
    std::string bytes;
    for (std::string text : {"", "f", "fo", "foo", "foob", "\xff\x00\xfe"}) {
        EXPECT_TRUE(base64url_decode(base64url_encode(text), bytes));
        EXPECT_EQ(bytes, text);
    }
    EXPECT_FALSE(base64url_decode("a", bytes));
    EXPECT_FALSE(base64url_decode("ab+/", bytes));
    EXPECT_FALSE(base64url_decode("ab", bytes));  // left-over bits
    EXPECT_EQ(crc32("123456789"), 0xCBF43926u);
    EXPECT_EQ(hex(as_bytes(sha256("abc"))),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace rollcall
