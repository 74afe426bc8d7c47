// The reference meaning of filters: the table of tests/filter-cases.json (P-FILT-01), and what it leaves open.
#include "model/filter.h"

#include <gtest/gtest.h>

#include <fstream>

#include "model/resource.h"
#include "model/test_catalogue.h"

namespace rollcall {
namespace {

json::object read_cases() {
    std::ifstream in(ROLLCALL_SOURCE_DIR "/tests/filter-cases.json");
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    return json::parse(text).as_object();
}

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


constexpr std::string_view kDevice = R"({"schemas":["urn:example:2.0:Device"],"id":"d1","serial":"Sn1",
    "tags":["Red","blue"],"height":9007199254740993,"heights":[3,10],"weight":2.5,"enabled":false,
    "installed":"2020-01-01T00:00:00.5+01:00","fingerprint":"AbC=","notes":"n",
    "ports":[{"value":"a","primary":true},{"value":"b","type":"x"},{}],
    "peers":[{"value":"p1","$ref":"https://h/scim/v2/Devices/p1"}],
    "owner":{"value":"Ann","aliases":["A1","A2"]},
    "http://example.com/schemas/1.1/device":{"lessee":"L","term":{"value":"t","end":"2021-01-01T00:00:00Z"}},
    "meta":{"resourceType":"Device","location":"https://h/scim/v2/Devices/d1"}})";

TEST(FilterCheck, RefusesWhatHasNoMeaning) {
    auto validate = [](std::string_view filter, std::string_view words) {
        const std::string detail = outcome(device_type(), filter, kDevice);
        EXPECT_NE(detail.find(words), std::string::npos) << filter << " -> " << detail;
    };
    validate("nothing pr", "\"nothing\" is no attribute of Device");                       // P-FILT-43
    validate("serial pr or nothing pr", "\"nothing\" is no attribute");                    // P-FILT-47
    validate("pin pr", "cannot be used in a filter");                                      // P-FILT-45, T42
    validate("pin eq null", "cannot be used in a filter");
    validate("peers.pin pr", "cannot be used in a filter");
    validate("peers[pin pr]", "cannot be used in a filter");
    validate("site eq \"x\"", "compare one of them, such as \"site.floor\"");              // P-FILT-33
    validate("site gt null", "null can be compared");                                      // AMB-27
    validate("serial co null", "null can be compared");
    validate("enabled gt true", "cannot be compared with the operator gt");                // P-FILT-15
    validate("fingerprint ge \"x\"", "the operator ge");
    validate("fingerprint co \"x\"", "the operator co");                                   // P-FILT-16
    validate("enabled sw \"t\"", "the operator sw");
    validate("height co \"1\"", "the operator co");
    validate("installed sw \"2020\"", "the operator sw");
    validate("height eq \"1\"", "compared with a number");                                 // P-FILT-37
    validate("weight eq true", "compared with a number");
    validate("serial eq 1", "text in double quotes");
    validate("serial eq true", "text in double quotes");
    validate("enabled eq 1", "true or false");
    validate("enabled eq \"maybe\"", "true or false");
    validate("installed gt \"soon\"", "a dateTime such as");
    validate("installed eq 5", "a dateTime such as");
    validate("serial[value eq \"x\"]", "has no elements");
    validate("owner.aliases[value eq \"x\"]", "has no elements");
    validate("http://example.com/schemas/1.1/device pr", "stands an attribute of it");
    validate("http://example.com/schemas/1.1/device[lessee pr]", "stands an attribute of it");
    validate("tags[type eq \"x\"]", "nothing but a \"value\"");
    validate("ports[colour eq \"x\"]", "names its parts: type, primary, display, value, $ref");
    validate("ports[ports.value eq \"x\"]", "names its parts");
    validate("ports[type pr].colour eq 1", "names its parts");
    validate("ports[primary gt true]", "the operator gt");
}

TEST(FilterCheck, BooleansAsTextAreATolerance) {   // AMB-07
    const auto parsed = parse_filter("enabled eq \"False\"");
    EXPECT_TRUE(check_filter(device_type(), *parsed, UnknownAttributes::Refuse, true).has_value());
    EXPECT_FALSE(check_filter(device_type(), *parsed, UnknownAttributes::Refuse, false).has_value());
    EXPECT_EQ(outcome(device_type(), "enabled eq \"FALSE\"", kDevice), "true");
}

TEST(FilterCheck, NodesAreComplete) {
    const auto filter = checked(user_type(), "emails[type eq \"Work\"] and emails co \"X\" and title ne null");
    ASSERT_TRUE(filter.has_value());
    const auto& root = filter->node(filter->root());
    const auto& value_path = filter->node(root.children[0]);
    EXPECT_EQ(value_path.kind, CheckedFilter::Kind::ValuePath);
    EXPECT_EQ(value_path.path.text(), "emails");
    EXPECT_FALSE(value_path.inside_value_path);
    const auto& inner = filter->node(value_path.children[0]);
    EXPECT_EQ(inner.path.text(), "emails.type");
    EXPECT_EQ(inner.key, "work");
    EXPECT_TRUE(inner.inside_value_path);
    EXPECT_EQ(filter->node(root.children[1]).path.text(), "emails.value");                 // AMB-30
    EXPECT_EQ(filter->node(root.children[2]).kind, CheckedFilter::Kind::Present);          // AMB-27
}

