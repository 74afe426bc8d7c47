// The message, its paths, and what is refused: P-PATCH-01 to 43 except members. Negative cases first.
#include "scim/scim_fixture.h"

namespace rollcall::scim::test {
namespace {

using enum ErrorKind;

void expect_refused_body(std::string_view body, ErrorKind kind, const ReadOptions& options = lenient()) {
    SCOPED_TRACE(expanded(body));
    const auto request = parse_patch(user_type(), parsed(body), options);
    ASSERT_FALSE(request.has_value());
    EXPECT_EQ(error_traits(request.error().kind).scim_type, error_traits(kind).scim_type)
        << request.error().detail;
}

void refuses(std::string_view operations, ErrorKind kind, std::string_view detail = "Operations[0]: ") {
    expect_refused(user_type(), "{'userName':'ann','emails':[{'type':'work','value':'a@x'}]}", operations,
                   kind, detail);
}

TEST(PatchMessage, RefusesWhatIsNoPatchOp_P_PATCH_01_02) {
    expect_refused_body("[]", InvalidSyntax);
    expect_refused_body("[{'op':'add','path':'/nickName','value':'x'}]", InvalidSyntax);  // JSON Patch
    expect_refused_body("{'Operations':[{'op':'remove','path':'title'}]}", InvalidSyntax);
    expect_refused_body("{'schemas':[],'Operations':[{'op':'remove','path':'title'}]}", InvalidSyntax);
    expect_refused_body("{'schemas':['%USER%'],'Operations':[{'op':'remove','path':'title'}]}",
                        InvalidSyntax);
    expect_refused_body("{'schemas':[7],'Operations':[{'op':'remove','path':'title'}]}", InvalidSyntax);
    const std::string start = "{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp']";
    for (const char* rest : {"}", ",'Operations':[]}", ",'Operations':{}}", ",'Operations':null}",
                             ",'Operations':['add']}", ",'Operations':[[]]}"}) {
        expect_refused_body(start + rest, InvalidSyntax);
    }
}

TEST(PatchMessage, RefusesUnknownOps_P_PATCH_03) {
    for (const char* op : {"{'path':'title'}", "{'op':'move','path':'title'}", "{'op':'test','path':'title'}",
                           "{'op':'','path':'title'}", "{'op':1,'path':'title'}",
                           "{'op':null,'path':'title'}", "{'op':['add'],'path':'title','value':'x'}"}) {
        refuses(op, InvalidSyntax);
    }
}

TEST(PatchMessage, RefusesMoreOperationsThanTheLimit_patch_operations_max) {
    ReadOptions options = lenient();
    options.limits.patch_operations_max = 2;
    const std::string one = "{'op':'remove','path':'title'}";
    EXPECT_TRUE(patched(user_type(), "{}", one + "," + one, options).has_value());
    const auto over = patched(user_type(), "{}", one + "," + one + "," + one, options);
    ASSERT_FALSE(over.has_value());
    EXPECT_EQ(over.error().kind, InvalidValue);
}

TEST(PatchMessage, ReadsWordsInAnyCase_P_PATCH_04_05_06) {
    for (const char* operation :
         {"{'op':'Replace','path':'title','value':'x'}", "{'Op':'REPLACE','Path':'TITLE','Value':'x'}",
          "{'name':'addMember','op':'Add','path':'title','value':'x','more':[1,2]}"}) {
        expect_patched(user_type(), "{}", operation, "{'title':'x'}");
    }
    const json::value body = parsed(
        "{'SCHEMAS':['URN:ietf:params:scim:api:messages:2.0:patchop'],"
        "'operations':[{'op':'add','path':'title','value':'x'}]}");
    EXPECT_TRUE(parse_patch(user_type(), body, lenient()).has_value());
}

TEST(PatchPath, RefusesMalformedPaths_P_PATCH_09_10) {
    for (const char* path :
         {"", " ", "a..b", ".a", "a.", "[x]", "emails[type eq \\'work\\'", "a/b", "/emails/0", "emails[0]",
          "emails[0].value", "emails[type eq \\'work\\'].", "name.givenName.x",
          "emails[type eq \\'work\\'].value.x", "emails.value[type eq \\'work\\']", " title", "title ",
          "name[givenName eq \\'x\\']", "title[value eq \\'x\\']"}) {
        refuses("{'op':'replace','path':'" + std::string(path) + "','value':'x'}", InvalidPath,
                "Operations[0]: path");
    }
    refuses("{'op':'replace','path':7,'value':'x'}", InvalidPath, "Operations[0]: path");
    refuses("{'op':'replace','path':['title'],'value':'x'}", InvalidPath, "Operations[0]: path");
}

TEST(PatchPath, RefusesBadFilters_P_PATCH_11) {
    for (const char* filter :
         {"type xx \\'work\\'", "type eq", "", "type eq \\'work\\' and", "foo eq \\'x\\'", "primary gt true",
          "primary eq \\'maybe\\'", "value eq 5", "type eq work"}) {
        refuses("{'op':'replace','path':'emails[" + std::string(filter) + "].value','value':'x'}",
                InvalidFilter, "Operations[0]: path");
    }
}

TEST(PatchPath, RefusesUndefinedAttributes_P_PATCH_12) {
    for (const char* path :
         {"foo", "name.foo", "emails.foo", "emails[type eq \\'work\\'].foo", "title.x", "__proto__",
          "%ENT%:foo", "urn:example:none:x", "%USER%", "isAdmin", "%GROUP%:displayName"}) {
        for (const char* op : {"add", "replace", "remove"}) {
            refuses("{'op':'" + std::string(op) + "','path':'" + path + "','value':'x'}", InvalidPath,
                    "Operations[0]: path");
        }
    }
}

TEST(PatchPath, ReadsNamesInAnyCaseAndWithUris_P_PATCH_08_13_14) {
    for (const char* path : {"name.familyName", "NAME.familyname", "%USER%:name.familyName",
                             "URN:IETF:params:scim:schemas:core:2.0:user:Name.FamilyName"}) {
        expect_patched(user_type(), "{}", "{'op':'add','path':'" + std::string(path) + "','value':'L'}",
                       "{'name':{'familyName':'L'}}");
    }
    for (const char* path :
         {"%ENT%:department", "urn:ietf:params:scim:schemas:extension:ENTERPRISE:2.0:User:DEPARTMENT"}) {
        expect_patched(user_type(), "{}", "{'op':'add','path':'" + std::string(path) + "','value':'D'}",
                       "{'%ENT%':{'department':'D'}}");
    }
}

TEST(PatchMutability, RefusesReadOnlyTargets_P_PATCH_24_63) {
    for (const char* path :
         {"id", "meta", "meta.created", "groups", "groups.value", "groups[value eq \\'x\\']",
          "groups[value eq \\'x\\'].display", "%ENT%:manager.displayName"}) {
        for (const char* op : {"add", "replace", "remove"}) {
            refuses("{'op':'" + std::string(op) + "','path':'" + path + "','value':'x'}", Mutability,
                    "Operations[0]: " + expanded(path).substr(0, 2));
        }
    }
    expect_refused(gadget_type(), "{'label':'g'}", "{'op':'replace','path':'state','value':'x'}", Mutability,
                   "Operations[0]: state");
    expect_refused(gadget_type(), "{'parts':[{'value':'a'}]}",
                   "{'op':'add','path':'parts[value eq \\'a\\'].stamp','value':'x'}", Mutability,
                   "Operations[0]: parts[...].stamp");
}

TEST(PatchMutability, IgnoresReadOnlyPartsOfValues_P_PATCH_25) {
    expect_patched(
        user_type(), "{'userName':'ann'}",
        "{'op':'replace','value':{'id':'x','meta':{'version':'1'},'groups':[{'value':'g'}],'displayName':'D',"
        "'meta.created':'x','%ENT%:manager.displayName':'M'}}",
        "{'userName':'ann','displayName':'D'}");
    expect_patched(gadget_type(), "{}", "{'op':'add','path':'parts','value':{'value':'a','stamp':'s'}}",
                   "{'parts':[{'value':'a'}]}");
}

TEST(PatchMutability, SetsImmutableOnlyOnce_P_PATCH_26) {
    for (const char* op : {"add", "replace"}) {
        const std::string start = "{'op':'" + std::string(op) + "',";
        expect_patched(gadget_type(), "{}", start + "'path':'serial','value':'1'}", "{'serial':'1'}");
        expect_patched(gadget_type(), "{'serial':'1'}", start + "'path':'serial','value':'1'}",
                       "{'serial':'1'}");
        expect_refused(gadget_type(), "{'serial':'1'}", start + "'path':'serial','value':'2'}", Mutability,
                       "Operations[0]: serial");
        expect_refused(gadget_type(), "{'serial':'1'}", start + "'value':{'serial':'2'}}", Mutability,
                       "Operations[0]: serial");
        expect_refused(gadget_type(), "{'owner':{'value':'o','since':'2020-01-01T00:00:00Z'}}",
                       start + "'path':'owner.since','value':'2021-01-01T00:00:00Z'}", Mutability,
                       "Operations[0]: owner.since");
        expect_refused(gadget_type(), "{'parts':[{'value':'a','serial':'1'}]}",
                       start + "'path':'parts[value eq \\'a\\'].serial','value':'2'}", Mutability,
                       "Operations[0]: parts[...].serial");
        expect_refused(gadget_type(), "{'parts':[{'value':'a','serial':'1'}]}",
                       start + "'path':'parts[value eq \\'a\\']','value':{'value':'a','serial':'2'}}",
                       Mutability, "Operations[0]: parts[...]");
    }
    expect_patched(gadget_type(), "{'owner':{'value':'o','since':'2020-01-01T00:00:00Z'}}",
                   "{'op':'replace','path':'owner.since','value':'2020-01-01T01:00:00+01:00'}",
                   "{'owner':{'value':'o','since':'2020-01-01T00:00:00Z'}}");
    expect_refused(gadget_type(), "{'serial':'1'}", "{'op':'replace','path':'serial','value':null}",
                   Mutability, "Operations[0]: serial");
    expect_refused(gadget_type(), "{'serial':'1'}", "{'op':'remove','path':'serial'}", Mutability,
                   "Operations[0]: serial");
    expect_refused(gadget_type(), "{'parts':[{'value':'a','serial':'1'}]}",
                   "{'op':'remove','path':'parts[value eq \\'a\\'].serial'}", Mutability,
                   "Operations[0]: parts[...].serial");
    expect_refused(gadget_type(), "{'%EXTRA%':{'seals':[{'value':'a'}]}}",
                   "{'op':'replace','path':'%EXTRA%:seals[value eq \\'a\\'].value','value':'b'}", Mutability,
                   "Operations[0]: %EXTRA%:seals[...].value");
    expect_refused(gadget_type(), "{'owner':{'value':'o','since':'2020-01-01T00:00:00Z'}}",
                   "{'op':'remove','path':'owner.since'}", Mutability, "Operations[0]: owner.since");
    expect_patched(gadget_type(), "{'owner':{'value':'o','since':'2020-01-01T00:00:00Z'}}",
                   "{'op':'remove','path':'owner'}", "{}");
    expect_patched(gadget_type(), "{'%EXTRA%':{'seals':[{'value':'a'}]}}",
                   "{'op':'replace','path':'%EXTRA%:seals','value':[{'value':'b'}]}",
                   "{'%EXTRA%':{'seals':[{'value':'b'}]}}");  // another element
    expect_patched(gadget_type(), "{'parts':[{'value':'a','serial':'1'}]}",
                   "{'op':'remove','path':'parts[value eq \\'a\\']'}",
                   "{}");  // P-PATCH-67
    expect_refused(gadget_type(), "{'%EXTRA%':{'stamp':'1'}}", "{'op':'remove','path':'%EXTRA%'}", Mutability,
                   "Operations[0]: %EXTRA%");
}

TEST(PatchValue, RefusesWrongTypes_P_PATCH_27) {
    const std::pair<const char*, const char*> cases[] = {
        {"active", "'maybe'"},
        {"active", "1"},
        {"active", "[]"},
        {"active", "{}"},
        {"active", "{'value':false}"},
        {"active", "[true]"},
        {"displayName", "5"},
        {"displayName", "true"},
        {"displayName", "{'value':'x'}"},
        {"displayName", "['x']"},
        {"name", "'Ann'"},
        {"name", "['x']"},
        {"name", "7"},
        {"name.givenName", "7"},
        {"emails", "'a@x'"},
        {"emails", "['a@x']"},
        {"emails", "[[{'value':'x'}]]"},
        {"emails", "{'value':7}"},
        {"emails.value", "7"},
        {"emails[type eq \\'work\\']", "'x'"},
        {"emails[type eq \\'work\\'].value", "7"},
        {"emails[type eq \\'work\\'].primary", "'x'"},
        {"profileUrl", "'ht tp://x'"},
        {"password", "7"},
        {"%ENT%", "'x'"},
        {"%ENT%:manager", "7"},
        {"userName", "'a\\u200bb'"},
    };
    for (const auto& [path, value] : cases) {
        for (const char* op : {"add", "replace"}) {
            refuses("{'op':'" + std::string(op) + "','path':'" + path + "','value':" + value + "}",
                    InvalidValue);
        }
    }
}

TEST(PatchValue, DetailsNeverRepeatValues) {
    for (const char* value :
         {"'s3cret-value'", "['s3cret-value']", "{'value':'s3cret-value'}", "{'s3cret-value':1}"}) {
        for (const char* path :
             {"active", "emails", "name", "%ENT%:manager", "roles[value eq \\'s3cret-value\\'].primary",
              "emails[s3cret-value eq 1]", "userName", "photos", "id"}) {
            const auto result =
                patched(user_type(), "{}",
                        "{'op':'replace','path':'" + std::string(path) + "','value':" + value + "}");
            const std::string detail = result ? std::string() : result.error().detail;
            EXPECT_EQ(detail.find("s3cret-value\""), std::string::npos) << detail;
        }
    }
}

TEST(PatchOrder, OperationsFollowEachOther_P_PATCH_18_19_20) {
    expect_patched(user_type(), "{}",
                   "{'op':'add','path':'nickName','value':'B'},{'op':'remove','path':'nickName'}", "{}");
    expect_refused(user_type(), "{}",
                   "{'op':'add','path':'nickName','value':'B'},{'op':'replace','path':'active','value':7}",
                   InvalidValue, "Operations[1]: active");
    expect_refused(user_type(), "{}",
                   "{'op':'add','path':'nickName','value':'B'},{'op':'add','path':'title','value':'B'},"
                   "{'op':'replace','path':'emails[type eq \\'work\\']','value':{'value':'x'}}",
                   NoTarget, "Operations[2]: emails[...]");
}

TEST(PatchSchemas, ExtensionsComeAndGo_P_PATCH_15_16_17_32_33_68) {
    const std::string with = "{'userName':'a','%ENT%':{'department':'D','costCenter':'1'}}";
    expect_patched(user_type(), with, "{'op':'remove','path':'%ENT%'}", "{'userName':'a'}");
    expect_patched(user_type(), with, "{'op':'replace','path':'%ENT%','value':null}", "{'userName':'a'}");
    expect_patched(user_type(), with,
                   "{'op':'remove','path':'%ENT%:department'},{'op':'remove','path':'%ENT%:costCenter'}",
                   "{'userName':'a'}");
    for (const char* op : {"add", "replace"}) {
        expect_patched(
            user_type(), with,
            "{'op':'" + std::string(op) + "','path':'%ENT%','value':{'department':'E','division':'V'}}",
            "{'userName':'a','%ENT%':{'department':'E','costCenter':'1','division':'V'}}");
    }
    expect_patched(user_type(), with, "{'op':'replace','path':'schemas','value':['%USER%']}",
                   "{'userName':'a'}");
    expect_patched(user_type(), with, "{'op':'replace','path':'schemas','value':['%USER%','%ENT%']}", with);
    expect_patched(user_type(), with, "{'op':'remove','path':'schemas','value':['%ENT%']}",
                   "{'userName':'a'}");
    expect_patched(user_type(), with, "{'op':'remove','path':'schemas[value eq \\'%ENT%\\']'}",
                   "{'userName':'a'}");
    expect_patched(user_type(), with, "{'op':'remove','path':'schemas','value':['urn:x:none']}", with);
    expect_patched(user_type(), "{}",
                   "{'op':'add','path':'schemas','value':['%ENT%']},"
                   "{'op':'add','path':'%ENT%:division','value':'V'}",
                   "{'%ENT%':{'division':'V'}}");
    // schemas inside a larger value says what the value is made of and takes nothing away.
    expect_patched(user_type(), with, "{'op':'replace','value':{'schemas':['%USER%'],'userName':'b'}}",
                   "{'userName':'b','%ENT%':{'department':'D','costCenter':'1'}}");
    for (const char* operation :
         {"{'op':'remove','path':'schemas'}", "{'op':'remove','path':'schemas','value':['%USER%']}",
          "{'op':'replace','path':'schemas','value':['%ENT%']}",
          "{'op':'replace','path':'schemas','value':[]}",
          "{'op':'remove','path':'schemas[value eq \\'%USER%\\']'}"}) {
        refuses(operation, Mutability, "Operations[0]: schemas");
    }
    refuses("{'op':'replace','path':'schemas','value':[7]}", InvalidValue, "Operations[0]: schemas");
}

TEST(PatchPassword, IsKeptApart_P_PATCH_37) {
    const std::pair<const char*, const char*> cases[] = {
        {"{'op':'replace','path':'password','value':'t0p secret'}", "t0p secret"},
        {"{'op':'replace','value':{'password':'t0p secret'}}", "t0p secret"},
        {"{'op':'replace','path':'password','value':'e\\u0301\\u00a0secrets'}", "\xc3\xa9 secrets"},
        {"{'op':'add','path':'password','value':'password1'},{'op':'add','path':'password','value':'"
         "password2'}",
         "password2"},
        {"{'op':'remove','path':'password'}", ""},
        {"{'op':'replace','path':'password','value':null}", ""},
    };
    for (const auto& [operation, password] : cases) {
        const auto edited = patched(user_type(), "{'userName':'a'}", operation);
        ASSERT_TRUE(edited.has_value()) << operation;
        EXPECT_EQ(edited->new_password, password) << operation;
        EXPECT_EQ(to_json(edited->attributes), "{\"userName\":\"a\"}");
    }
    EXPECT_FALSE(
        patched(user_type(), "{}", "{'op':'add','path':'password','value':null}")->new_password.has_value());
    expect_refused(user_type(), "{}", "{'op':'replace','path':'password','value':'short'}", InvalidValue,
                   "Operations[0]: password");
}

TEST(PatchResult, ReportsRequestedAttributes_P_POST_13) {
    const auto request = parse_patch(
        gadget_type(), patch_of("{'op':'add','value':{'whisper':'w','owner':{'value':'o','note':'n'}}}"),
        lenient());
    ASSERT_TRUE(request.has_value());
    ASSERT_EQ(request->sent_on_request.size(), 2u);
    EXPECT_EQ(request->sent_on_request[0].text(), "whisper");
    EXPECT_EQ(request->sent_on_request[1].text(), "owner.note");
}

}  // namespace
}  // namespace rollcall::scim::test
