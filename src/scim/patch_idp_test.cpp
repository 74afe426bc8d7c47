// The PATCH bodies that identity providers are known to send, whole (I-OKTA, I-ENTRA, quirks 1 to 34).
#include <fstream>

#include "scim/scim_fixture.h"

namespace rollcall::scim::test {
namespace {

using enum ErrorKind;

void changes(std::string_view before, std::string_view operations, std::string_view after) {
    expect_patched(user_type(), before, operations, after);
}

void refuses_strictly(std::string_view before, std::string_view operations, ErrorKind kind) {
    expect_refused(user_type(), before, operations, kind, "Operations[0]: ", strict());
}

TEST(PatchFromEntra, StrictModeRefusesTheDialect) {
    refuses_strictly("{}", "{'op':'replace','path':'active','value':'False'}", InvalidValue);
    refuses_strictly("{}", "{'op':'add','path':'%ENT%:manager','value':'m'}", InvalidValue);
    refuses_strictly("{}", "{'op':'replace','value':{'name.givenName':'x'}}", InvalidSyntax);
    refuses_strictly("{}", "{'op':'replace','path':'emails[type eq \\'work\\'].value','value':'a@x'}",
                     NoTarget);
    refuses_strictly("{}", "{'op':'replace','path':'displayName','value':[{'$ref':null,'value':'x'}]}",
                     InvalidValue);
    refuses_strictly("{'roles':[{'value':'a','primary':true}]}",
                     "{'op':'replace','path':'roles[primary eq \\'True\\'].value','value':'b'}",
                     InvalidFilter);
    expect_patched(user_type(), "{}", "{'op':'Replace','path':'title','value':'x'}", "{'title':'x'}",
                   strict());
}

TEST(PatchFromEntra, BooleansAsText_I_ENTRA_02_Quirk3) {
    for (const char* no : {"'False'", "'false'", "'FALSE'", "false"}) {
        changes("{'active':true}", "{'op':'Replace','path':'active','value':" + std::string(no) + "}",
                "{'active':false}");
        changes("{'active':true}", "{'op':'replace','value':{'active':" + std::string(no) + "}}",
                "{'active':false}");
    }
    changes("{}", "{'op':'Add','path':'emails','value':[{'value':'a','primary':'true'}]}",
            "{'emails':[{'value':'a','primary':true}]}");
    for (const char* bad : {"'yes'", "'0'", "0", "' true'", "'maybe'", "[]", "{'value':false}", "[false]"}) {
        expect_refused(user_type(), "{'active':true}",
                       "{'op':'replace','path':'active','value':" + std::string(bad) + "}", InvalidValue,
                       "Operations[0]: active");
    }
}

TEST(PatchFromEntra, DefaultDialectOnePathEach_Quirk7) {
    changes("{'userName':'p','emails':[{'type':'work','value':'old','primary':true}]}",
            "{'op':'Replace','path':'displayName','value':'P'},"
            "{'op':'Replace','path':'emails[type eq \\'work\\'].value','value':'new'},"
            "{'op':'Replace','path':'name.givenName','value':'G'},"
            "{'op':'Replace','path':'externalId','value':'e'},"
            "{'op':'Add','path':'phoneNumbers[type eq \\'mobile\\'].value','value':'+44'},"
            "{'op':'Replace','path':'addresses[type eq \\'work\\'].streetAddress','value':'4 Quay'},"
            "{'op':'Replace','path':'addresses[type eq \\'work\\'].postalCode','value':'EH6'},"
            "{'op':'Add','path':'addresses[type eq \\'work\\'].formatted','value':'4 Quay, Leith'},"
            "{'op':'Replace','path':'%USER%:title','value':'T'},"
            "{'op':'Replace','path':'%ENT%:employeeNumber','value':'70312'}",
            "{'userName':'p','displayName':'P','emails':[{'type':'work','value':'new','primary':true}],'name'"
            ":{'givenName':'G'},"
            "'externalId':'e','phoneNumbers':[{'type':'mobile','value':'+44'}],"
            "'addresses':[{'type':'work','streetAddress':'4 Quay','postalCode':'EH6','formatted':'4 Quay, "
            "Leith'}],"
            "'title':'T','%ENT%':{'employeeNumber':'70312'}}");
}

TEST(PatchFromEntra, FlagDialectDottedKeys_I_ENTRA_05_Quirk5) {
    changes("{'userName':'p'}",
            "{'op':'replace','path':'emails[type eq \\'work\\'].value','value':'new'},"
            "{'op':'replace','value':{'displayName':'P','name.givenName':'G','name.familyName':'F','%ENT%:"
            "employeeNumber':'1'}}",
            "{'userName':'p','emails':[{'type':'work','value':'new'}],'displayName':'P','name':{'givenName':'"
            "G','familyName':'F'},"
            "'%ENT%':{'employeeNumber':'1'}}");
}

TEST(PatchFromEntra, Manager_I_ENTRA_09_Quirk8) {
    const std::string set = "{'%ENT%':{'manager':{'value':'m2'}}}";
    for (const char* before : {"{}", "{'%ENT%':{'manager':{'value':'m1'}}}"}) {
        for (const char* value :
             {"'m2'", "{'value':'m2'}", "[{'$ref':'https://x/Users/m2','value':'m2'}]", "[{'value':'m2'}]",
              "{'value':'m2','displayName':'ignored'}", "{'$ref':'../Users/m2'}", "['m2']"}) {
            for (const char* op : {"Add", "Replace"}) {
                changes(before,
                        "{'op':'" + std::string(op) + "','path':'%ENT%:manager','value':" + value + "}", set);
            }
            changes(before, "{'op':'replace','value':{'%ENT%':{'manager':" + std::string(value) + "}}}", set);
        }
        changes(before, "{'op':'replace','path':'%ENT%:manager.value','value':'m2'}", set);
        changes(before, "{'op':'replace','path':'%ENT%:manager.$ref','value':'https://x/scim/v2/Users/m2'}",
                set);
        changes(before, "{'op':'replace','value':{'%ENT%:manager':'m2'}}", set);
        // Without its URI too: a worked example of Entra, and Microsoft's Postman collection.
        changes(before, "{'op':'Add','path':'manager','value':[{'$ref':'x/Users/m2','value':'m2'}]}", set);
        changes(before, "{'op':'replace','value':{'Manager.Value':'m2'}}", set);
        changes(before, "{'op':'replace','value':{'manager':'m2'}}", set);
        for (const char* cleared : {"''", "null", "{'value':''}", "{'value':null}", "[]", "[{'value':''}]"}) {
            changes(before, "{'op':'Replace','path':'%ENT%:manager','value':" + std::string(cleared) + "}",
                    "{}");
        }
        changes(before, "{'op':'Remove','path':'%ENT%:manager'}", "{}");
    }
    for (const char* bad :
         {"7", "true", "[{'value':'a'},{'value':'b'}]", "{'$ref':'https://x/Groups/m2'}",
          "{'$ref':'nonsense'}", "{'value':'a','$ref':'https://x/Users/b'}", "{'value':7}"}) {
        expect_refused(user_type(), "{}",
                       "{'op':'add','path':'%ENT%:manager','value':" + std::string(bad) + "}", InvalidValue,
                       "Operations[0]: %ENT%:manager");
    }
}

TEST(PatchFromEntra, Roles_I_ENTRA_03_Quirk22) {
    changes("{'roles':[{'value':'a','primary':true},{'value':'b'}]}",
            "{'op':'replace','path':'roles[primary eq \\'True\\'].value','value':'Auditor'}",
            "{'roles':[{'value':'Auditor','primary':true},{'value':'b'}]}");
    for (const char* op : {"Add", "replace"}) {
        changes(
            "{}",
            "{'op':'" + std::string(op) + "','path':'roles[primary eq \\'True\\'].value','value':'Auditor'}",
            "{'roles':[{'value':'Auditor','primary':true}]}");
    }
    changes("{}", "{'op':'Add','path':'roles','value':[{'value':'{\\'id\\':\\'r-17\\'}'}]}",
            "{'roles':[{'value':'{\\'id\\':\\'r-17\\'}'}]}");
}

TEST(PatchFromEntra, WrappedAndEmptyTexts_Quirk27) {
    changes("{}", "{'op':'Replace','path':'displayName','value':[{'$ref':null,'value':'Otto'}]}",
            "{'displayName':'Otto'}");
    changes("{}", "{'op':'Add','path':'name.givenName','value':[{'value':'G'}]}",
            "{'name':{'givenName':'G'}}");
    changes("{'active':true}", "{'op':'Replace','path':'active','value':[{'$ref':null,'value':'False'}]}",
            "{'active':false}");
    changes("{'nickName':'N'}", "{'op':'Replace','path':'nickName','value':''}", "{}");
    changes("{'nickName':'N'}", "{'op':'Replace','value':{'nickName':''}}", "{}");
    expect_refused(user_type(), "{}",
                   "{'op':'Replace','path':'displayName','value':[{'value':'a'},{'value':'b'}]}",
                   InvalidValue, "Operations[0]: displayName");
    expect_refused(user_type(), "{}",
                   "{'op':'Replace','path':'displayName','value':[{'value':'a','type':'x'}]}", InvalidValue,
                   "Operations[0]: displayName");
}

TEST(PatchFromEntra, ValuesStayAsSent_I_ENTRA_15) {
    changes("{}", "{'op':'Add','path':'phoneNumbers[type eq \\'work\\'].value','value':' 555 55 '}",
            "{'phoneNumbers':[{'type':'work','value':' 555 55 '}]}");
    changes("{}", "{'op':'Add','value':{'timezone':'BOGUS zone','preferredLanguage':'!','locale':'?!'}}",
            "{'timezone':'BOGUS zone','preferredLanguage':'!','locale':'?!'}");  // I-ENTRA-22
}

TEST(PatchFromOkta, ProfileAndStatus_I_OKTA_09_10) {
    changes("{'active':true,'title':'T'}", "{'op':'replace','value':{'active':false}}",
            "{'active':false,'title':'T'}");
    changes("{'name':{'familyName':'F'}}",
            "{'op':'replace','value':{'name':{'givenName':'M'},'displayName':'M O'}}",
            "{'name':{'familyName':'F','givenName':'M'},'displayName':'M O'}");
    expect_patched(group_type(), "{'displayName':'A'}",
                   "{'op':'replace','value':{'id':'%ANN%','displayName':'B'}}", "{'displayName':'B'}");
    // authentik sends the whole group.
    expect_patched(group_type(), "{'displayName':'A'}",
                   "{'op':'replace','value':{'schemas':['%GROUP%'],'id':'1','externalId':'e','displayName':'"
                   "B','meta':null}}",
                   "{'displayName':'B','externalId':'e'}");
}

// Every PATCH body of the recorded conversations is accepted, by the type its address names.
TEST(PatchFromAll, RecordedBodiesAreAccepted) {
    size_t count = 0;
    for (const char* name : {"entra", "entra-legacy", "google", "okta", "okta-oin", "onelogin", "workday"}) {
        std::ifstream file(std::string(ROLLCALL_SOURCE_DIR) + "/tests/replay/data/" + name + ".jsonl");
        ASSERT_TRUE(file.is_open()) << name;
        for (std::string line; std::getline(file, line);) {
            const auto step = parse_json(line);
            ASSERT_TRUE(step.has_value()) << name;
            if (step->at("method") != "PATCH") continue;
            const bool is_group = std::string_view(step->at("path").as_string()).contains("/Groups");
            const ResourceType& type = is_group ? group_type() : user_type();
            const auto request = parse_patch(type, step->at("body"), lenient());
            ASSERT_TRUE(request.has_value())
                << name << " " << step->at("step") << ": " << request.error().detail;
            const auto edited =
                apply_patch(resource_of(type, "{'userName':'u','displayName':'d'}"), *request, lenient());
            EXPECT_TRUE(edited.has_value())
                << name << " " << step->at("step") << ": " << edited.error().detail;
            ++count;
        }
    }
    EXPECT_GE(count, 50u);
}

}  // namespace
}  // namespace rollcall::scim::test