TEST(FilterMeaning, PresenceAndNull) {   // P-FILT-11, 38; S-NULL-01
    auto validate = [](std::string_view filter, std::string_view expected) {
        EXPECT_EQ(outcome(device_type(), filter, kDevice), expected) << filter;
    };
    validate("enabled pr", "true");                     // false is a value
    validate("displayName pr", "false");
    validate("displayName eq null", "true");
    validate("site eq null", "true");
    validate("owner ne null", "true");
    validate("owner.since pr", "false");
    validate("ports.type pr", "true");
    validate("ports.display pr", "false");
    validate("ports.primary pr", "true");
    validate("ports[value eq \"b\" and primary pr]", "false");
    validate("ports[value eq \"b\" and primary eq false]", "true");                        // S-MV-04
    validate("ports[primary eq null]", "true");
    EXPECT_EQ(outcome(device_type(), "ports pr", R"({"ports":[]})"), "false");
    EXPECT_EQ(outcome(device_type(), "ports pr", R"({"ports":[{}, {"value":""}]})"), "false");
    EXPECT_EQ(outcome(device_type(), "owner pr", R"({"owner":{"value":null}})"), "false");
    EXPECT_EQ(outcome(device_type(), "notes pr", R"({"notes":""})"), "false");
    EXPECT_EQ(outcome(device_type(), "height pr", R"({"height":0})"), "true");
}

TEST(FilterMeaning, DifferenceAndAbsence) {   // AMB-28, P-FILT-39, 40
    auto validate = [](std::string_view filter, std::string_view expected) {
        EXPECT_EQ(outcome(device_type(), filter, kDevice), expected) << filter;
    };
    validate("displayName ne \"x\"", "true");
    validate("displayName eq \"\"", "false");
    validate("displayName co \"\"", "false");
    validate("serial co \"\"", "true");
    validate("serial eq \"\"", "false");
    validate("tags ne \"red\"", "true");                // blue differs
    validate("tags eq \"RED\"", "true");
    validate("not (tags eq \"red\")", "false");
    validate("ports.type ne \"x\"", "true");            // an element without type differs
    validate("ports[value eq \"b\"].type ne \"x\"", "false");
    validate("ports.primary ne true", "true");
    validate("ports.primary eq false", "true");
    EXPECT_EQ(outcome(device_type(), "tags ne \"x\"", R"({"tags":["X"]})"), "false");
    EXPECT_EQ(outcome(device_type(), "tags ne \"x\"", "{}"), "true");
    EXPECT_EQ(outcome(device_type(), "ports.primary eq false", "{}"), "false");
    EXPECT_EQ(outcome(device_type(), "ports.primary ne false", "{}"), "true");
    EXPECT_EQ(outcome(device_type(), "ports[not (value eq \"x\")]", "{}"), "false");
    EXPECT_EQ(outcome(device_type(), "serial ne \"x\"", R"({"serial":5})"), "true");
    EXPECT_EQ(outcome(device_type(), "serial lt \"x\"", R"({"serial":5})"), "false");
}

TEST(FilterMeaning, ComparesByType) {
    auto validate = [](std::string_view filter, std::string_view expected) {
        EXPECT_EQ(outcome(device_type(), filter, kDevice), expected) << filter;
    };
    validate("serial eq \"sn1\"", "false");             // P-FILT-34
    validate("serial eq \"Sn1\"", "true");
    validate("height eq 9007199254740993", "true");     // P-FILT-14, exactly
    validate("height eq 9007199254740992", "false");
    validate("height gt 9007199254740992.0", "true");
    validate("height lt 1e30", "true");
    validate("heights gt 9", "true");
    validate("heights lt 3", "false");
    validate("heights[value eq 10]", "true");           // EID 7122
    validate("weight eq 2.50", "true");
    validate("weight gt 2", "true");
    validate("installed eq \"2019-12-31T23:00:00.500Z\"", "true");   // P-FILT-13
    validate("installed gt \"2019-12-31T23:00:00.49999Z\"", "true");
    validate("installed lt \"2019-12-31T23:00:00.5001Z\"", "true");
    validate("fingerprint eq \"AbC=\"", "true");
    validate("fingerprint eq \"abc=\"", "false");       // S-TYPE-11
    validate("tags[value sw \"re\"]", "true");          // P-PATCH-69
    validate("tags[value sw \"re\" and value ew \"ue\"]", "false");
    validate("owner eq \"ann\"", "true");               // P-FILT-33
    validate("owner[value eq \"ann\"]", "true");
    validate("owner.aliases eq \"a2\"", "true");
    validate("owner[aliases eq \"a2\" and aliases eq \"a1\"]", "true");
    validate("http://example.com/schemas/1.1/device:term.end lt \"2021-06-01T00:00:00Z\"", "true");
    validate("http://example.com/schemas/1.1/device:term eq \"T\"", "true");
    validate("schemas eq \"URN:EXAMPLE:2.0:device\"", "true");
    validate("meta.resourceType eq \"Device\"", "true");             // P-FILT-42
    validate("meta.resourceType eq \"device\"", "false");
    validate("meta.location ew \"/Devices/d1\"", "true");
}

