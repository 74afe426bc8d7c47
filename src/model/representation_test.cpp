// The text of a representation is the text of its tree, byte for byte.
#include "model/representation.h"

#include <gtest/gtest.h>

#include "model/resource.h"

namespace rollcall {
namespace {

constexpr const char* kEnterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

void same_bytes(std::string_view attributes, std::optional<std::string_view> manager_display) {
    const auto catalogue = Catalogue::standard();
    const auto& type = *catalogue->find_type("User");
    const auto id = ResourceId::create();
    const std::string document = make_document(type, id, json::parse(attributes).as_object());
    const std::vector<ShownGroup> groups = {{ResourceId::create(), "Tour \"Guides\"", true},
                                            {ResourceId::create(), "", false}};
    Shown shown{catalogue.get(), &type, id, document, Instant{1}, Instant{1'700'000'000'123}, 7, "https://x/scim/v2"};
    shown.groups = &groups;
    shown.has_manager = attributes.find("manager") != std::string_view::npos;
    shown.manager_display = manager_display;
    std::string text;
    append_representation(shown, text);
    EXPECT_EQ(text, to_json(complete_representation(shown)));
    EXPECT_TRUE(json::parse(text).is_object());
}

TEST(Representation, TextIsTree) {
    const std::string id = ResourceId::create().text();
    const auto managed = [&](const std::string& before, const std::string& after) {
        return R"({"userName":"a\"manager\":{\"value\":\"x","title":"}",")" + std::string(kEnterprise) + "\":{" + before +
               R"("manager":{"value":")" + id + "\"}" + after + "}}";
    };
    same_bytes(R"({"userName":"a"})", std::nullopt);
    same_bytes(managed("", ""), "Boss \"B\"");
    same_bytes(managed("", ""), "");
    same_bytes(managed("", ""), std::nullopt);
    same_bytes(managed(R"("department":"\"manager\":{\"value\":\"",)", ""), "Boss");
    same_bytes(R"({"userName":"a",")" + std::string(kEnterprise) + R"(":{"manager":{"value":"not an id"}}})", "Boss");
}

}  // namespace
}  // namespace rollcall
