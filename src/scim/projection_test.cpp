// P-PROJ-01 to 17, AMB-13, 14, S-RES-11.
#include "scim/projection.h"

#include "scim/scim_fixture.h"

namespace rollcall::scim::test {
namespace {

constexpr std::string_view kUserShown =
    "{'schemas':['%USER%','%ENT%'],'id':'1','userName':'a','name':{'familyName':'F','givenName':'G'},'active'"
    ":true,"
    "'emails':[{'value':'x','type':'work'},{'value':'y'}],'%ENT%':{'department':'D','manager':{'value':'m','"
    "displayName':'M'}},"
    "'meta':{'resourceType':'User','version':'1'}}";
constexpr std::string_view kGadgetShown =
    "{'schemas':['%GADGET%'],'id':'1','label':'g','pin':'p','whisper':'w','beacon':'b','owner':{'value':'o','"
    "code':'c','note':'n'},"
    "'parts':[{'value':'a','stamp':'s'}],'meta':{'version':'1'}}";

using Names = std::vector<std::string>;

Projection projection(const ResourceType& type, const Names& only, const Names& except) {
    Names expanded_only, expanded_except;
    for (const std::string& name : only) expanded_only.push_back(expanded(name));
    for (const std::string& name : except) expanded_except.push_back(expanded(name));
    auto created = Projection::create(type, expanded_only, expanded_except);
    EXPECT_TRUE(created.has_value());
    return *created;
}

void shows(const ResourceType& type, std::string_view whole, const Names& only, const Names& except,
           std::string_view shown) {
    const auto result = projection(type, only, except).apply(parsed(whole).as_object());
    EXPECT_EQ(json::value(result), parsed(shown)) << to_json(result);
}
void user_shows(const Names& only, const Names& except, std::string_view shown) {
    shows(user_type(), kUserShown, only, except, shown);
}
void gadget_shows(const Names& only, const Names& except, std::string_view shown) {
    shows(gadget_type(), kGadgetShown, only, except, shown);
}

TEST(Projection, BothParametersAreRefused_P_PROJ_15) {
    const auto both = Projection::create(user_type(), {"userName"}, {"emails"});
    ASSERT_FALSE(both.has_value());
    EXPECT_EQ(both.error().kind, ErrorKind::InvalidValue);
    EXPECT_TRUE(Projection::create(user_type(), {"userName"}, {""}).has_value());
    EXPECT_TRUE(Projection::create(user_type(), {" "}, {"emails"}).has_value());
}

TEST(Projection, NeverReturnedStaysAway_P_PROJ_05_S_USER_11) {
    gadget_shows({"pin", "owner.code"}, {}, "{'schemas':['%GADGET%'],'id':'1','beacon':'b'}");
    shows(user_type(), "{'schemas':['%USER%'],'id':'1','password':'p'}", {"password"}, {},
          "{'schemas':['%USER%'],'id':'1'}");
    shows(user_type(), "{'schemas':['%USER%'],'id':'1','password':'p'}", {}, {},
          "{'schemas':['%USER%'],'id':'1'}");
}

TEST(Projection, Default_P_PROJ_17) {
    user_shows({}, {}, kUserShown);
    user_shows({""}, {"", " "}, kUserShown);
    EXPECT_TRUE(projection(user_type(), {}, {}).is_default());
    EXPECT_TRUE(projection(group_type(), {""}, {}).is_default());
    EXPECT_FALSE(projection(user_type(), {"foo"}, {}).is_default());
    EXPECT_FALSE(projection(user_type(), {}, {"foo"}).is_default());
    EXPECT_FALSE(projection(gadget_type(), {}, {}).is_default());  // it stores what is not shown
    gadget_shows({}, {},
                 "{'schemas':['%GADGET%'],'id':'1','label':'g','beacon':'b','owner':{'value':'o'},"
                 "'parts':[{'value':'a','stamp':'s'}],'meta':{'version':'1'}}");
}

TEST(Projection, Attributes_P_PROJ_02_04_07_08_13_14_16_AMB_14) {
    const std::string_view least = "{'schemas':['%USER%'],'id':'1'}";
    user_shows({"foo"}, {}, least);
    user_shows({"urn:x:y:z"}, {}, least);
    user_shows({"userName"}, {}, "{'schemas':['%USER%'],'id':'1','userName':'a'}");
    user_shows({" USERNAME ", "", "%USER%:active"}, {},
               "{'schemas':['%USER%'],'id':'1','userName':'a','active':true}");
    user_shows({"meta.version"}, {}, "{'schemas':['%USER%'],'id':'1','meta':{'version':'1'}}");
    user_shows({"id", "schemas"}, {}, least);
    gadget_shows({"label"}, {}, "{'schemas':['%GADGET%'],'id':'1','label':'g','beacon':'b'}");
}

TEST(Projection, SubAttributes_P_PROJ_09_10) {
    user_shows(
        {"name.givenName", "emails.value"}, {},
        "{'schemas':['%USER%'],'id':'1','name':{'givenName':'G'},'emails':[{'value':'x'},{'value':'y'}]}");
    user_shows({"emails.type"}, {}, "{'schemas':['%USER%'],'id':'1','emails':[{'type':'work'}]}");
    user_shows({"emails[type eq 'work']"}, {},
               "{'schemas':['%USER%'],'id':'1','emails':[{'value':'x','type':'work'},{'value':'y'}]}");
    user_shows({}, {"name.familyName", "emails", "%ENT%", "active", "meta.version"},
               "{'schemas':['%USER%'],'id':'1','userName':'a','name':{'givenName':'G'},'meta':{'resourceType'"
               ":'User'}}");
    user_shows(
        {},
        {"name.familyName", "name.givenName", "meta", "id", "schemas", "userName", "active", "emails.value"},
        "{'schemas':['%USER%','%ENT%'],'id':'1','emails':[{'type':'work'}],'%ENT%':{'department':'D','"
        "manager':{'value':'m','displayName':'M'}}}");
}

TEST(Projection, Extensions_P_PROJ_11_12_S_RES_11) {
    user_shows({"%ENT%:department"}, {},
               "{'schemas':['%USER%','%ENT%'],'id':'1','%ENT%':{'department':'D'}}");
    user_shows({"%ENT%"}, {},
               "{'schemas':['%USER%','%ENT%'],'id':'1','%ENT%':{'department':'D','manager':{'value':'m','"
               "displayName':'M'}}}");
    user_shows({"%ENT%:manager.displayName"}, {},
               "{'schemas':['%USER%','%ENT%'],'id':'1','%ENT%':{'manager':{'displayName':'M'}}}");
    user_shows({"department"}, {}, "{'schemas':['%USER%','%ENT%'],'id':'1','%ENT%':{'department':'D'}}");
    user_shows({}, {"%ENT%:manager", "userName", "name", "active", "emails", "meta"},
               "{'schemas':['%USER%','%ENT%'],'id':'1','%ENT%':{'department':'D'}}");
}

TEST(Projection, OnRequest_P_PROJ_06_P_POST_13) {
    gadget_shows({"whisper"}, {}, "{'schemas':['%GADGET%'],'id':'1','whisper':'w','beacon':'b'}");
    gadget_shows({"owner"}, {}, "{'schemas':['%GADGET%'],'id':'1','beacon':'b','owner':{'value':'o'}}");
    gadget_shows({"owner.note"}, {}, "{'schemas':['%GADGET%'],'id':'1','beacon':'b','owner':{'note':'n'}}");
    Projection sent = projection(gadget_type(), {}, {"label", "parts", "meta"});
    sent.add_requested({*resolve_path(gadget_type(), "whisper"), *resolve_path(gadget_type(), "owner.note")});
    EXPECT_EQ(
        json::value(sent.apply(parsed(kGadgetShown).as_object())),
        parsed(
            "{'schemas':['%GADGET%'],'id':'1','whisper':'w','beacon':'b','owner':{'value':'o','note':'n'}}"));
    Projection only = projection(gadget_type(), {"label"}, {});
    only.add_requested({*resolve_path(gadget_type(), "whisper")});
    EXPECT_EQ(json::value(only.apply(parsed(kGadgetShown).as_object())),
              parsed("{'schemas':['%GADGET%'],'id':'1','label':'g','beacon':'b'}"));
}

TEST(Projection, ShowsSaysWhetherToAskTheStore_P_PROJ_18) {
    EXPECT_TRUE(projection(group_type(), {}, {}).shows("members"));
    EXPECT_FALSE(projection(group_type(), {}, {"members"}).shows("members"));
    EXPECT_FALSE(projection(group_type(), {}, {"%GROUP%:MEMBERS"}).shows("members"));
    EXPECT_TRUE(projection(group_type(), {}, {"members.display"}).shows("members"));
    EXPECT_FALSE(projection(group_type(), {"displayName"}, {}).shows("members"));
    EXPECT_TRUE(projection(group_type(), {"members.value"}, {}).shows("members"));
    EXPECT_TRUE(projection(user_type(), {"%ENT%"}, {}).shows("manager"));
    EXPECT_FALSE(projection(user_type(), {"userName"}, {}).shows("groups"));
    EXPECT_FALSE(projection(user_type(), {}, {}).shows("nothing"));
    // An empty list that is there says "none".
    shows(group_type(), "{'schemas':['%GROUP%'],'id':'1','displayName':'G','members':[]}", {"members"}, {},
          "{'schemas':['%GROUP%'],'id':'1','members':[]}");
}

}  // namespace
}  // namespace rollcall::scim::test
