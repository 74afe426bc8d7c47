// The reference meaning of filters: the table of tests/filter-cases.json (P-FILT-01), and what it leaves open.
#include "model/filter.h"

#include <gtest/gtest.h>

#include <fstream>

#include "model/resource.h"

namespace rollcall {
namespace {

json::object read_cases() {
    std::ifstream in(ROLLCALL_SOURCE_DIR "/tests/filter-cases.json");
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    return json::parse(text).as_object();
}

const ResourceType& user_type() { return *Catalogue::standard()->find_type("User"); }
const ResourceType& group_type() { return *Catalogue::standard()->find_type("Group"); }

Result<CheckedFilter> checked(const ResourceType& type, std::string_view text,
                              UnknownAttributes unknown = UnknownAttributes::Refuse) {
    const ParsedFilter parsed = TRY(parse_filter(text));
    return check_filter(type, parsed, unknown, true);
}

// "true", "false", or the detail of the error.
std::string outcome(const ResourceType& type, std::string_view filter, std::string_view representation,
                    UnknownAttributes unknown = UnknownAttributes::Refuse) {
    const auto result = checked(type, filter, unknown);
    if (!result) return result.error().kind == ErrorKind::InvalidFilter ? result.error().detail : "another kind";
    return matches(*result, json::parse(representation).as_object()) ? "true" : "false";
}

TEST(FilterCases, EveryRowHolds) {
    const json::object cases = read_cases();
    for (const json::value& row : cases.at("cases").as_array()) {
        const std::string filter(row.at("filter").as_string());
        const auto result = checked(user_type(), filter);
        if (row.as_object().contains("error")) {
            ASSERT_FALSE(result.has_value()) << filter;
            EXPECT_EQ(result.error().kind, ErrorKind::InvalidFilter) << filter;
            continue;
        }
        ASSERT_TRUE(result.has_value()) << filter << ": " << result.error().detail;
        json::array found;
        for (const json::value& user : cases.at("users").as_array()) {
            if (matches(*result, user.as_object())) found.push_back(user.at("id"));
        }
        EXPECT_EQ(json::serialize(found), json::serialize(row.at("match"))) << filter;
    }
    EXPECT_GE(cases.at("cases").as_array().size(), 96U);
}

}  // namespace
}  // namespace rollcall
