// What POST and PUT make of a body: P-POST-05, 06, P-PUT-04 to 15.
#include "model/same_value.h"
#include "scim/scim_fixture.h"

namespace rollcall::scim::test {
namespace {

ResourceBody body_of(const ResourceType& type, std::string_view attributes) {
    const std::string inner = std::string(attributes.substr(1));
    const std::string text = "{'schemas':['" + type.schema->id + "']" + (inner == "}" ? "" : ",") + inner;
    auto body = read_resource(type, parsed(text), lenient());
    EXPECT_TRUE(body.has_value()) << (body ? "" : body.error().detail);
    return std::move(*body);
}

void puts(const ResourceType& type, std::string_view before, std::string_view body, std::string_view after) {
    SCOPED_TRACE(expanded(body));
    const auto edited = replace_with(resource_of(type, before), body_of(type, body));
    ASSERT_TRUE(edited.has_value()) << edited.error().detail;
    EXPECT_EQ(json::value(edited->attributes), parsed(after)) << to_json(edited->attributes);
}

// The paths that the rule refuses in what PUT makes of it.
std::string changed_in(const Schema& schema, const Schema* extension, const json::object& before,
                       const json::object& after) {
    std::string changed;
    for (const auto& attribute : schema.attributes) {
        const auto* part = changed_immutable(attribute, before.if_contains(attribute.name),
                                             after.if_contains(attribute.name));
        if (part) changed += AttributePath{extension, &attribute, part == &attribute ? nullptr : part}.text();
    }
    return changed;
}

void refuses(std::string_view before_text, std::string_view body, std::string_view path) {
    SCOPED_TRACE(expanded(body));
    const auto& type = gadget_type();
    const auto before = resource_of(type, before_text);
    const auto edited = replace_with(before, body_of(type, body));
    ASSERT_TRUE(edited.has_value()) << edited.error().detail;
    std::string changed = changed_in(*type.schema, nullptr, before.attributes, edited->attributes);
    for (const auto& [extension, required] : type.extensions) {
        const auto object_in = [&](const json::object& attributes) {
            const auto* object = attributes.if_contains(extension->id);
            return object ? object->get_object() : json::object();
        };
        changed +=
            changed_in(*extension, extension, object_in(before.attributes), object_in(edited->attributes));
    }
    EXPECT_EQ(changed, expanded(path));
}

TEST(Put, RefusesChangedImmutables_P_PUT_09) {
    refuses("{'serial':'1'}", "{'serial':'2'}", "serial");
    refuses("{'serial':'1'}", "{'serial':null}", "serial");
    refuses("{'owner':{'value':'o','since':'2020-01-01T00:00:00Z'}}",
            "{'owner':{'value':'o','since':'2021-01-01T00:00:00Z'}}", "owner.since");
    refuses("{'%EXTRA%':{'stamp':'1'}}", "{'%EXTRA%':{'stamp':'2'}}", "%EXTRA%:stamp");
    refuses("{'%EXTRA%':{'stamp':'1'}}", "{'%EXTRA%':null}", "%EXTRA%:stamp");
}

TEST(Put, KeepsWhatIsNotTheClients_P_PUT_07_09_10) {
    puts(gadget_type(), "{'serial':'a','state':'s','pin':'p','label':'g','tags':['t']}",
         "{'label':'h','serial':'A'}", "{'label':'h','serial':'a','state':'s','pin':'p'}");
    puts(gadget_type(), "{'serial':'1'}", "{'label':'h'}", "{'label':'h','serial':'1'}");
    puts(gadget_type(), "{}", "{'serial':'1'}", "{'serial':'1'}");
    puts(gadget_type(), "{'pin':'p'}", "{'pin':'q'}", "{'pin':'q'}");
    puts(gadget_type(), "{'pin':'p'}", "{'pin':null}", "{}");
    puts(gadget_type(), "{'owner':{'value':'o','since':'2020-01-01T00:00:00Z','code':'c','name':'n'}}",
         "{'owner':{'value':'q'}}", "{'owner':{'value':'q','since':'2020-01-01T00:00:00Z','code':'c'}}");
    puts(gadget_type(), "{'owner':{'value':'o','since':'2020-01-01T00:00:00Z','name':'n'}}", "{'label':'h'}",
         "{'label':'h','owner':{'value':'o','since':'2020-01-01T00:00:00Z'}}");
    puts(gadget_type(), "{'owner':{'value':'o','since':'2020-01-01T00:00:00Z'}}", "{'owner':null}", "{}");
    puts(gadget_type(), "{'%EXTRA%':{'stamp':'1','label':'l'}}", "{'label':'h'}",
         "{'label':'h','%EXTRA%':{'stamp':'1'}}");
}

TEST(Put, ReplacesAndClears_P_PUT_04_05_08_14) {
    puts(user_type(),
         "{'userName':'a','title':'T','externalId':'e','emails':[{'value':'x'},{'value':'y'}],'%ENT%':{'"
         "department':'D'},'name':{'givenName':'G'}}",
         "{'userName':'b','emails':[{'value':'z'}]}", "{'userName':'b','emails':[{'value':'z'}]}");
    puts(user_type(), "{'title':'T'}", "{'title':null}", "{}");
    puts(user_type(), "{'name':{'givenName':'G','familyName':'F'}}", "{'name':{'givenName':'H'}}",
         "{'name':{'givenName':'H'}}");
    puts(user_type(), "{'%ENT%':{'department':'D','division':'V'}}", "{'%ENT%':{'department':'E'}}",
         "{'%ENT%':{'department':'E'}}");
}

TEST(Put, NeverEnablesByAccident_P_PUT_06_AMB_46) {
    puts(user_type(), "{'active':false}", "{'userName':'a'}", "{'userName':'a','active':false}");
    puts(user_type(), "{'active':false}", "{'active':true}", "{'active':true}");
    puts(user_type(), "{'active':false}", "{'active':null}", "{}");
}

TEST(Put, OfTheSameChangesNothing_P_PUT_15) {
    const std::string_view full =
        "{'userName':'a','active':true,'emails':[{'value':'x','primary':true}],'%ENT%':{'manager':{'value':'"
        "m'}}}";
    puts(user_type(), full, full, full);
}

TEST(Put, ReplacesMembers_P_PUT_05_I_OKTA_13) {
    const auto memberships = [](std::string_view body) {
        return describe(
            replace_with(resource_of(group_type(), "{'displayName':'G'}"), body_of(group_type(), body))
                ->memberships);
    };
    EXPECT_EQ(memberships("{'displayName':'G','members':[{'value':'%ANN%'},'x']}"), "replace ANN ?1");
    EXPECT_EQ(memberships("{'displayName':'G','members':[]}"), "replace");
    EXPECT_EQ(memberships("{'displayName':'G'}"), "replace");
    EXPECT_TRUE(replace_with(resource_of(user_type(), "{}"), body_of(user_type(), "{'userName':'a'}"))
                    ->memberships.empty());
}

TEST(Put, PasswordIsKeptUnlessNamed_P_PUT_07) {
    const auto password = [](std::string_view body) {
        return replace_with(resource_of(user_type(), "{}"), body_of(user_type(), body))->new_password;
    };
    EXPECT_EQ(password("{'userName':'a'}"), std::nullopt);
    EXPECT_EQ(password("{'password':'passw0rd'}"), "passw0rd");
    EXPECT_EQ(password("{'password':null}"), "");
}

TEST(Post, DefaultsAndMembers_S_USER_10_P_POST_05_06) {
    const auto created = [](const ResourceType& type, std::string_view body) {
        return create_from(type, body_of(type, body));
    };
    EXPECT_EQ(to_json(created(user_type(), "{'userName':'a'}").attributes),
              R"({"userName":"a","active":true})");
    EXPECT_EQ(to_json(created(user_type(), "{'active':'False'}").attributes), R"({"active":false})");
    EXPECT_EQ(to_json(created(user_type(), "{'active':null}").attributes), "{}");
    EXPECT_EQ(to_json(created(gadget_type(), "{'label':'g'}").attributes), R"({"label":"g"})");
    EXPECT_EQ(describe(created(group_type(), "{'displayName':'G','members':['%ANN%']}").memberships),
              "add ANN");
    EXPECT_EQ(describe(created(group_type(), "{'displayName':'G','members':[]}").memberships), "");
    EXPECT_EQ(created(user_type(), "{'password':'passw0rd'}").new_password, "passw0rd");
}

}  // namespace
}  // namespace rollcall::scim::test
