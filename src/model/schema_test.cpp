// Loading of schemas and resource types, and the standard set: S-ATTR, S-SCH, S-RT, S-MV-05, S-COM-19.
#include "model/schema.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "model/schema_reader.h"
#include "model/test_catalogue.h"

namespace rollcall {
namespace {

constexpr std::string_view kSchemaStart =
    R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:example:x","name":"X","attributes":)";
constexpr std::string_view kTypeStart =
    R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"schema":"urn:example:x",)";

// The detail of the refusal of `documents` (text of a JSON array), or "".
std::string refusal(const std::string& documents) {
    const auto loaded = Catalogue::load(documents_of(documents));
    if (loaded) return "";
    EXPECT_EQ(loaded.error().kind, ErrorKind::InvalidValue);
    return loaded.error().detail;
}

std::string refusal_of_attributes(const std::string& attributes) {
    return refusal("[" + std::string(kSchemaStart) + attributes + "}]");
}

std::string refusal_of_types(const std::string& types) {
    std::string documents = "[" + std::string(kSchemaStart) + R"([{"name":"a"}]})";
    const json::value list = json::parse("[" + types + "]");
    for (const json::value& type : list.as_array()) {
        documents += "," + std::string(kTypeStart) + json::serialize(type).substr(1);
    }
    return refusal(documents + "]");
}

TEST(SchemaLoading, RefusesBadAttributes) {
    auto validate = [](const std::string& attribute, std::string_view words) {
        const std::string detail = refusal_of_attributes("[" + attribute + "]");
        EXPECT_NE(detail.find(words), std::string::npos) << attribute << " -> \"" << detail << "\"";
        EXPECT_NE(detail.find("urn:example:x"), std::string::npos) << detail;
    };
    validate(R"({"name":"1x"})", "1x: the name must be");                                      // S-ATTR-04
    validate(R"({"name":"a b"})", "the name must be");
    validate(R"({"name":"$$a"})", "the name must be");
    validate(R"({"name":""})", "the name must be");
    validate(R"({"name":5})", "must have a name");
    validate(R"({"type":"string"})", "must have a name");
    validate(R"("name")", "must be an object");
    validate(R"({"name":"a","type":"uuid"})", "attribute a: \"uuid\" is no known type");       // S-ATTR-07
    validate(R"({"name":"a","type":"String"})", "no known type");
    validate(R"({"name":"a","mutability":"readonly"})", "no known mutability");
    validate(R"({"name":"a","returned":"often"})", "no known returned");
    validate(R"({"name":"a","uniqueness":"maybe"})", "no known uniqueness");
    validate(R"({"name":"a","multiValued":"true"})", "multiValued must be true or false");
    validate(R"({"name":"a","required":1})", "required must be true or false");
    validate(R"({"name":"a","description":1})", "description must be a string");
    validate(R"({"name":"a","mutabilty":"readOnly"})", "\"mutabilty\" is no characteristic");
    validate(R"({"name":"a","canonicalValues":"x"})", "canonicalValues must be a list");
    validate(R"({"name":"a","canonicalValues":[1]})", "canonicalValues must be a list");
    validate(R"({"name":"a","mutability":"writeOnly","returned":"default"})", "must have returned \"never\"");
    validate(R"({"name":"a"},{"name":"A"})", "attribute A: is defined twice");
    validate(R"({"name":"a","subAttributes":[{"name":"b"}]})", "only complex attributes");     // S-ATTR-08
    validate(R"({"name":"a","type":"complex"})", "must have subAttributes");
    validate(R"({"name":"a","type":"complex","subAttributes":[]})", "must be a list of attributes");
    validate(R"({"name":"a","type":"complex","subAttributes":[{"name":"b","type":"complex",
                 "subAttributes":[{"name":"c"}]}]})", "attribute a.b: a sub-attribute must not be complex");
    validate(R"({"name":"a","referenceTypes":["external"]})", "only references have");         // S-SCH-12
    validate(R"({"name":"a","type":"reference","referenceTypes":["Nobody"]})", "reference type \"Nobody\"");
    validate(R"({"name":"a","type":"complex","x-index":true,"subAttributes":[{"name":"b"}]})", "x-index");
    validate(R"({"name":"a","x-preparation":"Other"})", "x-preparation");
    validate(R"({"name":"a","type":"integer","x-preparation":"UsernameCaseMapped"})", "x-preparation");
    validate(R"({"name":"a","x-storage":"rows"})", "x-storage");
    validate(R"({"name":"a","x-other":true})", "no characteristic");
}