TEST(FilterMeaning, ReferencesCompareByWhatTheyPointAt) {   // S-MV-06
    auto validate = [](std::string_view filter, std::string_view expected) {
        EXPECT_EQ(outcome(device_type(), filter, kDevice), expected) << filter;
    };
    validate("peers.$ref eq \"Devices/p1\"", "true");
    validate("peers[$ref eq \"http://other/scim/Devices/p1\"]", "true");
    validate("peers.$ref ne \"/v3/Devices/p1\"", "false");
    validate("peers.$ref eq \"Devices/p2\"", "false");
    validate("peers.$ref eq \"p1\"", "false");
    validate("peers.$ref co \"h/scim\"", "true");
    validate("peers.$ref sw \"Devices\"", "false");
}

TEST(FilterMeaning, UserNamesArePrepared) {   // P-FILT-35, 36
    EXPECT_EQ(
        outcome(user_type(), "userName eq \"\xEF\xBC\xA2\xEF\xBC\xAF\xEF\xBC\xA2\"", R"({"userName":"bob"})"),
        "true");
    EXPECT_EQ(outcome(user_type(), "title eq \"STRASSE\"", R"({"title":"Stra\u00dfe"})"), "true");
}

TEST(FilterMeaning, AtTheRootAMissingAttributeHasNoValue) {   // P-LIST-09
    auto validate = [](std::string_view filter, std::string_view expected) {
        EXPECT_EQ(outcome(group_type(), filter, R"({"displayName":"G"})", UnknownAttributes::Absent),
                  expected)
            << filter;
    };
    validate("userName pr", "false");
    validate("userName eq \"x\"", "false");
    validate("userName ne \"x\"", "true");
    validate("userName eq null", "true");
    validate("userName ne null", "false");
    validate("not (userName pr)", "true");
    validate("emails[not (value pr)]", "false");
    validate("name.foo pr or displayName eq \"g\"", "true");
    validate("members[colour pr]", "false");
    validate("urn:ietf:params:scim:schemas:core:2.0:User:active eq true", "false");
    EXPECT_NE(outcome(user_type(), "password pr", "{}", UnknownAttributes::Absent).find("cannot be used"),
              std::string::npos);
    EXPECT_NE(outcome(user_type(), "active gt true", "{}", UnknownAttributes::Absent).find("operator"),
              std::string::npos);
}

TEST(ValueFilter, MatchesElements) {
    auto validate = [](std::string_view attribute, std::string_view filter, std::string_view element, bool expected) {
        const auto path = resolve_path(device_type(), attribute);
        const auto parsed = parse_filter(filter);
        const auto result = check_value_filter(*path, *parsed, true);
        ASSERT_TRUE(result.has_value()) << result.error().detail;
        EXPECT_EQ(matches_element(*result, json::parse(element)), expected) << filter << " on " << element;
    };
    validate("ports", "type eq \"WORK\" and not (value pr)", R"({"type":"work"})", true);
    validate("ports", "primary eq false", R"({"type":"work"})", true);
    validate("ports", "type ne \"x\"", R"({"value":"a"})", true);
    validate("tags", "value eq \"a\"", R"("A")", true);
    validate("tags", "value eq \"a\"", R"("b")", false);
    validate("owner", "aliases eq \"a\"", R"({"aliases":["b","A"]})", true);
    validate("peers", "$ref eq \"Devices/1\"", R"({"$ref":"https://x/v2/Devices/1"})", true);
    auto refuse = [](std::string_view attribute, std::string_view filter) {
        const auto result = check_value_filter(*resolve_path(device_type(), attribute), *parse_filter(filter), true);
        ASSERT_FALSE(result.has_value()) << attribute << filter;
        EXPECT_EQ(result.error().kind, ErrorKind::InvalidFilter);
    };
    refuse("serial", "value eq \"a\"");
    refuse("owner.value", "value eq \"a\"");
    refuse("pin", "value eq \"a\"");
    refuse("http://example.com/schemas/1.1/device", "lessee pr");
    refuse("ports", "serial eq \"a\"");
    refuse("ports", "type[value pr]");
}

}  // namespace
}  // namespace rollcall
