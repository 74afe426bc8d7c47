// What remove does, and everything about members: P-PATCH-49, 56 to 68, 75, 80.
#include "scim/scim_fixture.h"

namespace rollcall::scim::test {
namespace {

using enum ErrorKind;

constexpr std::string_view kTwoMails =
    "{'emails':[{'value':'a@example.com','type':'work','primary':true},{'value':'b@x','type':'home'}]}";

void changes(std::string_view before, std::string_view operations, std::string_view after) {
    expect_patched(user_type(), before, operations, after);
}

void edits(std::string_view operations, std::string_view memberships,
           const ReadOptions& options = lenient()) {
    SCOPED_TRACE(expanded(operations));
    const auto edited = patched(group_type(), "{'displayName':'G'}", operations, options);
    ASSERT_TRUE(edited.has_value()) << edited.error().detail;
    EXPECT_EQ(describe(edited->memberships), memberships);
}

void refuses(std::string_view operations, ErrorKind kind, std::string_view detail,
             const ReadOptions& options = lenient()) {
    expect_refused(group_type(), "{'displayName':'G'}", operations, kind,
                   std::string("Operations[0]: ") + std::string(detail), options);
}

TEST(PatchRemove, NeedsAPath_P_PATCH_57) {
    refuses("{'op':'remove'}", NoTarget, "path");
    refuses("{'op':'remove','path':null}", NoTarget, "path");
    refuses("{'op':'remove','value':{'displayName':'G'}}", NoTarget, "path");
}

TEST(PatchRemove, KeepsRequired_P_PATCH_63_AMB_48) {
    refuses("{'op':'remove','path':'displayName'}", Mutability, "displayName");
    refuses("{'op':'remove','path':'displayName'},{'op':'add','path':'displayName','value':'H'}", Mutability,
            "displayName");
    expect_refused(gadget_type(), "{'ports':[1]}", "{'op':'remove','path':'ports'}", Mutability,
                   "Operations[0]: ports");
    expect_refused(gadget_type(), "{'ports':[1]}", "{'op':'remove','path':'ports[value eq 1]'}", Mutability,
                   "Operations[0]: ports");
    expect_refused(gadget_type(), "{'ports':[1]}", "{'op':'remove','path':'ports','value':[1]}", Mutability,
                   "Operations[0]: ports");
    expect_patched(gadget_type(), "{'ports':[1,2]}", "{'op':'remove','path':'ports','value':[1]}",
                   "{'ports':[2]}");
    expect_refused(gadget_type(), "{'parts':[{'value':'a'}]}", "{'op':'remove','path':'parts.value'}",
                   Mutability, "Operations[0]: parts.value");
}

TEST(PatchRemove, UnassignsSingular_P_PATCH_58) {
    changes("{'title':'T','active':true}", "{'op':'remove','path':'title'}", "{'active':true}");
    changes("{'title':'T'}", "{'op':'remove','path':'title','value':'other'}", "{}");
    changes("{'name':{'givenName':'G','middleName':'M'}}", "{'op':'remove','path':'name.middleName'}",
            "{'name':{'givenName':'G'}}");
    changes("{'name':{'givenName':'G'}}", "{'op':'remove','path':'name.givenName'}", "{}");
    changes("{'name':{'givenName':'G'}}", "{'op':'remove','path':'name'}", "{}");
    changes("{'%ENT%':{'department':'D'}}", "{'op':'remove','path':'%ENT%:department'}", "{}");
}

TEST(PatchRemove, RemovesElements_P_PATCH_59_60_61_62) {
    changes(kTwoMails, "{'op':'remove','path':'emails'}", "{}");
    changes(kTwoMails, "{'op':'remove','path':'emails','value':null}", "{}");
    changes(kTwoMails, "{'op':'remove','path':'emails[type eq \\'work\\' and value ew \\'example.com\\']'}",
            "{'emails':[{'value':'b@x','type':'home'}]}");
    changes(kTwoMails, "{'op':'remove','path':'emails[value pr]'}", "{}");
    changes(kTwoMails, "{'op':'remove','path':'emails[type eq \\'work\\'].primary'}",
            "{'emails':[{'value':'a@example.com','type':'work'},{'value':'b@x','type':'home'}]}");
    changes("{'addresses':[{'type':'work','region':'R'},{'region':'Q'}]}",
            "{'op':'remove','path':'addresses.region'}", "{'addresses':[{'type':'work'}]}");
    expect_patched(gadget_type(), "{'tags':['a','b']}", "{'op':'remove','path':'tags[value eq \\'A\\']'}",
                   "{'tags':['b']}");  // P-PATCH-69
}

TEST(PatchRemove, RemovingNothingSucceeds_P_PATCH_64_65) {
    for (const char* path :
         {"title", "name.middleName", "emails[type eq \\'x\\']", "emails[type eq \\'x\\'].value", "photos",
          "photos.value", "%ENT%", "%ENT%:department", "%ENT%:manager"}) {
        changes(kTwoMails, "{'op':'remove','path':'" + std::string(path) + "'}", kTwoMails);
    }
}

TEST(PatchRemove, ListedElementsOnly_P_PATCH_66_AMB_05) {
    const std::string_view home = "{'emails':[{'value':'b@x','type':'home'}]}";
    changes(kTwoMails, "{'op':'remove','path':'emails','value':[{'value':'A@example.com'}]}", home);
    changes(
        kTwoMails,
        "{'op':'remove','path':'emails','value':{'value':'a@example.com','display':'other','primary':false}}",
        home);
    changes(kTwoMails, "{'op':'remove','path':'emails','value':['a@example.com']}", home);
    changes(kTwoMails, "{'op':'remove','path':'emails','value':[{'type':'work'}]}", home);
    changes(kTwoMails, "{'op':'remove','path':'emails','value':[{'value':'a@example.com','type':'home'}]}",
            kTwoMails);
    changes(kTwoMails, "{'op':'remove','path':'emails','value':[]}", kTwoMails);
    changes(kTwoMails, "{'op':'remove','path':'emails','value':[null,{}]}", kTwoMails);
    expect_patched(
        gadget_type(), "{'tags':['a','b'],'parts':[{'value':'p','serial':'1'}]}",
        "{'op':'remove','path':'tags','value':'B'},{'op':'remove','path':'parts','value':{'value':'p'}}",
        "{'tags':['a']}");
    expect_refused(user_type(), kTwoMails, "{'op':'remove','path':'emails','value':[{'value':7}]}",
                   InvalidValue, "Operations[0]: emails");
}

TEST(PatchMembers, RefusesChangesOfAMember_S_GROUP_03) {
    for (const char* path : {"members.value", "members.display", "members.type",
                             "members[value eq \\'%ANN%\\'].value", "members[value eq \\'%ANN%\\'].display",
                             "members[value eq \\'%ANN%\\'].displayName", "members.$ref"}) {
        for (const char* op : {"add", "replace", "remove"}) {
            const bool is_defined = std::string(path).find("displayName") == std::string::npos;
            refuses("{'op':'" + std::string(op) + "','path':'" + path + "','value':'%BOB%'}",
                    is_defined ? Mutability : InvalidPath, is_defined ? "members" : "path");
        }
    }
    refuses("{'op':'replace','path':'members[value eq \\'%ANN%\\']','value':{'value':'%BOB%'}}", Mutability,
            "members[...]");
}

TEST(PatchMembers, RefusesWhatNamesNobody) {
    for (const char* value :
         {"[{'display':'x'}]", "[{'$ref':'nonsense'}]", "[7]", "[{'value':7}]", "[[]  ,[1]]", "true",
          "[{'value':'%ANN%','$ref':'https://x/Users/%BOB%'}]", "[{'value':'%ANN%','$ref':7}]"}) {
        for (const char* op : {"add", "replace", "remove"}) {
            refuses("{'op':'" + std::string(op) + "','path':'members','value':" + value + "}", InvalidValue,
                    "members");
        }
    }
    refuses("{'op':'add','path':'members','value':['%ANN%']}", InvalidValue, "members", strict());
    refuses("{'op':'add','path':'members[value xx \\'x\\']','value':'x'}", InvalidFilter, "path");
}

TEST(PatchMembers, Add_P_PATCH_48_49) {
    edits(
        "{'op':'add','path':'members','value':[{'value':'%ANN%'},{'value':'%BOB%','display':'B','type':'User'"
        "}]}",
        "add ANN BOB");
    edits("{'op':'add','path':'members','value':{'value':'%ANN%'}}", "add ANN");
    edits("{'op':'add','path':'members','value':{'value':'%ANN%'}}", "add ANN", strict());
    edits("{'op':'add','path':'members','value':['%ANN%','%BOB%','%ANN%']}", "add ANN BOB");
    edits("{'op':'add','path':'members','value':'%ANN%'}", "add ANN");
    edits("{'op':'add','path':'members','value':[{'$ref':null,'value':'%ANN%'}]}",
          "add ANN");  // S-NULL-05, I-ENTRA-08
    edits(
        "{'op':'add','path':'members','value':[{'$ref':'https://x/scim/v2/Users/%ANN%'},{'$ref':'Users/"
        "%BOB%'}]}",
        "add ANN BOB");
    edits("{'op':'add','path':'members','value':[{'value':'nobody'},{'value':'%ANN%'}]}", "add ANN ?1");
    edits("{'op':'add','path':'%GROUP%:members','value':[{'value':'%ANN%'}]}", "add ANN");
    edits("{'op':'add','value':{'members':[{'value':'%ANN%'}],'displayName':'H'}}", "add ANN");
    for (const char* value : {"null", "[]", "''", "[null]", "[{}]"}) {
        edits("{'op':'add','path':'members','value':" + std::string(value) + "}", "");
    }
}

TEST(PatchMembers, Remove_P_PATCH_59_60_64_66) {
    edits("{'op':'remove','path':'members'}", "all");
    edits("{'op':'remove','path':'members','value':null}", "all");
    edits("{'op':'remove','path':'members[value eq \\'%ANN%\\']'}", "remove ANN");
    edits("{'op':'remove','path':'members[value eq\\'%ANN%\\']'}", "remove ANN");  // as printed in the RFC
    edits("{'op':'remove','path':'members[value eq \\'nobody\\']'}", "remove ?1");
    edits(
        "{'op':'remove','path':'members[value eq \\'%ANN%\\' or value eq \\'%BOB%\\' or value eq "
        "\\'%ANN%\\']'}",
        "remove ANN BOB");
    edits("{'op':'remove','path':'members[$ref eq \\'https://y/v2/Users/%ANN%\\']'}",
          "remove ANN");  // S-MV-06
    edits("{'op':'remove','path':'members[value eq \\'%ANN%\\' or $ref eq \\'Users/%BOB%\\']'}",
          "remove ANN BOB");
    edits("{'op':'remove','path':'members[type eq \\'User\\']'}", "matching");
    edits("{'op':'remove','path':'members[value eq \\'%ANN%\\' and type eq \\'User\\']'}", "matching");
    edits("{'op':'remove','path':'members[value ne \\'%ANN%\\']'}", "matching");
    edits("{'op':'Remove','path':'members','value':[{'$ref':null,'value':'%ANN%'}]}",
          "remove ANN");  // I-ENTRA-04
    edits("{'op':'remove','path':'members','value':[{'value':'%ANN%'},{'value':'gone'}]}", "remove ANN ?1");
    edits("{'op':'remove','path':'members','value':'%ANN%'}", "remove ANN");
    edits("{'op':'remove','path':'members','value':[]}", "");
}

TEST(PatchMembers, Replace_P_PATCH_75_81) {
    edits("{'op':'replace','path':'members','value':[{'value':'%ANN%','display':null}]}",
          "replace ANN");  // I-OKTA-12
    for (const char* value : {"null", "[]", "''"}) {
        edits("{'op':'replace','path':'members','value':" + std::string(value) + "}", "replace");
    }
    edits(
        "{'op':'replace','value':{'id':'x','displayName':'H','members':[{'value':'%BOB%','display':null},{'"
        "value':'%CID%'}]}}",
        "replace BOB CID");
    edits("{'op':'replace','value':{'id':'x','displayName':'H'}}", "");  // quirk 23: absent is not empty
    edits("{'op':'replace','value':{'members':[]}}", "replace");
}

TEST(PatchMembers, KeepTheirOrder_FiguresOfTheRfc_I_OKTA_11) {
    edits(
        "{'op':'remove','path':'members[value eq "
        "\\'%ANN%\\']'},{'op':'add','path':'members','value':[{'value':'%CID%'}]},"
        "{'op':'replace','path':'displayName','value':'H'},{'op':'remove','path':'members'}",
        "remove ANN; add CID; all");
    const auto edited = patched(
        group_type(), "{'displayName':'G'}",
        "{'op':'replace','path':'displayName','value':'H'},{'op':'add','path':'members','value':'%ANN%'}");
    ASSERT_TRUE(edited.has_value());
    EXPECT_EQ(edited->memberships.front().operation, "Operations[1]");
    EXPECT_EQ(to_json(edited->attributes), "{\"displayName\":\"H\"}");
}

TEST(PatchMembers, Limits_members_per_request_max_patch_elements_max) {
    ReadOptions options = lenient();
    options.limits.patch_elements_max = 2;
    edits("{'op':'add','path':'members','value':['%ANN%','%BOB%']}", "add ANN BOB", options);
    refuses("{'op':'add','path':'members','value':['%ANN%','%BOB%','%CID%']}", InvalidValue, "members",
            options);
    options = lenient();
    options.limits.members_per_request_max = 2;
    edits("{'op':'add','path':'members','value':['%ANN%','%BOB%']}", "add ANN BOB", options);
    refuses("{'op':'add','path':'members','value':['%ANN%','%BOB%','%CID%']}", InvalidValue, "members",
            options);
}

}  // namespace
}  // namespace rollcall::scim::test
