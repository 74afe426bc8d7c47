// Values in a resource: S-NULL-01, 06; names shown for a resource.
#include "model/resource.h"

#include <gtest/gtest.h>

#include "model/test_catalogue.h"

namespace rollcall {
namespace {

TEST(IsUnassigned, KnowsEmptyFromFalse) {
    for (const std::string_view empty : {"null", "\"\"", "[]", "{}", "[null]", "[{}]", R"({"a":null,"b":[""]})"}) {
        EXPECT_TRUE(is_unassigned(json::parse(empty))) << empty;
    }
    for (const std::string_view value : {"false", "0", "0.0", "\" \"", "[false]", R"({"a":{"b":0}})"}) {
        EXPECT_FALSE(is_unassigned(json::parse(value))) << value;
    }
}

TEST(FindValue, FollowsThePath) {
    const json::object device = json::parse(R"({"displayName":"","serial":"s","site":{"floor":1},
        "ports":[{"value":"a"}],"http://example.com/schemas/1.1/device":{"term":{"value":"t"}}})").as_object();
    auto found = [&](std::string_view path) -> std::string {
        const json::value* value = find_value(device, *resolve_path(device_type(), path));
        return value ? json::serialize(*value) : "-";
    };
    EXPECT_EQ(found("displayName"), "-");
    EXPECT_EQ(found("tags"), "-");
    EXPECT_EQ(found("serial"), "\"s\"");
    EXPECT_EQ(found("site.floor"), "1");
    EXPECT_EQ(found("site.room"), "-");
    EXPECT_EQ(found("ports.value"), R"([{"value":"a"}])");
    EXPECT_EQ(found("http://example.com/schemas/1.1/device:term.value"), "\"t\"");
    EXPECT_EQ(found("http://example.com/schemas/1.1/device:lessee"), "-");
    EXPECT_EQ(found("http://example.com/schemas/1.1/device"), R"({"term":{"value":"t"}})");
}

TEST(DisplayOf, TakesTheFirstNameThereIs) {
    auto validate = [](const ResourceType& type, std::string_view attributes, std::string_view expected) {
        EXPECT_EQ(display_of(type, json::parse(attributes).as_object()), expected) << attributes;
    };
    validate(user_type(), "{}", "");
    validate(user_type(), R"({"displayName":"D","name":{"formatted":"F"},"userName":"u"})", "D");
    validate(user_type(), R"({"displayName":"","name":{"formatted":"F"},"userName":"u"})", "F");
    validate(user_type(), R"({"name":{"givenName":"G"},"userName":"u"})", "u");
    validate(group_type(), R"({"displayName":"G"})", "G");
    validate(device_type(), R"({"userName":"u"})", "");
}

}  // namespace
}  // namespace rollcall
