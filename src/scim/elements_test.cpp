#include "scim/elements.h"

#include "scim/scim_fixture.h"

namespace rollcall::scim::test {
namespace {

const Attribute& attribute(const ResourceType& type, std::string_view name) {
    return *type.schema->find(name);
}

TEST(Elements, SameValue_AMB_34) {
    const std::tuple<const char*, const char*, const char*, bool> cases[] = {
        {"label", "'a'", "'b'", false},
        {"label", "'a'", "'A'", true},
        {"label", "'\\u00e4'", "'\\u00c4'", true},
        {"link", "'https://x/A'", "'https://x/a'", false},
        {"count", "1", "2", false},
        {"built", "'2020-01-01T00:00:00Z'", "'2020-01-01T01:00:00.0+01:00'", true},
        {"tags", "['a','b']", "['b','a']", false},
        {"tags", "['a','b']", "['a']", false},
        {"tags", "['a','b']", "['A','b']", true},
        {"owner", "{'value':'a'}", "{'value':'a','name':'n'}", false},
        {"owner", "{'value':'a','name':'n'}", "{'name':'N','value':'a'}", true},
        {"owner", "{'value':'a'}", "{'value':'A'}", false},
        {"parts", "[{'value':'a','primary':false}]", "[{'value':'a'}]", true},
        {"parts", "[{'value':'a','primary':true}]", "[{'value':'a'}]", false},
    };
    for (const auto& [name, a, b, is_same] : cases) {
        EXPECT_EQ(same_value(attribute(gadget_type(), name), parsed(a), parsed(b)), is_same) << a << " " << b;
        EXPECT_EQ(same_value(attribute(gadget_type(), name), parsed(b), parsed(a)), is_same) << b << " " << a;
    }
}

TEST(Elements, IdentityIsValueAndType_S_MV_08) {
    const std::tuple<const char*, const char*, const char*, bool> cases[] = {
        {"emails", "{'value':'a'}", "{'value':'a','type':'work'}", false},
        {"emails", "{'value':'a','type':'work'}", "{'type':'WORK','value':'A','primary':true,'display':'d'}",
         true},
        {"emails", "{'type':'work'}", "{'type':'work','display':'d'}", false},
        {"emails", "{'type':'work'}", "{'type':'work','primary':false}", true},
        {"emails", "{'type':'work'}", "{'type':'work','primary':true}", false},
        // Neighbouring texts must not run into each other.
        {"addresses", "{'locality':'a','region':'b'}", "{'locality':'ab'}", false},
        {"emails", "{'value':'aw','type':'ork'}", "{'value':'a','type':'work'}", false},
    };
    for (const auto& [name, a, b, is_same] : cases) {
        const Attribute& list = attribute(user_type(), name);
        EXPECT_EQ(element_identity(list, parsed(a)) == element_identity(list, parsed(b)), is_same)
            << a << " " << b;
    }
}

TEST(Elements, TidyValueLeavesNothingUnassigned_S_NULL_06) {
    json::value emails =
        parsed("[{'type':'','value':null},null,{},{'type':'work','value':'a','other':1},[]]");
    EXPECT_TRUE(tidy_value(attribute(user_type(), "emails"), emails));
    EXPECT_EQ(to_json(emails), R"([{"value":"a","type":"work"}])");
    json::value nothing = parsed("[{'value':''}]");
    EXPECT_FALSE(tidy_value(attribute(user_type(), "emails"), nothing));
}

TEST(Elements, ProtectedPartsGoOver_P_PUT_07_09) {
    const Attribute& parts = attribute(gadget_type(), "parts");
    json::array now =
        parsed("[{'value':'b'},{'value':'a','size':1.0},{'value':'c','serial':'9'}]").as_array();
    const json::array old =
        parsed("[{'value':'a','serial':'1','stamp':'s'},{'value':'d','serial':'2'}]").as_array();
    carry_protected_parts(parts, old, now);
    EXPECT_EQ(json::value(now), parsed("[{'value':'b'},{'value':'a','serial':'1','size':1.0,'stamp':'s'},"
                                       "{'value':'c','serial':'9'}]"));
    json::array changed = parsed("[{'value':'a','serial':'2'}]").as_array();
    carry_protected_parts(parts, old, changed);
    const json::value before(old), after(changed);
    EXPECT_EQ(changed_immutable(parts, &before, &after), parts.find("serial"));
}

TEST(Elements, ImmutableIsWhatWasSet_P_PUT_09_P_PATCH_67) {
    const std::tuple<const char*, const char*, const char*, const char*> cases[] = {
        {"serial", "'1'", "'2'", "serial"},
        {"serial", "'1'", "null", "serial"},
        {"serial", "null", "'2'", ""},
        {"serial", "'a'", "'A'", ""},
        {"label", "'1'", "'2'", ""},
        {"owner", "{'value':'o','since':'2020-01-01T00:00:00Z'}", "{'value':'o'}", "since"},
        {"owner", "{'value':'o','since':'2020-01-01T00:00:00Z'}", "{'since':'2020-01-01T01:00:00+01:00'}",
         ""},
        {"owner", "{'value':'o','since':'2020-01-01T00:00:00Z'}", "null", ""},
        {"parts", "[{'value':'a','serial':'1'}]", "[{'value':'b','serial':'2'}]", ""},
        {"parts", "[{'value':'a','serial':'1'}]", "[{'value':'a'}]", "serial"},
        {"parts", "[{'value':'a','serial':'1'}]", "[]", ""},
        {"parts", "[{'value':'a'}]", "[{'value':'a','serial':'1'}]", ""},
    };
    for (const auto& [name, before, after, expected] : cases) {
        const auto was = parsed(before), is = parsed(after);
        const auto* changed = changed_immutable(attribute(gadget_type(), name), &was, &is);
        EXPECT_EQ(changed ? changed->name : "", expected) << name << " " << before << " " << after;
    }
}

}  // namespace
}  // namespace rollcall::scim::test
