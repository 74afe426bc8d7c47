// Bodies of POST and PUT: S-ATTR, S-TYPE, S-MV, S-NULL, S-RES, S-USER, S-GROUP. Negative cases first.
#include "scim/scim_fixture.h"

namespace rollcall::scim::test {
namespace {

using enum ErrorKind;

std::string user_body(std::string_view attributes) {
    return "{'schemas':['%USER%']," + std::string(attributes) + "}";
}
std::string gadget_body(std::string_view attributes) {
    return "{'schemas':['%GADGET%']," + std::string(attributes) + "}";
}

void refuses(std::string_view attributes, std::string_view detail_start,
             const ReadOptions& options = lenient()) {
    expect_unread(user_type(), user_body(attributes), InvalidValue, detail_start, options);
}
void reads(std::string_view attributes, std::string_view after, const ReadOptions& options = lenient()) {
    expect_read(user_type(), user_body(attributes), after, options);
}
void gadget_refuses(std::string_view attributes, std::string_view detail_start) {
    expect_unread(gadget_type(), gadget_body(attributes), InvalidValue, detail_start);
}
void gadget_reads(std::string_view attributes, std::string_view after) {
    expect_read(gadget_type(), gadget_body(attributes), after);
}

TEST(ReadResource, RefusesWhatIsNoResource_S_RES_02_06_P_POST_10) {
    for (const char* body :
         {"[]", "'x'", "7", "null", "{}", "{'userName':'a'}", "{'schemas':[],'userName':'a'}",
          "{'schemas':null,'userName':'a'}", "{'schemas':{},'userName':'a'}",
          "{'schemas':[7],'userName':'a'}", "{'schemas':['%ENT%'],'userName':'a'}",
          "{'schemas':['%GROUP%'],'displayName':'a'}",
          "{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],'Operations':[]}",
          "{'schemas':['%USER%','urn:ietf:params:scim:api:messages:2.0:ListResponse'],'userName':'a'}"}) {
        expect_unread(user_type(), body, InvalidSyntax);
    }
}

TEST(ReadResource, StrictModeRefusesTheUnknown_AMB_10_11) {
    expect_unread(user_type(), user_body("'foo':1"), InvalidSyntax, "", strict());
    expect_unread(user_type(), user_body("'name':{'foo':1}"), InvalidSyntax, "name", strict());
    expect_unread(user_type(), user_body("'%ENT%':{'foo':1}"), InvalidSyntax, "", strict());
    expect_unread(user_type(), "{'schemas':['%USER%','urn:x:y'],'userName':'a'}", InvalidSyntax, "",
                  strict());
    expect_unread(user_type(), "{'schemas':['urn:scim:schemas:core:2.0'],'userName':'a'}", InvalidSyntax, "",
                  strict());
    refuses("'emails':{'value':'a@x'}", "emails", strict());  // S-MV-02
    refuses("'active':'true'", "active", strict());
    refuses("'%ENT%':{'manager':'m'}", "%ENT%:manager", strict());
    refuses("'addresses':[{'country':'USA'}]", "addresses[0].country", strict());  // S-USER-20
    refuses("'userName':'ann lee'", "userName", strict());                         // P-I18N-06
    refuses("'emails':[{'value':'no address'}]", "emails[0].value", strict());
    refuses("'timezone':'somewhere'", "timezone", strict());
    refuses("'locale':'e'", "locale", strict());
    refuses("'preferredLanguage':';;'", "preferredLanguage", strict());
    refuses("'profileUrl':'https://x/\xc3\xbc'", "profileUrl", strict());
    reads(
        "'userName':'ann','addresses':[{'country':'US'}],'timezone':'America/Los_Angeles','locale':'en_US',"
        "'preferredLanguage':'en-US, de;q=0.7','emails':[{'value':'a@x.example'}]",
        "{'userName':'ann','addresses':[{'country':'US'}],'timezone':'America/Los_Angeles','locale':'en_US',"
        "'preferredLanguage':'en-US, de;q=0.7','emails':[{'value':'a@x.example'}]}",
        strict());
}

TEST(ReadResource, RefusesWrongTypes_S_TYPE_02_04_06_07_08_10_12_19) {
    for (const char* value : {"5", "true", "['x']", "{'value':'x'}", "1.5"}) {
        refuses("'displayName':" + std::string(value), "displayName");
        refuses("'externalId':" + std::string(value), "externalId");  // threat T1
    }
    for (const char* value : {"'yes'", "1", "0", "'0'", "[]", "{}", "[true]", "{'value':false}", "' true'"}) {
        refuses("'active':" + std::string(value), "active");
    }
    for (const char* value : {"'Ann'", "7", "['x']", "true", "[{'givenName':'x'}]"})
        refuses("'name':" + std::string(value), "name");
    for (const char* value : {"'a@x'", "7", "['a@x']", "[[{'value':'a@x'}]]", "[7]"})
        refuses("'emails':" + std::string(value), "emails");
    for (const char* value : {"1.5", "1.0", "1e3", "'1'", "true", "[1]"})
        gadget_refuses("'count':" + std::string(value), "count");
    for (const char* value : {"'1'", "true", "[1.0]", "9007199254740993"})
        gadget_refuses("'weight':" + std::string(value), "weight");
    for (const char* value : {"'2008-01-23'", "'2011-02-30T00:00:00Z'", "'10:00Z'", "'x'", "7"})
        gadget_refuses("'built':" + std::string(value), "built");
    for (const char* value : {"'A*=='", "'-_=='", "'A'", "'AA='", "'A A='", "'====' ", "7"})
        gadget_refuses("'blob':" + std::string(value), "blob");
    for (const char* value : {"'ht tp://x'", "'not a url'", "'http://x/%zz'", "'http://[x'", "'a#b#c'",
                              "'1x:y'", "7", "'http://x:y/'"}) {
        gadget_refuses("'link':" + std::string(value), "link");
    }
    gadget_refuses("'ports':['1']", "ports[0]");
    gadget_refuses("'ports':[[1]]", "ports[0]");
    refuses("'%ENT%':'x'", "%ENT%");
    refuses("'%ENT%':[{'department':'D'}]", "%ENT%");
    refuses("'%ENT%':{'department':7}", "%ENT%:department");
    refuses("'emails':[{'value':'a'},{'value':'b','type':7}]", "emails[1].type");
}

TEST(ReadResource, RefusesBadUserNames_S_USER_01_T6) {
    for (const char* name : {"' '", "'a\\u200bb'", "'a\\u202eb'", "'a\\u0007'", "'a\\tb'", "'a\\nb'",
                             "'\\u3000'", "'\\u200b'"}) {
        refuses("'userName':" + std::string(name), "userName");
    }
    for (const char* name : {"'ann lee'", "'D385N05\\u2019TEST'", "'\\uff22\\uff2f\\uff22'", "'a@b'"}) {
        reads("'userName':" + std::string(name), "{'userName':" + std::string(name) + "}");
    }
}

TEST(ReadResource, RefusesTwoPrimariesAndTooMuch_S_MV_03) {
    refuses("'emails':[{'value':'a','primary':true},{'value':'b','primary':true}]", "emails");
    ReadOptions options = lenient();
    options.limits.values_per_attribute_max = 2;
    refuses("'emails':[{'value':'a'},{'value':'b'},{'value':'c'}]", "emails", options);
    reads("'emails':[{'value':'a'},null,{'value':'b'},{}]", "{'emails':[{'value':'a'},{'value':'b'}]}",
          options);
    options = lenient();
    options.limits.string_characters_max = 3;
    refuses("'title':'abcd'", "title", options);
    reads("'title':'\\u00e4\\u00f6\\u00fc'", "{'title':'\\u00e4\\u00f6\\u00fc'}", options);
    options.limits.long_string_bytes_max = 4;
    expect_unread(gadget_type(), gadget_body("'blob':'AAAAAAAA'"), InvalidValue, "blob", options);
    expect_unread(gadget_type(), gadget_body("'link':'abcde'"), InvalidValue, "link", options);
    expect_read(gadget_type(), gadget_body("'blob':'AAAA','link':'abcd'"), "{'blob':'AAAA','link':'abcd'}",
                options);
}

TEST(ReadResource, RefusesMissingRequiredParts) {
    gadget_refuses("'owner':{'name':'n'}", "owner.value");
    gadget_refuses("'parts':[{'value':'a'},{'type':'b'}]", "parts[1].value");
}

TEST(ReadResource, ReadsNamesInAnyCase_S_ATTR_01_03_S_RES_04_08_09_10) {
    reads("'USERNAME':'ann','NAME':{'GIVENNAME':'G'}", "{'userName':'ann','name':{'givenName':'G'}}");
    expect_read(user_type(),
                "{'SCHEMAS':['URN:ietf:params:scim:schemas:core:2.0:user','%ENT%','%USER%'],'userName':'a'}",
                "{'userName':'a'}");
    reads("'URN:IETF:params:scim:schemas:extension:ENTERPRISE:2.0:User':{'DEPARTMENT':'D'}",
          "{'%ENT%':{'department':'D'}}");
    expect_read(
        user_type(),
        "{'schemas':['urn:scim:schemas:core:2.0','urn:scim:schemas:extension:enterprise:2.0'],'userName':'a',"
        "'urn:scim:schemas:extension:enterprise:2.0':{'department':'D'}}",
        "{'userName':'a','%ENT%':{'department':'D'}}");
    expect_read(
        group_type(),
        "{'schemas':['%GROUP%','http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'],"
        "'displayName':'G','meta':{'resourceType':'Group'}}",
        "{'displayName':'G'}");  // I-ENTRA-10
    expect_read(user_type(), "{'schemas':'%USER%','userName':'a'}", "{'userName':'a'}");
}

TEST(ReadResource, IgnoresWhatItMayNotTake_S_COM_04_12_S_USER_21_P_POST_04_11) {
    reads(
        "'id':7,'meta':{'created':'1999'},'groups':[{'value':'g'}],'foo':{'a':[1]},'userName':'a','"
        "employeeNumber':'1',"
        "'name':{'foo':1},'%ENT%':{'manager':{'value':'m','displayName':7},'foo':2},'urn:x:y':{'z':1}",
        "{'userName':'a','%ENT%':{'manager':{'value':'m'}}}");
    gadget_reads("'state':7,'label':'g','parts':[{'value':'a','stamp':7}]",
                 "{'label':'g','parts':[{'value':'a'}]}");
}

TEST(ReadResource, UnassignedIsLeftOut_S_NULL_01_02_05_06_07) {
    reads(
        "'nickName':null,'title':'','emails':[],'name':{},'addresses':[null],'photos':[{}],'phoneNumbers':[{'"
        "value':null,'type':''}],"
        "'%ENT%':{'department':null},'externalId':null",
        "{}");
    reads("'name':{'givenName':null,'familyName':'F'},'%ENT%':null,'roles':null",
          "{'name':{'familyName':'F'}}");
    reads("'active':null,'userName':'','password':''", "{}");
    const auto body = read_resource(
        user_type(), parsed(user_body("'nickName':null,'emails':[],'%ENT%':{},'password':null,'title':'T'")),
        lenient());
    ASSERT_TRUE(body.has_value());
    std::string cleared;
    for (const AttributePath& path : body->cleared) cleared += path.text() + " ";
    EXPECT_EQ(cleared, expanded("nickName emails %ENT% password "));
}

TEST(ReadResource, ListsAreInOrderAndWithoutDoubles_S_MV_02_08_09_11) {
    reads("'emails':{'value':'a@x'}", "{'emails':[{'value':'a@x'}]}");
    reads("'emails':[{'value':'c'},{'value':'a'},{'value':'b'},{'value':'A'}]",
          "{'emails':[{'value':'c'},{'value':'A'},{'value':'b'}]}");
    reads(
        "'emails':[{'value':'a','type':'work'},{'value':'a','type':'home'},{'value':'a','type':'WORK','"
        "primary':true}]",
        "{'emails':[{'value':'a','type':'WORK','primary':true},{'value':'a','type':'home'}]}");
    reads("'addresses':[{'locality':'L'},{'locality':'l','primary':false},{'locality':'M'}]",
          "{'addresses':[{'locality':'l'},{'locality':'M'}]}");
    gadget_reads("'tags':'a','ports':[3,1,3,2]", "{'tags':['a'],'ports':[3,1,2]}");
    gadget_reads(
        "'spares':[{'value':'v','type':'t','primary':true,'display':'d','$ref':'https://x/y'}]",
        "{'spares':[{'type':'t','primary':true,'display':'d','value':'v','$ref':'https://x/y'}]}");  // S-MV-05
}

TEST(ReadResource, ValuesKeepTheirForm_S_TYPE_01_03_05_09_10_S_USER_05_17_19) {
    reads(
        "'displayName':'\\u00dcn\\u00ef \\u6f22 "
        "\\ud83d\\ude00','emails':[{'type':'school','value':'A@EXAMPLE.com'}],'addresses':[{'formatted':'"
        "a\\nb'}]",
        "{'displayName':'\\u00dcn\\u00ef \\u6f22 "
        "\\ud83d\\ude00','emails':[{'value':'A@EXAMPLE.com','type':'school'}],'addresses':[{'formatted':'"
        "a\\nb'}]}");
    reads("'active':'True','emails':[{'value':'a','primary':'false'}]",
          "{'active':true,'emails':[{'value':'a','primary':false}]}");
    gadget_reads(
        "'weight':3,'count':12,'built':'2011-05-13T04:42:34.123+02:00','blob':'AAA','link':'../a/b?c=d#e'",
        "{'weight':3.0,'count':12,'built':'2011-05-13T04:42:34.123+02:00','blob':'AAA','link':'../a/"
        "b?c=d#e'}");
    gadget_reads("'weight':3.5,'blob':'AA==','link':'mailto:a@b','built':'2011-05-13T04:42:34'",
                 "{'weight':3.5,'blob':'AA==','link':'mailto:a@b','built':'2011-05-13T04:42:34'}");
    const auto body = read_resource(gadget_type(), parsed(gadget_body("'weight':3")), lenient());
    EXPECT_EQ(to_json(body->attributes), "{\"weight\":3.0}");
    const auto shuffled =
        read_resource(user_type(), parsed(user_body("'name':{'givenName':'G','familyName':'F'}")), lenient());
    EXPECT_EQ(to_json(shuffled->attributes), R"({"name":{"familyName":"F","givenName":"G"}})");  // S-TYPE-18
}

TEST(ReadResource, Manager_S_ENT_02_03_I_ENTRA_09) {
    for (const char* value :
         {"'m'", "{'value':'m'}", "[{'value':'m'}]", "['m']", "{'value':'m','$ref':null,'displayName':'x'}",
          "{'$ref':'https://h/scim/v2/Users/m'}", "{'value':'m','$ref':'/Users/m'}"}) {
        reads("'%ENT%':{'manager':" + std::string(value) + "}", "{'%ENT%':{'manager':{'value':'m'}}}");
    }
    for (const char* value : {"''", "null", "{'value':''}", "[]", "{}"})
        reads("'%ENT%':{'manager':" + std::string(value) + "}", "{}");
    refuses("'%ENT%':{'manager':{'$ref':'https://h/Groups/m'}}", "%ENT%:manager.$ref");  // S-TYPE-17
    refuses("'%ENT%':{'manager':{'value':'a','$ref':'https://h/Users/m'}}", "%ENT%:manager.$ref");
}

TEST(ReadResource, Members_S_GROUP_04_05_06_10_11) {
    const auto members = [](std::string_view value) {
        return read_resource(
            group_type(),
            parsed("{'schemas':['%GROUP%'],'displayName':'G','members':" + std::string(value) + "}"),
            lenient());
    };
    for (const char* value : {"[7]", "[{'display':'x'}]", "[{'value':7}]", "true",
                              "[{'value':'a','$ref':'https://h/Users/b'}]", "[['a']]"}) {
        const auto body = members(value);
        ASSERT_FALSE(body.has_value()) << value;
        EXPECT_EQ(body.error().kind, InvalidValue) << value;
    }
    const auto body = members(
        "[{'value':'%ANN%','display':'x'},{'value':'%ANN%','type':null},'%BOB%',{'$ref':'https://h/v2/Users/"
        "%CID%'},null,'who']");
    ASSERT_TRUE(body.has_value());
    EXPECT_EQ(body->members->size(), 3u);
    EXPECT_EQ(body->unknown_members, 1u);
    EXPECT_TRUE(members("null")->members->empty());
    EXPECT_TRUE(members("[]")->members->empty());
    EXPECT_FALSE(
        read_resource(group_type(), parsed("{'schemas':['%GROUP%']}"), lenient())->members.has_value());
}

TEST(ReadResource, Password_S_USER_13_14) {
    for (const char* value : {"7", "true", "['x']"}) refuses("'password':" + std::string(value), "password");
    refuses("'password':'1234567'", "password");
    refuses("'password':'" + std::string(1025, 'x') + "'", "password");
    const auto body =
        read_resource(user_type(), parsed(user_body("'PASSWORD':'e\\u0301\\u00a0\\uff21secret'")), lenient());
    ASSERT_TRUE(body.has_value());
    EXPECT_EQ(body->password, "\xc3\xa9 \xef\xbc\xa1secret");
    EXPECT_TRUE(body->attributes.empty());
}

TEST(ReadResource, ReportsRequestedAttributes_P_POST_13) {
    const auto body = read_resource(
        gadget_type(), parsed(gadget_body("'whisper':'w','owner':{'value':'o','note':'n'}")), lenient());
    ASSERT_TRUE(body.has_value());
    ASSERT_EQ(body->sent_on_request.size(), 2u);
    EXPECT_EQ(body->sent_on_request[0].text(), "whisper");
    EXPECT_EQ(body->sent_on_request[1].text(), "owner.note");
}

// The result must not use the storage of the body, which dies with the request's buffer.
TEST(ReadResource, ResultsOutliveTheBody) {
    std::optional<ResourceBody> body;
    std::optional<PatchRequest> patch;
    {
        json::monotonic_resource memory;
        const auto text =
            expanded(user_body("'userName':'a','emails':[{'value':'x'}],'%ENT%':{'manager':'m'}"));
        body = *read_resource(user_type(), *parse_json(text, {}, &memory), lenient());
        const auto message =
            to_json(patch_of("{'op':'add','value':{'emails':[{'value':'y'}],'%ENT%':{'manager':'n'}}}"));
        patch = *parse_patch(user_type(), *parse_json(message, {}, &memory), lenient());
    }
    EXPECT_EQ(*body->attributes.storage(), *json::storage_ptr());
    Resource before = resource_of(user_type(), "{}");
    before.attributes = body->attributes;
    const auto edited = apply_patch(before, *patch, lenient());
    ASSERT_TRUE(edited.has_value());
    EXPECT_EQ(
        to_json(edited->attributes),
        expanded(
            "{'userName':'a','emails':[{'value':'x'},{'value':'y'}],'%ENT%':{'manager':{'value':'n'}}}"));
}

}  // namespace
}  // namespace rollcall::scim::test
