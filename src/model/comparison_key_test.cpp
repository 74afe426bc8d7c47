// Keys of values, and the order of resources: P-I18N-07, S-MV-06, P-SORT-04 to 08, 11, 13.
#include "model/filter.h"

#include <gtest/gtest.h>

#include "model/number_order.h"
#include "model/test_catalogue.h"

namespace rollcall {
namespace {

std::string key(const ResourceType& type, std::string_view attribute, std::string_view value) {
    return comparison_key(resolve_path(type, attribute)->target(), value);
}

TEST(ComparisonKey, FollowsTheAttribute) {
    EXPECT_EQ(key(user_type(), "title", "\xC3\x84" "Bc"), "\xC3\xA4" "bc");
    EXPECT_EQ(key(user_type(), "externalId", "AbC"), "AbC");
    EXPECT_EQ(key(user_type(), "id", "AbC"), "AbC");
    EXPECT_EQ(key(user_type(), "userName", "\xEF\xBC\xA2ob"), "bob");
    EXPECT_EQ(key(user_type(), "title", "\xEF\xBC\xA2ob"), "\xEF\xBD\x82ob");   // width counts in other strings
    EXPECT_EQ(key(user_type(), "profileUrl", "HTTPS://X/A"), "HTTPS://X/A");
    EXPECT_EQ(key(user_type(), "schemas", "URN:X"), "urn:x");
    EXPECT_EQ(key(user_type(), "x509Certificates.value", "AbC"), "AbC");
    EXPECT_EQ(key(user_type(), "meta.created", "2011-05-13T06:42:34+02:00"), "2011-05-13T04:42:34");
    EXPECT_EQ(key(user_type(), "meta.created", "soon"), "soon");
}

TEST(ResourceReferenceKey, NamesWhatIsPointedAt) {
    for (const std::string_view none :
         {"", "/", "Users", "Users/", "/Users/", "//", "Users//", "a//b/", "https://h/1", "https://h",
          "https://Users/1", "urn:uuid:1", "Users/1?x=y", "Users/1#x", "/1"}) {
        EXPECT_EQ(resource_reference_key(none), "") << none;
    }
    for (const std::string_view good :
         {"Users/1", "/Users/1", "../Users/1", "https://h/Users/1", "HTTP://H:80/scim/v2/Users/1",
          "https://h/scim/v9/Users/%31", "//h/Users/1"}) {
        EXPECT_EQ(resource_reference_key(good), "Users/1") << good;
    }
    EXPECT_EQ(resource_reference_key("Users/%2F%zz%4"), "Users/%2F%zz%4");
    EXPECT_NE(resource_reference_key("Users/1"), resource_reference_key("users/1"));
}

TEST(EqualityKey, OnlyReferencesToResourcesAreShortened) {
    const Attribute& member = resolve_path(group_type(), "members.$ref")->target();
    EXPECT_EQ(equality_key(member, "https://h/Users/1"), "Users/1");
    EXPECT_EQ(equality_key(member, "no reference"), "no reference");
    const Attribute& profile = resolve_path(user_type(), "profileUrl")->target();
    EXPECT_EQ(equality_key(profile, "https://h/Users/1"), "https://h/Users/1");
    EXPECT_EQ(equality_key(resolve_path(user_type(), "title")->target(), "A/B"), "a/b");
}

TEST(NumberOrder, IsExact) {
    EXPECT_EQ(compare_numbers(int64_t{9007199254740993}, 9007199254740992.0), 1);
    EXPECT_EQ(compare_numbers(9007199254740992.0, int64_t{9007199254740993}), -1);
    EXPECT_EQ(compare_numbers(INT64_MAX, 9223372036854775808.0), -1);
    EXPECT_EQ(compare_numbers(INT64_MIN, -9223372036854775808.0), 0);
    EXPECT_EQ(compare_numbers(INT64_MIN, -1e300), 1);
    EXPECT_EQ(compare_numbers(int64_t{-1}, -1.5), 1);
    EXPECT_EQ(compare_numbers(int64_t{-2}, -1.5), -1);
    EXPECT_EQ(compare_numbers(int64_t{1}, 1.5), -1);
    EXPECT_EQ(compare_numbers(int64_t{0}, -0.0), 0);
    EXPECT_EQ(compare_numbers(int64_t{0}, 5e-324), -1);
}

TEST(SortPath, RefusesWhatCannotBeSorted) {
    for (const std::string_view bad :
         {"", "foo", "name", "addresses", "password", "meta", "name.foo", "emails[type pr]"}) {
        const auto path = resolve_sort_path(user_type(), bad);
        ASSERT_FALSE(path.has_value()) << bad;
        EXPECT_EQ(path.error().kind, ErrorKind::InvalidValue) << bad;
    }
    EXPECT_FALSE(resolve_sort_path(user_type(), kEnterprise).has_value());
    EXPECT_EQ(resolve_sort_path(user_type(), "EMAILS")->text(), "emails.value");
    EXPECT_EQ(resolve_sort_path(user_type(), "meta.lastModified")->text(), "meta.lastModified");
}

int order(std::string_view attribute, std::string_view a, std::string_view b) {
    const auto path = resolve_path(device_type(), attribute);
    const int forward = compare_sort_values(sort_value(*path, json::parse(a).as_object()),
                                            sort_value(*path, json::parse(b).as_object()));
    const int backward = compare_sort_values(sort_value(*path, json::parse(b).as_object()),
                                             sort_value(*path, json::parse(a).as_object()));
    EXPECT_EQ(forward < 0, backward > 0) << attribute << a << b;
    EXPECT_EQ(forward == 0, backward == 0) << attribute << a << b;
    return forward < 0 ? -1 : forward > 0 ? 1 : 0;
}

TEST(SortValue, OrdersByType) {
    EXPECT_EQ(order("displayName", "{}", "{}"), 0);
    EXPECT_EQ(order("displayName", R"({"displayName":"z"})", "{}"), -1);                              // P-SORT-06
    EXPECT_EQ(order("displayName", R"({"displayName":"z"})", R"({"displayName":""})"), -1);
    EXPECT_EQ(order("displayName", R"({"displayName":"a"})", R"({"displayName":"B"})"), -1);          // P-SORT-08
    EXPECT_EQ(order("serial", R"({"serial":"a"})", R"({"serial":"B"})"), 1);
    EXPECT_EQ(order("displayName", R"({"displayName":"\u00e9"})", R"({"displayName":"z"})"), 1);
    EXPECT_EQ(order("height", R"({"height":9})", R"({"height":10})"), -1);                            // P-SORT-07
    EXPECT_EQ(order("weight", R"({"weight":9})", R"({"weight":9.5})"), -1);
    EXPECT_EQ(order("enabled", R"({"enabled":false})", R"({"enabled":true})"), -1);
    EXPECT_EQ(order("enabled", R"({"enabled":true})", "{}"), -1);
    EXPECT_EQ(order("installed", R"({"installed":"2020-01-01T00:00:00+01:00"})",
                    R"({"installed":"2020-01-01T00:00:00Z"})"), -1);
    EXPECT_EQ(order("owner.value", R"({"owner":{"value":"A"}})", R"({"owner":{"value":"b"}})"), -1);
    EXPECT_EQ(order("tags", R"({"tags":["b","a"]})", R"({"tags":["c"]})"), -1);
    EXPECT_EQ(order("http://example.com/schemas/1.1/device:lessee",
                    R"({"http://example.com/schemas/1.1/device":{"lessee":"a"}})", "{}"), -1);
    EXPECT_EQ(order("height", R"({"height":"text"})", "{}"), 0);
}

TEST(SortValue, TakesThePrimaryElementElseTheFirst) {   // P-SORT-04
    const char* const first = R"({"ports":[{"value":"c"},{"value":"a"}]})";
    const char* const primary = R"({"ports":[{"value":"z"},{"value":"b","primary":true}]})";
    EXPECT_EQ(order("ports.value", first, primary), 1);
    EXPECT_EQ(order("ports", first, primary), 1);
    EXPECT_EQ(order("ports.value", R"({"ports":[{},{"value":"a"}]})", first), -1);
    EXPECT_EQ(order("ports.value", R"({"ports":[{"value":"a"},{"primary":true,"type":"x"}]})", first), 1);
}

}  // namespace
}  // namespace rollcall