TEST(SchemaLoading, RefusesBadDocuments) {
    auto validate = [](const std::string& document, std::string_view words) {
        const std::string detail = refusal("[" + document + "]");
        EXPECT_NE(detail.find(words), std::string::npos) << document << " -> \"" << detail << "\"";
    };
    const std::string schemas = R"("schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"])";
    validate("{}", "Document 1 is neither");
    validate(R"({"schemas":["urn:x"]})", "Document 1 is neither");
    validate("{" + schemas + "}", "absolute URI");
    validate("{" + schemas + R"(,"id":"device","name":"D","attributes":[{"name":"a"}]})", "absolute URI");
    validate("{" + schemas + R"(,"id":"urn:a b","name":"D","attributes":[{"name":"a"}]})", "absolute URI");
    validate("{" + schemas + R"(,"id":"urn:a[]","name":"D","attributes":[{"name":"a"}]})", "absolute URI");
    validate("{" + schemas + R"(,"id":"urn:ietf:params:scim:api:messages:2.0:X","name":"D"})", "messages");  // S-SCH-14
    validate("{" + schemas + R"(,"id":"urn:d","attributes":[{"name":"a"}]})", "must have a name");
    validate("{" + schemas + R"(,"id":"urn:d","name":"D"})", "must have attributes");
    validate("{" + schemas + R"(,"id":"urn:d","name":"D","attributes":{}})", "must be a list");
    const std::string one = "{" + schemas + R"(,"id":"urn:d","name":"D","attributes":[{"name":"a"}]})";
    validate(one + "," + one, "defined twice");
}

TEST(SchemaLoading, RefusesBadResourceTypes) {
    auto validate = [](const std::string& types, std::string_view words) {
        const std::string detail = refusal_of_types(types);
        EXPECT_NE(detail.find(words), std::string::npos) << types << " -> \"" << detail << "\"";
    };
    validate(R"({"endpoint":"/A"})", "must have a name");
    validate(R"({"name":"A"})", "Resource type A: the endpoint");
    validate(R"({"name":"A","endpoint":"A"})", "the endpoint");
    validate(R"({"name":"A","endpoint":"/A/B"})", "the endpoint");
    validate(R"({"name":"A","endpoint":"/"})", "the endpoint");
    validate(R"({"name":"A","endpoint":"/schemas"})", "the endpoint");
    validate(R"({"name":"A","endpoint":"/Me"})", "the endpoint");
    validate(R"({"name":"A","endpoint":"/A"},{"name":"A","endpoint":"/B"})", "Two resource types");        // S-RT-01
    validate(R"({"name":"A","endpoint":"/A"},{"name":"B","endpoint":"/A"})", "the same endpoint");         // S-RT-02
    validate(R"({"name":"A","endpoint":"/A","schemaExtensions":{}})", "must be a list");                   // S-RT-04
    validate(R"({"name":"A","endpoint":"/A","schemaExtensions":[{"schema":"urn:example:x"}]})",
             "required true or false");
    validate(R"({"name":"A","endpoint":"/A","schemaExtensions":[{"schema":"urn:no","required":true}]})", "no schema");
    validate(
        R"({"name":"A","endpoint":"/A","schemaExtensions":[{"schema":"URN:example:x","required":true}]})",
        "twice");
    const std::string detail = refusal(  // S-RT-03
        R"([{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"name":"A",
            "endpoint":"/A","schema":"urn:y"}])");
    EXPECT_EQ(detail, "Resource type A: there is no schema \"urn:y\".");
}

// S-ATTR-06, S-SCH-04
TEST(SchemaLoading, DefaultsAreAppliedAndPublished) {
    const auto loaded = Catalogue::load(documents_of("[" + std::string(kSchemaStart) + R"([{"name":"x"}]}])"));
    ASSERT_TRUE(loaded.has_value());
    EXPECT_EQ(json::serialize((*loaded)->schema_documents()[0]->at("attributes")),
              R"([{"name":"x","type":"string","multiValued":false,"description":"x","required":false,)"
              R"("caseExact":false,"mutability":"readWrite","returned":"default","uniqueness":"none"}])");
}

