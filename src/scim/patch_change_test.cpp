// What add and replace do to attributes: P-PATCH-28 to 55 and 69 to 83, and the figures of RFC 7644 §3.5.2.
#include "scim/scim_fixture.h"

namespace rollcall::scim::test {
namespace {

using enum ErrorKind;

constexpr std::string_view kTwoMails =
    "{'emails':[{'value':'a@x','type':'work','primary':true},{'value':'b@x','type':'home'}]}";

void changes(std::string_view before, std::string_view operations, std::string_view after) {
    expect_patched(user_type(), before, operations, after);
}

void refuses(std::string_view before, std::string_view operations, ErrorKind kind, std::string_view detail,
             const ReadOptions& options = lenient()) {
    expect_refused(user_type(), before, operations, kind,
                   std::string("Operations[0]: ") + std::string(detail), options);
}

TEST(PatchChange, NeedsAValue_P_PATCH_39_70) {
    for (const char* op : {"add", "replace"}) {
        refuses("{}", "{'op':'" + std::string(op) + "','path':'title'}", InvalidValue, "");
        refuses("{}", "{'op':'" + std::string(op) + "'}", InvalidValue, "");
    }
}

TEST(PatchChange, WithoutPathTheValueIsAnObject_P_PATCH_41) {
    for (const char* value : {"'x'", "7", "null", "[]", "[{'title':'x'}]", "true"}) {
        for (const char* op : {"add", "replace"}) {
            refuses("{}", "{'op':'" + std::string(op) + "','value':" + value + "}", InvalidValue, "value");
        }
    }
}

TEST(PatchChange, RefusesTwoPrimaries_P_PATCH_29) {
    const std::string two = "[{'value':'c','primary':true},{'value':'d','primary':true}]";
    refuses("{}", "{'op':'add','path':'emails','value':" + two + "}", InvalidValue, "emails");
    refuses("{}", "{'op':'replace','path':'emails','value':" + two + "}", InvalidValue, "emails");
    refuses("{}", "{'op':'replace','value':{'emails':" + two + "}}", InvalidValue, "emails");
    refuses(kTwoMails, "{'op':'replace','path':'emails.primary','value':true}", InvalidValue,
            "emails.primary");
    refuses(kTwoMails, "{'op':'add','path':'emails[value ew \\'x\\'].primary','value':true}", InvalidValue,
            "emails[...]");
    refuses(kTwoMails, "{'op':'add','path':'emails[value ew \\'x\\']','value':{'primary':true}}",
            InvalidValue, "emails[...]");
}

TEST(PatchChange, NoMatchIsNoTarget_P_PATCH_79_83) {
    refuses("{}", "{'op':'replace','path':'emails[type eq \\'work\\']','value':{'value':'x'}}", NoTarget,
            "emails[...]");
    refuses("{}", "{'op':'replace','path':'emails[value eq \\'x\\'].type','value':'work'}", NoTarget,
            "emails[...].type");
    refuses("{}", "{'op':'replace','path':'emails[type eq \\'work\\'].value','value':'x@y'}", NoTarget,
            "emails[...].value", strict());
    for (const char* filter :
         {"type ne \\'work\\'", "type eq \\'a\\' or type eq \\'b\\'", "type sw \\'w\\'", "type pr",
          "not (type eq \\'a\\')", "type eq null", "type eq \\'a\\' and type eq \\'b\\'"}) {
        for (const char* op : {"add", "replace"}) {
            refuses(
                "{'emails':[]}",
                "{'op':'" + std::string(op) + "','path':'phoneNumbers[" + filter + "].value','value':'x'}",
                NoTarget, "phoneNumbers[...].value");
        }
    }
    for (const char* op : {"add", "replace"}) {
        refuses("{}", "{'op':'" + std::string(op) + "','path':'emails.type','value':'work'}", NoTarget,
                "emails.type");
    }
    changes(kTwoMails, "{'op':'replace','path':'emails.type','value':'other'}",
            "{'emails':[{'value':'a@x','type':'other','primary':true},{'value':'b@x','type':'other'}]}");
    changes(kTwoMails, "{'op':'add','path':'emails.display','value':'D'}",
            "{'emails':[{'value':'a@x','display':'D','type':'work','primary':true},{'value':'b@x','display':'"
            "D','type':'home'}]}");
}

TEST(PatchChange, NullForRequiredIsMutability_P_PATCH_81) {
    for (const char* value : {"null", "[]", "''"}) {
        refuses("{'userName':'a'}", "{'op':'replace','path':'userName','value':" + std::string(value) + "}",
                Mutability, "userName");
        refuses("{'userName':'a'}", "{'op':'replace','value':{'userName':" + std::string(value) + "}}",
                Mutability, "userName");
    }
    expect_refused(gadget_type(), "{'ports':[1]}", "{'op':'replace','path':'ports','value':[]}", Mutability,
                   "Operations[0]: ports");
    expect_refused(gadget_type(), "{'parts':[{'value':'a'}]}",
                   "{'op':'replace','path':'parts[value eq \\'a\\'].value','value':null}", Mutability,
                   "Operations[0]: parts[...].value");
    expect_refused(gadget_type(), "{'owner':{'value':'a','name':'n'}}",
                   "{'op':'replace','path':'owner','value':{'value':null}}", Mutability,
                   "Operations[0]: owner.value");
}

TEST(PatchChange, RequiredPartsAreJudgedOnTheResult) {
    expect_refused(gadget_type(), "{}", "{'op':'add','path':'owner.name','value':'n'}", InvalidValue,
                   "Operations[0]: owner.value");
    expect_refused(gadget_type(), "{}", "{'op':'add','path':'parts[type eq \\'a\\'].size','value':1}",
                   InvalidValue, "Operations[0]: parts.value");
    expect_refused(gadget_type(), "{}", "{'op':'add','path':'parts','value':{'type':'a'}}", InvalidValue,
                   "Operations[0]: parts[0].value");
    expect_patched(
        gadget_type(), "{}",
        "{'op':'add','path':'owner.name','value':'n'},{'op':'add','path':'owner.value','value':'o'}",
        "{'owner':{'value':'o','name':'n'}}");
}

TEST(PatchChange, SetsSingularAttributes_P_PATCH_44_45_73_76) {
    for (const char* op : {"add", "replace"}) {
        const std::string start = "{'op':'" + std::string(op) + "','path':";
        changes("{}", start + "'nickName','value':'B'}", "{'nickName':'B'}");
        changes("{'nickName':'A'}", start + "'nickName','value':'B'}", "{'nickName':'B'}");
        changes("{'nickName':'bob'}", start + "'nickName','value':'Bob'}",
                "{'nickName':'Bob'}");  // P-PATCH-31
        changes("{'externalId':'1'}", start + "'externalId','value':'2'}", "{'externalId':'2'}");
        expect_patched(gadget_type(), "{}", start + "'weight','value':3}", "{'weight':3.0}");
        expect_patched(gadget_type(), "{}", start + "'count','value':9007199254740993}",
                       "{'count':9007199254740993}");
    }
}

TEST(PatchChange, MergesComplexAttributes_P_PATCH_46_47_74) {
    for (const char* op : {"add", "replace"}) {
        const std::string start = "{'op':'" + std::string(op) + "','path':";
        changes("{'name':{'familyName':'F'}}", start + "'name','value':{'givenName':'G'}}",
                "{'name':{'familyName':'F','givenName':'G'}}");
        changes("{'name':{'familyName':'F','givenName':'G'}}", start + "'name','value':{'familyName':'X'}}",
                "{'name':{'familyName':'X','givenName':'G'}}");
        changes("{}", start + "'name.middleName','value':'M'}", "{'name':{'middleName':'M'}}");
    }
    changes("{'name':{'familyName':'F','givenName':'G'}}",
            "{'op':'replace','path':'name','value':{'familyName':'X','givenName':null}}",
            "{'name':{'familyName':'X'}}");
    changes("{'name':{'familyName':'F','givenName':'G'}}",
            "{'op':'add','path':'name','value':{'familyName':'X','givenName':null}}",
            "{'name':{'familyName':'X','givenName':'G'}}");
    changes("{'name':{'familyName':'F'}}", "{'op':'replace','path':'name','value':{'familyName':''}}",
            "{}");  // S-NULL-06
}

TEST(PatchChange, AppendsToLists_P_PATCH_48) {
    changes("{}", "{'op':'add','path':'emails','value':{'value':'a@x'}}", "{'emails':[{'value':'a@x'}]}");
    changes(kTwoMails, "{'op':'add','path':'emails','value':[{'value':'c@x'},{'value':'d@x'}]}",
            "{'emails':[{'value':'a@x','type':'work','primary':true},{'value':'b@x','type':'home'},{'value':'"
            "c@x'},{'value':'d@x'}]}");
    expect_patched(user_type(), "{}", "{'op':'add','path':'emails','value':{'value':'a@x'}}",
                   "{'emails':[{'value':'a@x'}]}", strict());
    expect_patched(gadget_type(), "{'tags':['a']}", "{'op':'add','path':'tags','value':['b','a','B']}",
                   "{'tags':['a','B']}");
    expect_patched(gadget_type(), "{'ports':[1]}", "{'op':'add','path':'ports','value':2}",
                   "{'ports':[1,2]}");
}

TEST(PatchChange, WhatIsThereIsNotDoubled_P_PATCH_49_51) {
    changes(kTwoMails, "{'op':'add','path':'emails','value':{'value':'a@x','type':'work'}}", kTwoMails);
    changes(kTwoMails, "{'op':'add','path':'emails','value':{'value':'a@x'}}", kTwoMails);
    changes(kTwoMails, "{'op':'add','path':'emails','value':{'value':'b@x','primary':false}}", kTwoMails);
    changes("{'emails':[{'value':'a@x','type':'work'}]}",
            "{'op':'add','path':'emails','value':{'value':'a@x','type':'work','primary':true}}",
            "{'emails':[{'value':'a@x','type':'work','primary':true}]}");
    changes("{'emails':[{'value':'a@x','type':'work'}]}",
            "{'op':'add','path':'emails','value':{'value':'a@x','type':'WORK','display':'D'}}",
            "{'emails':[{'value':'a@x','type':'WORK','display':'D'}]}");
    changes("{'emails':[{'value':'a@x','type':'work'}]}",
            "{'op':'add','path':'emails','value':{'value':'a@x','type':'home'}}",
            "{'emails':[{'value':'a@x','type':'work'},{'value':'a@x','type':'home'}]}");  // S-MV-09
    changes("{'addresses':[{'locality':'L','region':'R'}]}",
            "{'op':'add','path':'addresses','value':{'locality':'L'}}",
            "{'addresses':[{'locality':'L','region':'R'}]}");
}

TEST(PatchChange, OnePrimaryRemains_P_PATCH_28) {
    const std::string_view moved =
        "{'emails':[{'value':'a@x','type':'work','primary':false},{'value':'b@x','type':'home','primary':"
        "true}]}";
    changes(kTwoMails, "{'op':'add','path':'emails','value':{'value':'b@x','type':'home','primary':true}}",
            moved);
    changes(kTwoMails, "{'op':'replace','path':'emails[type eq \\'home\\'].primary','value':true}", moved);
    changes(kTwoMails,
            "{'op':'replace','path':'emails[type eq "
            "\\'home\\']','value':{'value':'b@x','type':'home','primary':true}}",
            moved);
    changes(kTwoMails, "{'op':'add','value':{'emails':[{'value':'b@x','type':'home','primary':true}]}}",
            moved);
    changes(kTwoMails, "{'op':'replace','value':{'emails[type eq \\'home\\'].primary':'True'}}", moved);
    changes(kTwoMails, "{'op':'add','path':'emails','value':{'value':'c@x','primary':true}}",
            "{'emails':[{'value':'a@x','type':'work','primary':false},{'value':'b@x','type':'home'},{'value':"
            "'c@x','primary':true}]}");
}

TEST(PatchChange, SelectsByFilter_P_PATCH_52_53_77_78) {
    const std::string_view before =
        "{'addresses':[{'type':'work','locality':'L'},{'type':'work','locality':'M'},{'type':'home','"
        "locality':'H'}]}";
    for (const char* op : {"add", "replace"}) {
        changes(before,
                "{'op':'" + std::string(op) + "','path':'addresses[type eq \\'work\\'].region','value':'R'}",
                "{'addresses':[{'locality':'L','region':'R','type':'work'},{'locality':'M','region':'R','"
                "type':'work'},"
                "{'locality':'H','type':'home'}]}");
    }
    changes(before, "{'op':'add','path':'addresses[type eq \\'work\\']','value':{'region':'CA'}}",
            "{'addresses':[{'locality':'L','region':'CA','type':'work'},{'locality':'M','region':'CA','type':"
            "'work'},"
            "{'locality':'H','type':'home'}]}");
    changes("{'addresses':[{'type':'work','locality':'L'},{'type':'home','locality':'H','primary':true}]}",
            "{'op':'replace','path':'addresses[type eq "
            "\\'work\\']','value':{'type':'work','region':'CA','primary':true}}",
            "{'addresses':[{'region':'CA','type':'work','primary':true},{'locality':'H','type':'home','"
            "primary':false}]}");
    expect_patched(gadget_type(), "{'tags':['a','b']}",
                   "{'op':'replace','path':'tags[value eq \\'a\\']','value':'c'}", "{'tags':['c','b']}");
    expect_patched(gadget_type(), "{'tags':['a','b']}",
                   "{'op':'replace','path':'tags[value eq \\'a\\']','value':'B'}", "{'tags':['b']}");
}

TEST(PatchChange, MakesElementsFromFilters_P_PATCH_54_AMB_04) {
    for (const char* op : {"add", "replace"}) {
        const std::string start = "{'op':'" + std::string(op) + "','path':";
        changes("{}", start + "'emails[type eq \\'work\\'].value','value':'a@x'}",
                "{'emails':[{'type':'work','value':'a@x'}]}");
        changes("{'emails':[{'value':'b@x','primary':true}]}",
                start + "'emails[type eq \\'work\\' and primary eq true].value','value':'a@x'}",
                "{'emails':[{'value':'b@x','primary':false},{'value':'a@x','type':'work','primary':true}]}");
        changes("{'emails':[{'value':'a@x','type':'work'}]}",
                start + "'emails[type eq \\'work\\' and primary eq true].value','value':'a@x'}",
                "{'emails':[{'value':'a@x','type':'work','primary':true}]}");
        expect_patched(gadget_type(), "{}",
                       start + "'parts[type eq \\'t\\' and size eq 2].value','value':'a'}",
                       "{'parts':[{'value':'a','type':'t','size':2.0}]}");
        // The value has the last word on the sub-attribute it is for.
        changes("{}", start + "'emails[type eq \\'work\\'].type','value':'home'}",
                "{'emails':[{'type':'home'}]}");
    }
    changes("{}", "{'op':'add','path':'emails[value eq \\'x\\'].type','value':'work'}",
            "{'emails':[{'value':'x','type':'work'}]}");
    changes("{}", "{'op':'add','path':'addresses[type eq \\'work\\']','value':{'region':'CA'}}",
            "{'addresses':[{'region':'CA','type':'work'}]}");
    expect_patched(user_type(), "{}", "{'op':'add','path':'emails[type eq \\'work\\'].value','value':'a@x'}",
                   "{'emails':[{'type':'work','value':'a@x'}]}", strict());
    changes("{}", "{'op':'replace','path':'emails[type eq \\'work\\'].value','value':''}", "{}");
    expect_patched(gadget_type(), "{}", "{'op':'add','path':'tags[value eq \\'a\\']','value':'a'}",
                   "{'tags':['a']}");
}

TEST(PatchChange, NullChangesOrClears_P_PATCH_55_81) {
    const std::string_view before =
        "{'title':'T','name':{'givenName':'G'},'emails':[{'value':'a@x','type':'work'}]}";
    for (const char* path : {"title", "name", "name.givenName", "emails", "emails[type eq \\'work\\']",
                             "emails.type", "%ENT%"}) {
        for (const char* value : {"null", "[]", "''"}) {
            changes(before, "{'op':'add','path':'" + std::string(path) + "','value':" + value + "}", before);
        }
    }
    for (const char* value : {"null", "[]", "''", "{}"}) {
        const std::string end = "','value':" + std::string(value) + "}";
        changes("{'title':'T'}", "{'op':'replace','path':'title" + end, "{}");
        const std::string_view name = "{'name':{'givenName':'G'}}";
        changes(name, "{'op':'replace','path':'name" + end, std::string_view(value) == "{}" ? name : "{}");
        changes("{'name':{'givenName':'G'}}", "{'op':'replace','path':'name.givenName" + end, "{}");
        changes(kTwoMails, "{'op':'replace','path':'emails" + end, "{}");
        changes(kTwoMails, "{'op':'replace','path':'emails[type eq \\'work\\']" + end,
                "{'emails':[{'value':'b@x','type':'home'}]}");
    }
    changes("{'title':'T','active':true}", "{'op':'replace','value':{'title':null}}", "{'active':true}");
}

TEST(PatchChange, WithoutPathEachNameActsForItself_P_PATCH_40_42_43_71_72_75_80) {
    changes("{'emails':[{'value':'a@x'}],'title':'T'}",
            "{'op':'add','value':{'nickName':'B','emails':[{'value':'b@x'}]}}",
            "{'emails':[{'value':'a@x'},{'value':'b@x'}],'title':'T','nickName':'B'}");
    changes("{'emails':[{'value':'a@x'}],'title':'T'}",
            "{'op':'replace','value':{'nickName':'B','emails':[{'value':'b@x'}]}}",
            "{'emails':[{'value':'b@x'}],'title':'T','nickName':'B'}");
    changes(kTwoMails, "{'op':'replace','path':'emails','value':{'value':'c@x'}}",
            "{'emails':[{'value':'c@x'}]}");
    for (const char* op : {"add", "replace"}) {
        changes("{'%ENT%':{'costCenter':'1'}}",
                "{'op':'" + std::string(op) + "','value':{'%ENT%':{'department':'D'}}}",
                "{'%ENT%':{'costCenter':'1','department':'D'}}");
        changes(
            "{}",
            "{'op':'" + std::string(op) +
                "','value':{'name.givenName':'G','%ENT%:department':'D',"
                "'emails[type eq \\'work\\'].value':'a@x','%USER%:title':'T','%ENT%':{'manager.value':'m'}}}",
            "{'name':{'givenName':'G'},'%ENT%':{'department':'D','manager':{'value':'m'}},"
            "'emails':[{'value':'a@x','type':'work'}],'title':'T'}");
        changes("{}", "{'op':'" + std::string(op) + "','value':{'%USER%':{'title':'T'}}}", "{'title':'T'}");
        changes("{}", "{'op':'" + std::string(op) + "','value':{}}", "{}");
    }
    changes("{'userName':'a'}",
            "{'op':'add','value':{'foo':1,'urn:example:x:User':{'a':1},'%ENT%':{'foo':1}}}",
            "{'userName':'a'}");
    refuses("{}", "{'op':'add','value':{'foo':1}}", InvalidSyntax, "value", strict());
    refuses("{}", "{'op':'add','value':{'name.givenName':'G'}}", InvalidSyntax, "value", strict());
    refuses("{}", "{'op':'add','value':{'name.foo':'G'}}", InvalidPath, "path");
    refuses("{}", "{'op':'add','value':{'%ENT%:foo':'G'}}", InvalidPath, "path");
    refuses("{}", "{'op':'add','value':{'emails[type xx 1].value':'G'}}", InvalidFilter, "path");
    refuses("{}", "{'op':'add','value':{'name':'G'}}", InvalidValue, "name");
}

TEST(PatchChange, EqualValuesChangeNothing_P_PATCH_34_50_82) {
    const std::string_view before =
        "{'userName':'a','name':{'givenName':'G'},'emails':[{'value':'a@x','type':'work','primary':true},{'"
        "value':'b@x'}],"
        "'%ENT%':{'department':'D'}}";
    for (const char* operation :
         {"{'op':'replace','path':'userName','value':'a'}",
          "{'op':'replace','value':{'userName':'a','name':{'givenName':'G'}}}",
          "{'op':'add','path':'emails','value':[{'value':'b@x'},{'type':'work','value':'a@x'}]}",
          "{'op':'replace','path':'emails[primary eq true].primary','value':true}",
          "{'op':'add','path':'%ENT%:department','value':'D'}",
          "{'op':'replace','path':'emails','value':[{'primary':true,'type':'work','value':'a@x'},{'value':'b@"
          "x'}]}"}) {
        const auto edited = patched(user_type(), before, operation);
        ASSERT_TRUE(edited.has_value());
        EXPECT_EQ(to_json(edited->attributes), to_json(parsed(before))) << operation;
    }
}

TEST(PatchChange, FiguresOfTheRfc) {
    changes("{'nickName':'x'}",
            "{'op':'add','value':{'emails':[{'value':'babs@jensen.org','type':'home'}],'nickname':'Babs'}}",
            "{'nickName':'Babs','emails':[{'value':'babs@jensen.org','type':'home'}]}");
    changes(
        "{'addresses':[{'type':'work','streetAddress':'1','primary':false},{'type':'home','primary':true}]}",
        "{'op':'replace','path':'addresses[type eq \\'work\\']','value':{'type':'work','streetAddress':'911 "
        "Universal City Plaza',"
        "'locality':'Hollywood','region':'CA','postalCode':'91608','country':'US',"
        "'formatted':'911 Universal City Plaza\\nHollywood, CA 91608 US','primary':true}}",
        "{'addresses':[{'formatted':'911 Universal City Plaza\\nHollywood, CA 91608 US','streetAddress':'911 "
        "Universal City Plaza',"
        "'locality':'Hollywood','region':'CA','postalCode':'91608','country':'US','type':'work','primary':"
        "true},"
        "{'type':'home','primary':false}]}");
    changes(
        "{'addresses':[{'type':'work','streetAddress':'1'}]}",
        "{'op':'replace','path':'addresses[type eq \\'work\\'].streetAddress','value':'1010 Broadway Ave'}",
        "{'addresses':[{'type':'work','streetAddress':'1010 Broadway Ave'}]}");
    changes("{'emails':[{'value':'old'}],'title':'T'}",
            "{'op':'replace','value':{'emails':[{'value':'bjensen@example.com','type':'work','primary':true},"
            "{'value':'babs@jensen.org','type':'home'}],'nickname':'Babs'}}",
            "{'title':'T','nickName':'Babs','emails':[{'value':'bjensen@example.com','type':'work','primary':"
            "true},"
            "{'value':'babs@jensen.org','type':'home'}]}");
}

TEST(PatchChange, LimitsOfLists_values_per_attribute_max) {
    ReadOptions options = lenient();
    options.limits.values_per_attribute_max = 2;
    const std::string add = "{'op':'add','path':'emails','value':{'value':'c@x'}}";
    expect_patched(user_type(), "{'emails':[{'value':'a@x'}]}", add,
                   "{'emails':[{'value':'a@x'},{'value':'c@x'}]}", options);
    refuses("{'emails':[{'value':'a@x'},{'value':'b@x'}]}", add, InvalidValue, "emails", options);
    refuses("{}", "{'op':'add','path':'emails','value':[{'value':'a'},{'value':'b'},{'value':'c'}]}",
            InvalidValue, "emails", options);
    // What is over the limit already may shrink or stay.
    expect_patched(user_type(), "{'emails':[{'value':'a'},{'value':'b'},{'value':'c'},{'value':'d'}]}",
                   "{'op':'remove','path':'emails[value eq \\'a\\']'}",
                   "{'emails':[{'value':'b'},{'value':'c'},{'value':'d'}]}", options);
}

TEST(PatchChange, ManyOperationsOnMuchTextAreRefused_kComparedTextBytesMax) {
    const auto result = [](size_t operations, size_t elements, std::string_view letter) {
        std::string before = "{'emails':[";
        for (size_t i = 0; i < elements; ++i) {
            std::string value;
            for (int n = 0; n < 500; ++n) value += letter;
            before += (i ? ",{'value':'" : "{'value':'") + value + std::to_string(i) + "'}";
        }
        std::string patch;
        for (size_t i = 0; i < operations; ++i) {
            patch += (i ? "," : "") +
                     std::string("{'op':'replace','path':'emails[value eq \\'x\\'].type','value':''}");
        }
        return patched(user_type(), before + "]}", patch);
    };
    const auto refused = result(1000, 100, "\xc3\x84");
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind, InvalidValue);
    EXPECT_TRUE(refused.error().detail.starts_with("Operations[3]: emails[...].type"))
        << refused.error().detail;
    EXPECT_TRUE(result(3, 100, "\xc3\x84").has_value());
    EXPECT_TRUE(result(60, 100, "a").has_value());
    EXPECT_TRUE(result(1000, 3, "a").has_value());
}

}  // namespace
}  // namespace rollcall::scim::test
