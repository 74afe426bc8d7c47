// The JSON boundary: what is refused, and that what is written reads back the same (threats T47,
// T48).
#include "base/json.h"

#include <gtest/gtest.h>

namespace rollcall {
namespace {

std::string nested(size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

void refuses(std::string_view text, ErrorKind kind) {
    const auto parsed = parse_json(text);
    ASSERT_FALSE(parsed) << text.substr(0, 80);
    EXPECT_EQ(parsed.error().kind, kind) << text.substr(0, 80) << ": " << parsed.error().detail;
}

void accepts(std::string_view text, std::string_view written) {
    const auto parsed = parse_json(text);
    ASSERT_TRUE(parsed) << text << ": " << parsed.error().detail;
    EXPECT_EQ(to_json(*parsed), written);
}

TEST(Json, RefusesBrokenText) {
    for (std::string_view text :
         {"",   " ",  "{",   "[1,",      "{\"a\":1,}", "{} x",    "[] []",  "'a'", "{a:1}", "01",     "1.",
          ".5", "+1", "NaN", "Infinity", "\"a",        "\"\\x\"", "\"\t\"", "tru", "nul",   "// c\n1"}) {
        refuses(text, ErrorKind::InvalidSyntax);
    }
}

TEST(Json, RefusesIllFormedUtf8AndLoneSurrogates_P_HTTP_10_P_I18N_08) {
    for (std::string_view text : {"\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"",
                                  "\"\xe2\x82\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\ud800x\""}) {
        refuses(text, ErrorKind::InvalidSyntax);
    }
}

TEST(Json, RefusesDuplicateNames_S_ATTR_02) {
    refuses(R"({"a":1,"a":2})", ErrorKind::InvalidSyntax);
    refuses(R"({"active":true,"Active":false})", ErrorKind::InvalidSyntax);
    refuses(R"({"active":true,"\u0061ctive":false})", ErrorKind::InvalidSyntax);
    std::string many = "{";
    for (int i = 0; i < 40; ++i) many += "\"n" + std::to_string(i) + "\":1,";
    refuses(many + "\"N3\":2}", ErrorKind::InvalidSyntax);
    accepts(R"({"a":{"b":1},"c":{"b":1}})", R"({"a":{"b":1},"c":{"b":1}})");
}

TEST(Json, RefusesNulAndNumbersOutOfRange_S_TYPE_07) {
    refuses(R"("a\u0000b")", ErrorKind::InvalidValue);
    refuses(R"({"a\u0000":1})", ErrorKind::InvalidValue);
    refuses("99999999999999999999", ErrorKind::InvalidValue);
    refuses("9223372036854775808", ErrorKind::InvalidValue);
    refuses("-9223372036854775809", ErrorKind::InvalidValue);
    refuses("1e400", ErrorKind::InvalidValue);
}

TEST(Json, LimitsHoldOnBothSides) {
    EXPECT_TRUE(parse_json(nested(32)));
    refuses(nested(33), ErrorKind::InvalidSyntax);
    refuses(std::string(100'000, '['), ErrorKind::InvalidSyntax);
    JsonLimits limits;
    limits.values_max = 4;
    EXPECT_TRUE(parse_json("[1,2,3]", limits));
    EXPECT_FALSE(parse_json("[1,2,3,4]", limits));
    limits = {};
    limits.string_bytes_max = 3;
    EXPECT_TRUE(parse_json("\"abc\"", limits));
    EXPECT_FALSE(parse_json("\"abcd\"", limits));
    limits.name_bytes_max = 3;
    EXPECT_TRUE(parse_json("{\"abc\":1}", limits));
    EXPECT_FALSE(parse_json("{\"abcd\":1}", limits));
}

TEST(Json, WritesNumbersPlainly_S_TYPE_05) {
    accepts("12", "12");
    accepts("9007199254740993", "9007199254740993");
    accepts("-9223372036854775808", "-9223372036854775808");
    accepts("3.0", "3.0");
    accepts("0.1", "0.1");
    accepts("1e2", "100.0");
    accepts("-2.50", "-2.5");
    accepts("1e300", "1.0e+300");
    accepts("1e-9", "1.0e-09");
    accepts("1e040", "1.0e+40");
    accepts("1e-400", "0.0");
}

TEST(Json, KeepsOrderAndText) {
    accepts(R"({"b":1,"a":[true,null,"\u00e9\ud83d\ude00\"\\\n"]})",
            "{\"b\":1,\"a\":[true,null,\"\u00e9\U0001F600\\\"\\\\\\n\"]}");
    accepts("\xEF\xBB\xBF{}", "{}");  // P-HTTP-11
    accepts(" \r\n\t{ } \n", "{}");
}

}  // namespace
}  // namespace rollcall