TEST(SchemaLoading, CharacteristicsThatDoNotApplyHaveNoEffect) {
    const auto loaded = Catalogue::load(documents_of("[" + std::string(kSchemaStart) + R"([
        {"name":"c","type":"complex","caseExact":true,"uniqueness":"server","subAttributes":[{"name":"$ref"}]},
        {"name":"b","type":"binary","caseExact":false,"uniqueness":"server"},
        {"name":"r","type":"reference","caseExact":false},
        {"name":"w","mutability":"writeOnly"}]}])"));
    ASSERT_TRUE(loaded.has_value());
    const Schema& schema = *(*loaded)->schemas()[0];
    EXPECT_EQ(schema.find("C")->uniqueness, Uniqueness::None);   // S-ATTR-09
    EXPECT_FALSE(schema.find("c")->case_exact);
    EXPECT_NE(schema.find("c")->find("$REF"), nullptr);          // S-ATTR-05
    EXPECT_TRUE(schema.find("b")->case_exact);                   // S-TYPE-11
    EXPECT_EQ(schema.find("b")->uniqueness, Uniqueness::None);
    EXPECT_TRUE(schema.find("r")->case_exact);                   // S-TYPE-15
    EXPECT_EQ(schema.find("w")->returned, Returned::Never);      // S-SCH-09
    const json::object& published = (*loaded)->schema_documents()[0]->at("attributes").at(0).as_object();
    EXPECT_FALSE(published.contains("uniqueness"));
    EXPECT_FALSE(published.contains("caseExact"));
}

// S-MV-05
TEST(SchemaLoading, MultiValuedComplexWithoutSubAttributesHasTheDefaultSet) {
    const Attribute* ports = device_type().schema->find("ports");
    ASSERT_NE(ports, nullptr);
    for (const std::string_view name : {"type", "primary", "display", "value", "$ref"}) {
        EXPECT_NE(ports->find(name), nullptr) << name;
    }
    EXPECT_EQ(ports->find("primary")->type, AttributeType::Boolean);
}

// S-COM-19
TEST(SchemaLoading, CommonAttributesKeepTheirCharacteristics) {
    const auto loaded = Catalogue::load(documents_of("[" + std::string(kSchemaStart) + R"([
        {"name":"ID","returned":"default","type":"integer"},{"name":"meta"}]}])"));
    ASSERT_TRUE(loaded.has_value());
    const Attribute* id = (*loaded)->schemas()[0]->find("id");
    EXPECT_EQ(id->name, "id");
    EXPECT_EQ(id->returned, Returned::Always);
    EXPECT_EQ(id->type, AttributeType::String);
    EXPECT_TRUE((*loaded)->schemas()[0]->find("meta")->is_complex());
}

// S-RES-17
TEST(SchemaLoading, RedefinitionsAreWarnings) {
    const auto loaded = Catalogue::load(documents_of(kTestDocuments));
    ASSERT_TRUE(loaded.has_value());
    EXPECT_EQ((*loaded)->warnings(),
              std::vector<std::string>{"The extension http://example.com/schemas/1.1/device of Device redefines "
                                       "\"displayName\"."});
    EXPECT_TRUE(Catalogue::standard()->warnings().empty());
}

void expect_complete(const json::array& attributes) {
    for (const json::value& value : attributes) {
        const json::object& attribute = value.as_object();
        const std::string name(attribute.at("name").as_string());
        for (const std::string_view key :
             {"type", "multiValued", "description", "required", "mutability", "returned"}) {
            EXPECT_TRUE(attribute.contains(key)) << name << " lacks " << key;
        }
        for (const auto& member : attribute) {
            EXPECT_FALSE(member.key().starts_with("x-")) << name;
            EXPECT_FALSE(member.value().is_null()) << name;
        }
        const bool is_complex = attribute.at("type") == "complex";
        EXPECT_EQ(attribute.contains("subAttributes"), is_complex) << name;
        EXPECT_EQ(attribute.contains("referenceTypes"), attribute.at("type") == "reference") << name;
        EXPECT_TRUE(attribute.at("type") != "string" || attribute.contains("caseExact")) << name;
        if (is_complex) {
            EXPECT_FALSE(attribute.contains("uniqueness")) << name;   // S-ATTR-09
            EXPECT_FALSE(attribute.contains("caseExact")) << name;
            expect_complete(attribute.at("subAttributes").as_array());
        }
    }
}

TEST(StandardCatalogue, PublishesCompleteDocuments) {
    const auto catalogue = Catalogue::standard();
    EXPECT_EQ(catalogue->schemas().size(), 6U);
    for (const auto& shared : catalogue->schema_documents()) {
        const json::object& document = *shared;
        EXPECT_EQ(document.at("schemas").at(0).as_string(), kSchemaUri);
        EXPECT_EQ(json::serialize(document.at("meta")), R"({"resourceType":"Schema"})");   // S-SCH-16
        expect_complete(document.at("attributes").as_array());
    }
    // What is published reads back as the same schema: nothing but our additions is lost.
    for (size_t i = 0; i < catalogue->schemas().size(); ++i) {
        const auto again = read_schema(*catalogue->schema_documents()[i]);
        ASSERT_TRUE(again.has_value()) << again.error().detail;
        EXPECT_EQ(publish_schema(**again), *catalogue->schema_documents()[i]);
    }
}

