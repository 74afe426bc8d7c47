// Attribute notation: RFC 7644 §3.10, P-FILT-25 to 27, P-PATCH-12 to 15, S-ATTR-05, S-RES-14.
#include "model/attribute_path.h"

#include <gtest/gtest.h>

#include "model/test_catalogue.h"

namespace rollcall {
namespace {

// The canonical text, or "!" and the detail.
std::string resolved(const ResourceType& type, std::string_view text) {
    const auto path = resolve_path(type, text);
    if (path) return path->text();
    EXPECT_EQ(path.error().kind, ErrorKind::InvalidPath);
    return "!" + path.error().detail;
}

TEST(AttributePath, RefusesWhatIsNoAttribute) {
    auto validate = [](std::string_view text, std::string_view words) {
        const std::string result = resolved(user_type(), text);
        EXPECT_TRUE(result.starts_with("!")) << text << " -> " << result;
        EXPECT_NE(result.find(words), std::string::npos) << text << " -> " << result;
    };
    validate("", "no attribute name");
    validate(" userName", "no attribute name");
    validate("userName ", "no attribute name");
    validate(".", "no attribute name");
    validate("name.", "After the dot");
    validate("name..givenName", "After the dot");
    validate("name.givenName.x", "After the dot");
    validate("/emails", "no attribute name");
    validate("emails[type eq \"work\"]", "no attribute name");
    validate("1x", "no attribute name");
    validate("$", "no attribute name");
    validate("foo", "\"foo\" is no attribute of User");
    validate("userName.foo", "\"userName\" has no sub-attributes");
    validate("name.foo", "it has formatted, familyName");
    validate("members", "\"members\" is no attribute");
    validate("urn:ietf:params:scim:schemas:core:2.0:User:employeeNumber", "is no attribute of User");
    validate("urn:ietf:params:scim:schemas:core:2.0:User", "base schema");
    validate("urn:ietf:params:scim:schemas:core:2.0:User:", "no attribute name");
    validate("urn:ietf:params:scim:schemas:core:2.0:Userx:userName", "No schema of User");
    validate("urn:ietf:params:scim:schemas:core:2.0:Group:displayName", "No schema of User");
    validate("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:id", "no attribute of the extension");
    validate("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:userName", "no attribute of the extension");
    validate("x:y", "No schema of User");
    validate(std::string(129, 'a'), "no attribute name");
}

TEST(AttributePath, ResolvesEveryNotation) {
    auto validate = [](std::string_view text, std::string_view expected) {
        EXPECT_EQ(resolved(user_type(), text), expected);
    };
    validate("USERNAME", "userName");
    validate("Name.GIVENname", "name.givenName");
    validate("emails", "emails");
    validate("groups.$ref", "groups.$ref");                                                     // S-ATTR-05
    validate("id", "id");
    validate("schemas", "schemas");
    validate("externalid", "externalId");
    validate("Meta.LastModified", "meta.lastModified");
    validate("urn:ietf:params:scim:schemas:core:2.0:User:userName", "userName");                // P-FILT-25
    validate("URN:IETF:params:scim:schemas:CORE:2.0:user:name.familyName", "name.familyName");
    validate("urn:ietf:params:scim:schemas:core:2.0:User:externalId", "externalId");
    const std::string enterprise(kEnterprise);
    validate(enterprise, enterprise);                                                           // P-PATCH-15
    validate("urn:ietf:params:scim:schemas:extension:ENTERPRISE:2.0:User:Department", enterprise + ":department");
    validate(enterprise + ":manager.$REF", enterprise + ":manager.$ref");
    validate("Manager.value", enterprise + ":manager.value");                                   // AMB-30
    validate("employeenumber", enterprise + ":employeeNumber");
}

TEST(AttributePath, DotsInUrisDoNoHarm) {   // P-FILT-26
    const std::string lease = "http://example.com/schemas/1.1/device";
    EXPECT_EQ(resolved(device_type(), lease), lease);
    EXPECT_EQ(resolved(device_type(), lease + ":term.end"), lease + ":term.end");
    EXPECT_EQ(resolved(device_type(), "HTTP://EXAMPLE.COM/schemas/1.1/device:Lessee"), lease + ":lessee");
    EXPECT_EQ(resolved(device_type(), lease + ":displayName"), lease + ":displayName");         // S-RES-14
    EXPECT_EQ(resolved(device_type(), "displayName"), "displayName");
    EXPECT_NE(*resolve_path(device_type(), lease + ":displayName"), *resolve_path(device_type(), "displayName"));
    EXPECT_TRUE(resolve_path(device_type(), lease)->is_whole_extension());
}

TEST(AttributePath, TheLongestUriWins) {
    const auto catalogue = Catalogue::load(documents_of(R"([
        {"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:e","name":"E",
         "attributes":[{"name":"a"},{"name":"x","type":"complex","subAttributes":[{"name":"b"}]}]},
        {"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:e:x","name":"X",
         "attributes":[{"name":"b"}]},
        {"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"name":"T","endpoint":"/T","schema":"urn:e",
         "schemaExtensions":[{"schema":"urn:e:x","required":false}]}])"));
    ASSERT_TRUE(catalogue.has_value()) << catalogue.error().detail;
    const ResourceType& type = *(*catalogue)->find_type("T");
    EXPECT_EQ(resolved(type, "urn:e:x:b"), "urn:e:x:b");
    EXPECT_EQ(resolved(type, "urn:e:x.b"), "x.b");
    EXPECT_EQ(resolved(type, "urn:e:x"), "urn:e:x");
    EXPECT_EQ(resolved(type, "urn:e:a"), "a");
}

TEST(AttributePath, SchemaUris) {
    for (const std::string_view good : {"urn:a:b", "http://x.org/a-b_c~d/%20", "x+y.z:1"}) {
        EXPECT_TRUE(is_schema_uri(good)) << good;
    }
    for (const std::string_view bad :
         {"", ":", "a", "urn:", "1:a", "urn:a:", "urn:a b", "urn:a\"", "urn:a(b)", "u_n:a"}) {
        EXPECT_FALSE(is_schema_uri(bad)) << bad;
    }
}

}  // namespace
}  // namespace rollcall
