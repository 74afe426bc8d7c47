// Policy values and the profiles that ship: MOB-15.
#include "model/policy.h"

#include <gtest/gtest.h>

namespace rollcall {
namespace {

TEST(Policy, RefusesUnknownKeysAndWrongTypes) {
    auto validate = [](std::string_view values, std::string_view words) {
        const auto policy = policy_from_json(json::parse(values).as_object());
        ASSERT_FALSE(policy.has_value()) << values;
        EXPECT_EQ(policy.error().kind, ErrorKind::InvalidValue);
        EXPECT_NE(policy.error().detail.find(words), std::string::npos) << values << " -> " << policy.error().detail;
    };
    validate(R"({"stricter":true})", "\"stricter\"");
    validate(R"({"Strict":true})", "\"Strict\"");
    validate(R"({"description":"x"})", "\"description\"");
    validate(R"({"strict":"true"})", "\"strict\" must be true or false");
    validate(R"({"strict":null})", "true or false");
    validate(R"({"rotation_reminder_days":0})", "from 1 to 3650");
    validate(R"({"rotation_reminder_days":3651})", "from 1 to 3650");
    validate(R"({"rotation_reminder_days":"90"})", "a whole number");
    validate(R"({"rotation_reminder_days":1.5})", "a whole number");
    validate(R"({"group_cycles":"Whole"})", "\"refuse\", \"whole\" or \"allow\"");
    validate(R"({"group_cycles":true})", "\"refuse\", \"whole\" or \"allow\"");
    validate(R"({"allow_group_cycles":"yes"})", "allow_group_cycles");
    for (const std::string_view prefix :
         {"\"\"", "\"_\"", "\"abc\"", "\"Abc_\"", "\"a b_\"", "\"a-b_\"", "5", "\"a.b_\""}) {
        validate("{\"token_prefix\":" + std::string(prefix) + "}", "token_prefix");
    }
    validate("{\"token_prefix\":\"" + std::string(24, 'a') + "_\"}", "token_prefix");
}

TEST(Policy, RoundTrip) {
    const json::object defaults = policy_to_json(Policy{});
    EXPECT_EQ(defaults.size(), policy_values().size());
    for (const PolicyValue& value : policy_values()) {
        EXPECT_TRUE(defaults.contains(value.name)) << value.name;
        EXPECT_FALSE(value.meaning.empty());
    }
    json::object changed = defaults;
    for (auto& member : changed) {
        if (member.value().is_bool()) member.value() = !member.value().as_bool();
    }
    changed["rotation_reminder_days"] = 3650;
    changed["token_prefix"] = "x_y_";
    changed["group_cycles"] = "refuse";
    changed["groups"] = "off";
    changed["group_sync"] = "selected";
    changed["unknown_groups"] = "refuse";
    const auto policy = policy_from_json(changed);
    ASSERT_TRUE(policy.has_value()) << policy.error().detail;
    EXPECT_EQ(policy_to_json(*policy), changed);
}

TEST(Policy, PLU04_NamesThatStandForScopesAreUnique) {
    const auto policy =
        policy_from_json(json::parse(R"({"groups":"paths","unique_group_names":false})").as_object());
    ASSERT_FALSE(policy.has_value());
    EXPECT_NE(policy.error().detail.find("contradicts"), std::string::npos);
}

TEST(Policy, ContradictionsAreRefusedWithASentence) {
    for (const std::string_view values :
         {R"({"default_role":"nobody"})", R"({"default_role":"owner"})", R"({"scim_ceiling_role":"nobody"})",
          R"({"inactive_role":"owner"})", R"({"admin_role":"owner","owner_role":"admin","default_role":"member"})",
          R"({"groups":"cohorts","owner_role":"","last_owner_guard":false})",
          R"({"groups":"paths","unique_group_names":false})", R"({"owner_role":"","last_owner_guard":true})",
          R"({"mass_change_guard":"off","mass_change_second_approver":true})"}) {
        const auto policy = policy_from_json(json::parse(values).as_object());
        ASSERT_FALSE(policy) << values;
        EXPECT_NE(policy.error().detail.find("contradicts itself: \""), std::string::npos) << policy.error().detail;
    }
}

TEST(Policy, ReadsWhatWasStoredUnderTheFormerName) {
    const auto read = [](std::string_view values) { return policy_from_json(json::parse(values).as_object()); };
    EXPECT_EQ(read(R"({"allow_group_cycles":true})")->group_cycles, GroupCycles::Allow);
    EXPECT_EQ(read(R"({"allow_group_cycles":false})")->group_cycles, GroupCycles::Whole);
    EXPECT_EQ(read("{}")->group_cycles, GroupCycles::Whole);
}

TEST(Policy, IsAssignedByText) {
    json::object values;
    for (const char* good : {"strict=true", "rotation_reminder_days=30", "token_prefix=x_", "strict=false"}) {
        EXPECT_TRUE(assign_policy_value(good, values)) << good;
    }
    EXPECT_EQ(to_json(values), R"({"strict":false,"rotation_reminder_days":30,"token_prefix":"x_"})");
    for (const char* bad : {"", "strict", "strict=", "strict=yes", "strict=1", "rotation_reminder_days=0",
                            "nobody=true", "rotation_reminder_days=\"30\"", "token_prefix=X", "=true"}) {
        json::object changed = values;
        const auto refused = assign_policy_value(bad, changed);
        ASSERT_FALSE(refused) << bad;
        EXPECT_EQ(refused.error().kind, ErrorKind::InvalidValue) << bad;
    }
}

TEST(Profiles, EachIsAPolicy) {
    EXPECT_EQ(profile_names(), (std::vector<std::string>{"mobieus", "modelux", "plur", "standard"}));
    const std::pair<std::string_view, std::string_view> prefixes[] = {
        {"mobieus", "ms_scim_"}, {"modelux", "mlx_scim_"}, {"plur", "plur_scim_"}, {"standard", "rc_scim_"}};
    for (const auto& [name, prefix] : prefixes) {
        const auto values = profile_values(name);
        ASSERT_TRUE(values.has_value()) << name;
        const auto policy = policy_from_json(*values);
        ASSERT_TRUE(policy.has_value()) << name << ": " << policy.error().detail;
        EXPECT_EQ(policy->token_prefix, prefix);
        EXPECT_EQ(policy->unique_external_ids, name == "mobieus");   // MOB-15
        EXPECT_EQ(policy->bulk, name != "mobieus");                  // MOB-11
    }
    EXPECT_FALSE(profile_values("").has_value());
    EXPECT_FALSE(profile_values("nobody").has_value());
}

}  // namespace
}  // namespace rollcall