TEST(StandardCatalogue, HasUsersAndGroups) {
    const auto catalogue = Catalogue::standard();
    ASSERT_EQ(catalogue->types().size(), 2U);
    EXPECT_EQ(json::serialize(*catalogue->type_documents()[0]),
              R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"id":"User","name":"User",)"
              R"("description":"User Account","endpoint":"/Users",)"
              R"("schema":"urn:ietf:params:scim:schemas:core:2.0:User","schemaExtensions":[{"schema":)"
              R"("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User","required":false}],)"
              R"("meta":{"resourceType":"ResourceType"}})");
    EXPECT_EQ(catalogue->type_documents()[1]->at("schemaExtensions").as_array().size(), 0U);
    EXPECT_EQ(catalogue->type_at("/Groups"), catalogue->find_type("Group"));
    EXPECT_EQ(catalogue->type_at("/groups"), nullptr);
    EXPECT_EQ(catalogue->find_type("user"), nullptr);
    EXPECT_NE(catalogue->find_schema("URN:ietf:params:scim:schemas:core:2.0:user"), nullptr);
    EXPECT_TRUE(user_type().schema->find("userName")->indexed);
    EXPECT_EQ(user_type().schema->find("userName")->preparation, Preparation::UserName);
    EXPECT_TRUE(user_type().schema->find("emails")->find("value")->indexed);
    EXPECT_TRUE(user_type().schema->find("groups")->computed);
    EXPECT_TRUE(group_type().schema->find("members")->stored_as_rows);
    EXPECT_NE(user_type().find_extension("urn:IETF:params:scim:schemas:extension:enterprise:2.0:User"), nullptr);
    EXPECT_EQ(user_type().find_extension(kUser), nullptr);
}

class DirectoryOfSchemas : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "schemasXXXXXX").string();
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        directory_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }
    void write(const std::string& name, std::string_view content) {
        std::ofstream(directory_ / name, std::ios::binary) << content;
    }
    Result<std::shared_ptr<const Catalogue>> load() { return Catalogue::with_directory(directory_.string()); }
    std::filesystem::path directory_;
};

TEST_F(DirectoryOfSchemas, RefusesWhatItCannotUse) {
    EXPECT_FALSE(Catalogue::with_directory((directory_ / "missing").string()).has_value());
    write("a.json", "{");
    EXPECT_TRUE(load().error().detail.starts_with("File a.json: "));
    write("a.json", "[1]");
    EXPECT_FALSE(load().has_value());
    write("a.json", R"({"a":1,"a":2})");
    EXPECT_FALSE(load().has_value());
    write("a.json", json::serialize(*Catalogue::standard()->schema_documents()[0]));
    EXPECT_TRUE(load().error().detail.ends_with("is defined twice."));
}

// S-RES-16: a type is a file.
TEST_F(DirectoryOfSchemas, AddsTypes) {
    write("device.json", kTestDocuments);
    write("readme.txt", "no schema");
    const auto loaded = load();
    ASSERT_TRUE(loaded.has_value()) << loaded.error().detail;
    EXPECT_EQ((*loaded)->types().size(), 3U);
    EXPECT_NE((*loaded)->type_at("/Devices"), nullptr);
}

TEST_F(DirectoryOfSchemas, GivesStandardTypesMoreExtensions) {
    write("b.json", R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"name":"User",
        "endpoint":"/Users","schema":"urn:ietf:params:scim:schemas:core:2.0:User",
        "schemaExtensions":[{"schema":"urn:example:badge","required":true}]})");
    write("a.json", R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:example:badge",
        "name":"Badge","attributes":[{"name":"number"}]})");
    const auto loaded = load();
    ASSERT_TRUE(loaded.has_value()) << loaded.error().detail;
    const ResourceType* user = (*loaded)->find_type("User");
    ASSERT_EQ(user->extensions.size(), 1U);
    EXPECT_TRUE(user->extensions[0].required);
    write("c.json", R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"name":"User",
        "endpoint":"/People","schema":"urn:ietf:params:scim:schemas:core:2.0:User"})");
    EXPECT_FALSE(load().has_value());
}

}  // namespace
}  // namespace rollcall
