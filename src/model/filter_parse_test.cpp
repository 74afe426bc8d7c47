// The grammar of filters and PATCH paths, its tolerated forms and its limits: P-FILT-02 to 05, 18 to 31, 44, 48;
// P-PATCH-08 to 11; threat T38.
#include <gtest/gtest.h>
#include <pthread.h>

#include <functional>

#include "model/filter.h"

namespace rollcall {
namespace {

// The canonical text, or "!" and the detail.
std::string parsed(std::string_view text, const Limits& limits = {}) {
    const auto filter = parse_filter(text, limits);
    if (!filter) {
        EXPECT_EQ(filter.error().kind, ErrorKind::InvalidFilter);
        return "!" + filter.error().detail;
    }
    const std::string printed = print_filter(*filter);
    const auto again = parse_filter(printed);
    EXPECT_TRUE(again && *again == *filter) << text << " -> " << printed;
    return printed;
}

void expect_refusal(std::string_view text, std::string_view words) {
    const std::string result = parsed(text);
    EXPECT_TRUE(result.starts_with("!")) << text << " -> " << result;
    EXPECT_NE(result.find(words), std::string::npos) << text << " -> " << result;
}

TEST(FilterParse, RefusesIncompleteFilters) {   // P-FILT-02, 03, 04
    expect_refusal("", "empty");
    expect_refusal(" \t", "empty");
    expect_refusal("userName", "character 9: expected an operator");
    expect_refusal("userName eq", "expected a value");
    expect_refusal("eq \"a\"", "expected an operator");
    expect_refusal("(title pr", "expected a closing bracket");
    expect_refusal("title pr)", "character 9: nothing was opened");
    expect_refusal("title pr]", "nothing was opened");
    expect_refusal("(title pr]", "nothing was opened");
    expect_refusal("emails[type pr)", "nothing was opened");
    expect_refusal("emails[type pr", "expected a closing bracket");
    expect_refusal("title pr title pr", "expected \"and\", \"or\" or the end");
    expect_refusal("title pr \"x\"", "expected \"and\", \"or\" or the end");
    expect_refusal("title pr (title pr)", "expected \"and\", \"or\" or the end");
    expect_refusal("title pr and", "expected an attribute");
    expect_refusal("and title pr", "unknown operator \"title\"");
    expect_refusal("title pr and and title pr", "unknown operator \"title\"");
    expect_refusal("()", "expected an attribute");
    expect_refusal("emails[]", "expected an attribute");
    expect_refusal("[type pr]", "expected an attribute");
    expect_refusal("not title pr", "expected a parenthesis behind \"not\"");   // P-FILT-20
    expect_refusal("not", "expected a parenthesis behind \"not\"");
    expect_refusal("emails[type[x pr]]", "cannot hold another");               // P-FILT-23
    expect_refusal("emails[0].value eq \"x\"", "expected an attribute");
    expect_refusal("emails[type pr].", "expected a sub-attribute");
    expect_refusal("emails[type pr].value", "expected an operator");
    expect_refusal("emails[type pr].a.b pr", "expected a sub-attribute");
    expect_refusal("\"a\" eq \"a\"", "values stand behind the operator");
    expect_refusal("a..b pr", "expected an attribute");
    expect_refusal(".a pr", "expected an attribute");
    expect_refusal("a.b.c pr", "expected an attribute");
    expect_refusal("1x pr", "expected an attribute");
}

TEST(FilterParse, RefusesBadLiteralsAndNamesBadOperators) {
    expect_refusal("userName eq bob", "character 13: expected a value: text in double quotes");   // P-FILT-29, AMB-25
    expect_refusal("userName eq 'bob'", "double quotes, not in single ones");
    expect_refusal("userName regex \"x\"", "unknown operator \"regex\"");                         // P-FILT-44
    expect_refusal("userName == \"x\"", "unknown operator; an operator is eq");
    expect_refusal("userName bob@example.com", "unknown operator; an operator is");   // could be a value: not named
    expect_refusal("userName \"bob\"", "expected an operator");
    expect_refusal("a eq \"x", "closing quote");
    expect_refusal("a eq \"x\\\"", "closing quote");
    expect_refusal("a eq \"x\\", "escape is not complete");
    expect_refusal("a eq \"\\x\"", "no such escape");
    expect_refusal("a eq \"\\u12\"", "four hexadecimal digits");
    expect_refusal("a eq \"\\u", "four hexadecimal digits");
    expect_refusal("a eq \"\\u0000\"", "U+0000");
    expect_refusal(std::string_view("a eq \"\0\"", 8), "control character");
    expect_refusal("a eq \"\n\"", "control character");
    expect_refusal("a eq \"\\ud800\"", "surrogate");                                              // P-I18N-08
    expect_refusal("a eq \"\\ud800\\u0041\"", "surrogate");
    expect_refusal("a eq \"\\udc00\"", "surrogate");
    expect_refusal("a eq \"\xff\"", "UTF-8");
    for (const std::string_view number :
         {"01", "-", "+1", ".5", "1.", "1e", "1e+", "0x1", "1_000", "NaN", "--1", "1.e1"}) {
        expect_refusal("a eq " + std::string(number), "expected a value");
    }
    expect_refusal("a eq 9223372036854775808", "out of range");
    expect_refusal("a eq 1e999", "out of range");
    expect_refusal("a eq {}", "no meaning");
    expect_refusal("a,b pr", "no meaning");
    expect_refusal("\xC3\xA5 pr", "character 1: this character");
    expect_refusal("a eq \"\xC3\xA5\xC3\xA5\" \xC3\xA5", "character 11: this character");
}

TEST(FilterParse, AcceptsTheGrammar) {
    auto validate = [](std::string_view text, std::string_view expected) { EXPECT_EQ(parsed(text), expected) << text; };
    validate("a pr", "a pr");
    validate("A PR", "A pr");
    validate("a Eq \"x\" AND NOT (b eQ false)", "a eq \"x\" and not (b eq false)");               // P-FILT-05
    validate("a.b ne null", "a.b ne null");
    validate("members.$ref co \"Users/\"", "members.$ref co \"Users/\"");
    validate("urn:x:y:2.0:User:a.b pr", "urn:x:y:2.0:User:a.b pr");
    validate("a pr or b pr and c pr", "a pr or b pr and c pr");                                   // P-FILT-18
    validate("(a pr or b pr) and c pr", "(a pr or b pr) and c pr");
    validate("a pr or (b pr and c pr)", "a pr or b pr and c pr");
    validate("a pr and (b pr and c pr)", "a pr and (b pr and c pr)");
    validate("((a pr))", "a pr");
    validate("not(a pr)", "not (a pr)");
    validate("not (not ((a pr or b pr)))", "not (not (a pr or b pr))");
    validate("e[type eq \"work\" and (value ew \"x\" or not (value pr))]",
             "e[type eq \"work\" and (value ew \"x\" or not (value pr))]");                       // P-FILT-22
    validate("\ta\r\n eq\t\"x\" ", "a eq \"x\"");                                                 // P-FILT-31
    validate("members[value eq\"x\"]", "members[value eq \"x\"]");
    validate("(a pr)and(b pr)", "a pr and b pr");
    validate("a eq \"and b] (c) or\"", "a eq \"and b] (c) or\"");                                 // P-FILT-30
    validate("a eq \"\\\"\\\\\\/\\u00e9\\ud83d\\ude00\"", "a eq \"\\\"\\\\/\xC3\xA9\xF0\x9F\x98\x80\"");  // P-FILT-28
    validate("a eq True", "a eq true");
    validate("a eq -0", "a eq 0");
    validate("a eq -9223372036854775808", "a eq -9223372036854775808");
    validate("a eq 9007199254740993", "a eq 9007199254740993");
    validate("a eq 1.0", "a eq 1.0");
    validate("a eq -0.0", "a eq -0.0");
    validate("a eq 1E3", "a eq 1000.0");
    validate("a eq 1e300", "a eq 1e+300");
    validate("e[type eq \"work\"].value eq \"x\"", "e[type eq \"work\" and value eq \"x\"]");     // P-FILT-24, AMB-31
    validate("e[a pr or b pr].value pr and c pr", "e[(a pr or b pr) and value pr] and c pr");
    validate("e[a pr and b pr].c ne 1 or d pr", "e[a pr and b pr and c ne 1] or d pr");
    validate("and pr or or pr", "and pr or or pr");   // names that are no keywords where they stand
}

TEST(FilterParse, CountsWhileReading) {   // P-FILT-48
    Limits limits;
    limits.filter_depth_max = 3;
    limits.filter_terms_max = 3;
    limits.filter_value_characters_max = 3;
    limits.filter_bytes_max = 40;
    auto validate = [&](std::string_view text, std::string_view words) {
        const std::string result = parsed(text, limits);
        EXPECT_NE(result.find(words), std::string::npos) << text << " -> " << result;
    };
    validate("(((a pr)))", "a pr");
    validate("((((a pr))))", "more than 3 deep");
    validate("((((", "more than 3 deep");
    validate("((a[b pr]))", "a[b pr]");
    validate("(((a[b pr])))", "more than 3 deep");
    validate("(a[b pr or c pr].d pr)", "a[(b pr or c pr) and d pr]");
    validate("((a[b pr or c pr].d pr))", "nested too deep");
    validate("((a[b pr and c pr].d pr))", "a[b pr and c pr and d pr]");
    validate("a pr or b pr or c pr", "a pr or b pr or c pr");
    validate("a pr or b pr or c pr or d pr", "more than 3 comparisons");
    validate("a eq \"\xC3\xA5\xC3\xA5\xC3\xA5\"", "a eq");
    validate("a eq \"\xC3\xA5\xC3\xA5\xC3\xA5x\"", "more than 3 characters");
    validate("a eq \"\\u0061\\u0061\\u0061\"", "aaa");
    validate("a pr                                    ", "a pr");
    validate("a pr                                     ", "longer than 40 bytes");
}

// Runs `work` on a thread with 64 KiB of stack.
void on_small_stack(const std::function<void()>& work) {
    pthread_attr_t attributes;
    ASSERT_EQ(pthread_attr_init(&attributes), 0);
    ASSERT_EQ(pthread_attr_setstacksize(&attributes, 64 * 1024), 0);
    pthread_t thread;
    auto run = [](void* argument) -> void* {
        (*static_cast<const std::function<void()>*>(argument))();
        return nullptr;
    };
    ASSERT_EQ(pthread_create(&thread, &attributes, run, const_cast<std::function<void()>*>(&work)), 0);
    pthread_join(thread, nullptr);
    pthread_attr_destroy(&attributes);
}

std::string repeated(std::string_view text, size_t count) {
    std::string out;
    for (size_t i = 0; i < count; ++i) out += text;
    return out;
}

TEST(FilterParse, DepthCostsNoStack) {
    Limits limits;
    limits.filter_bytes_max = 10'000'000;
    on_small_stack([&] {
        for (const size_t depth : {1, 31, 32, 33, 100, 1'000, 10'000, 100'000}) {
            for (const std::string_view open : {"(", "not (", "a pr and (", "a pr or not(("}) {
                const size_t brackets = open.ends_with("((") ? 2 * depth : depth;
                const std::string text = repeated(open, depth) + "a pr" + repeated(")", brackets);
                const bool fits = brackets <= 32;
                EXPECT_EQ(parse_filter(text, limits).has_value(), fits) << open << depth;
                EXPECT_FALSE(parse_filter(repeated(open, depth), limits).has_value()) << open << depth;
            }
            EXPECT_FALSE(parse_filter(repeated("a[", depth), limits).has_value()) << depth;
            EXPECT_FALSE(parse_patch_path("a[" + repeated("(", depth), limits).has_value()) << depth;
        }
    });
}

std::string parsed_path(std::string_view text) {
    const auto path = parse_patch_path(text);
    if (!path) {
        if (path.error().kind == ErrorKind::InvalidPath) return "!invalidPath";
        return path.error().kind == ErrorKind::InvalidFilter ? "!invalidFilter" : "!another kind";
    }
    return path->attribute + (path->filter ? "[" + print_filter(*path->filter) + "]" : "") +
           (path->sub_attribute.empty() ? "" : "." + path->sub_attribute);
}

TEST(PatchPath, RefusesWhatIsNoPath) {   // P-PATCH-09, 10, 11
    for (const std::string_view bad : {"",
                                       " ",
                                       "a..b",
                                       "[x]",
                                       "emails[type eq \"work\"",
                                       "emails[type eq \"]\"",
                                       "a/b",
                                       "emails[0]",
                                       "emails[0].value",
                                       "emails[ 12 ]",
                                       "/emails/0",
                                       " userName",
                                       "userName ",
                                       "emails [type pr]",
                                       "emails[type pr] .value",
                                       "emails[type pr].",
                                       "emails[type pr].a.b",
                                       "emails[type pr]value",
                                       "emails[type pr].value eq \"x\"",
                                       "emails[type pr][value pr]",
                                       "name.",
                                       ".name",
                                       "a,b",
                                       "a\tb",
                                       "userName eq \"x\"",
                                       "\xFF",
                                       "urn:x:"}) {
        EXPECT_EQ(parsed_path(bad), "!invalidPath") << bad;
    }
    for (const std::string_view bad :
         {"emails[]", "emails[type xx \"work\"].value", "emails[type eq work]", "emails[type eq \"work]",
          "emails[a[b pr]]", "emails[(type pr]", "emails[type pr)]"}) {
        EXPECT_EQ(parsed_path(bad), "!invalidFilter") << bad;
    }
    EXPECT_EQ(parsed_path(std::string(8193, 'a')), "!invalidPath");
}

TEST(PatchPath, AcceptsTheGrammar) {   // P-PATCH-08
    auto validate = [](std::string_view text, std::string_view expected) { EXPECT_EQ(parsed_path(text), expected); };
    validate("members", "members");
    validate("name.familyName", "name.familyName");
    validate("addresses[type eq \"work\"]", "addresses[type eq \"work\"]");
    validate("members[value eq \"x\"].displayName", "members[value eq \"x\"].displayName");
    validate("members[value eq\"2]8\"].$ref", "members[value eq \"2]8\"].$ref");
    validate("emails[ (type eq \"a\") or not(value pr) ]", "emails[type eq \"a\" or not (value pr)]");
    validate("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
             "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User");
    validate("urn:x:2.0:User:manager[value eq \"1\"].displayName",
             "urn:x:2.0:User:manager[value eq \"1\"].displayName");
}

}  // namespace
}  // namespace rollcall
