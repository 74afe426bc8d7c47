// Bulk on every engine: circles of any length, policies of circles, failures of the store. What one client
// sees of Bulk is in tests/behaviour.
#include "in_process.h"

namespace rollcall::test {
namespace {

using http::Method;

constexpr std::string_view kUser = "urn:ietf:params:scim:schemas:core:2.0:User";
constexpr std::string_view kGroup = "urn:ietf:params:scim:schemas:core:2.0:Group";
constexpr std::string_view kEnterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

json::object post_user(const std::string& name, const std::string& manager = {}) {
    json::object data{{"schemas", json::array{kUser}}, {"userName", name}};
    if (!manager.empty()) data[kEnterprise] = json::object{{"manager", json::object{{"value", manager}}}};
    return {{"method", "POST"}, {"path", "/Users"}, {"bulkId", name}, {"data", std::move(data)}};
}

json::object post_group(const std::string& name, const std::vector<std::string>& members) {
    json::array list;
    for (const auto& member : members) list.push_back(json::object{{"value", member}});
    json::object data{{"schemas", json::array{kGroup}}, {"displayName", name}, {"members", std::move(list)}};
    return {{"method", "POST"}, {"path", "/Groups"}, {"bulkId", name}, {"data", std::move(data)}};
}

std::string bulk_of(json::array operations) {
    json::object message;
    message["schemas"] = json::array{"urn:ietf:params:scim:api:messages:2.0:BulkRequest"};
    message["Operations"] = std::move(operations);
    return to_json(message);
}

// "201 201 409"
std::string statuses(const Reply& reply) {
    std::string out;
    const auto document = reply.document();
    for (const auto& result : document.at("Operations").as_array()) {
        if (!out.empty()) out += ' ';
        out += std::string_view(result.at("status").as_string());
    }
    return out;
}

std::string repeated(std::string_view status, size_t count) {
    std::string out;
    for (size_t i = 0; i < count; ++i) out.append(i == 0 ? "" : " ").append(status);
    return out;
}

class BulkOnEngine : public testing::TestWithParam<std::string_view> {
protected:
    InProcess server{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Engines, BulkOnEngine, testing::Values("memory", "sqlite"),
                         [](const auto& engine) { return std::string(engine.param); });

TEST_P(BulkOnEngine, CirclesOfAnyLengthAreMade) {
    const auto token = server.tenant("acme");
    for (const size_t length : {1, 2, 3, 17, 60}) {
        const auto n = std::to_string(length);
        json::array groups, users, mixed;
        for (size_t i = 0; i < length; ++i) {
            const auto next = std::to_string((i + 1) % length);
            const auto own = n + "-" + std::to_string(i);
            groups.push_back(post_group("g" + own, {"bulkId:g" + n + "-" + next}));
            users.push_back(post_user("u" + own, "bulkId:u" + n + "-" + next));
            mixed.push_back(i % 2 == 0 ? post_group("m" + own, {"bulkId:m" + n + "-" + next})
                                       : post_user("m" + own, "bulkId:m" + n + "-" + next));
        }
        for (const auto& operations : {groups, users, mixed}) {
            const auto reply = server.send(token, Method::Post, "/Bulk", bulk_of(operations));
            ASSERT_EQ(reply.status, 200) << reply.body;
            EXPECT_EQ(statuses(reply), repeated("201", length)) << reply.body;
        }
        const auto found =
            server.send(token, Method::Get, "/Groups?filter=displayName%20sw%20%22g" + n + "-%22&count=200");
        const auto listed = found.document();
        for (const auto& group : listed.at("Resources").as_array()) {
            EXPECT_EQ(group.at("members").as_array().size(), 1);
            EXPECT_EQ(group.at("meta").at("version"), "W/\"1\"");
        }
        EXPECT_EQ(found.document().at("totalResults").as_int64(), static_cast<int64_t>(length));
    }
    EXPECT_EQ(server.verify(), "");
}

TEST_P(BulkOnEngine, OneFaultUndoesItsCircleAndNothingElse) {
    const auto token = server.tenant("acme");
    json::array operations;
    for (int i = 0; i < 40; ++i) {
        operations.push_back(
            post_group("g" + std::to_string(i), {"bulkId:g" + std::to_string((i + 1) % 40)}));
    }
    operations[20].as_object()["data"].as_object().erase("displayName");
    operations.push_back(post_user("alone"));
    const auto reply = server.send(token, Method::Post, "/Bulk", bulk_of(operations));
    EXPECT_EQ(statuses(reply), repeated("400", 40) + " 201");
    EXPECT_EQ(server.send(token, Method::Get, "/Groups").document().at("totalResults"), 0);
    EXPECT_EQ(server.send(token, Method::Get, "/Users").document().at("totalResults"), 1);
    EXPECT_EQ(server.verify(), "");
}

TEST_P(BulkOnEngine, PolicyDecidesAboutCirclesOfGroups) {
    const std::tuple<const char*, GroupCycles, const char*, const char*> rows[] = {
        {"refuse", GroupCycles::Refuse, "400 400 201", "400"},
        {"whole", GroupCycles::Whole, "201 201 201", "400"},
        {"allow", GroupCycles::Allow, "201 201 201", "204"}};
    for (const auto& [slug, cycles, circle, later] : rows) {
        Policy policy;
        policy.group_cycles = cycles;
        const auto token = server.tenant(slug, policy);
        const auto made = server.send(
            token, Method::Post, "/Bulk",
            bulk_of({post_group("a", {"bulkId:b"}), post_group("b", {"bulkId:a"}), post_group("old", {})}));
        EXPECT_EQ(statuses(made), circle) << slug;
        // Closing a circle over a group that was there before.
        const auto found =
            server.send(token, Method::Get, "/Groups?filter=displayName%20eq%20%22old%22").document();
        const std::string old(found.at("Resources").at(0).at("id").as_string());
        json::object add{{"op", "add"},
                         {"path", "members"},
                         {"value", json::array{json::object{{"value", "bulkId:new"}}}}};
        json::object patch{{"schemas", json::array{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}},
                           {"Operations", json::array{add}}};
        json::object close{{"method", "PATCH"}, {"path", "/Groups/" + old}, {"data", patch}};
        const auto closed =
            server.send(token, Method::Post, "/Bulk", bulk_of({post_group("new", {old}), close}));
        EXPECT_EQ(statuses(closed), std::string("201 ") + later) << slug;
    }
    EXPECT_EQ(server.verify(), "");
}

TEST_P(BulkOnEngine, WalksOfCirclesEnd) {
    const auto token = server.tenant("acme");
    // Every group contains every group, and a user.
    constexpr int kGroups = 12;
    json::array operations{post_user("ann")};
    std::vector<std::string> all{"bulkId:ann"};
    for (int i = 0; i < kGroups; ++i) all.push_back("bulkId:g" + std::to_string(i));
    for (int i = 0; i < kGroups; ++i) operations.push_back(post_group("g" + std::to_string(i), all));
    ASSERT_EQ(statuses(server.send(token, Method::Post, "/Bulk", bulk_of(operations))),
              repeated("201", kGroups + 1));
    const auto ann = server.send(token, Method::Get, "/Users").document().at("Resources").at(0);
    EXPECT_EQ(ann.at("groups").as_array().size(), kGroups);
    const auto listed = server.send(token, Method::Get, "/Groups").document();
    for (const auto& group : listed.at("Resources").as_array()) {
        const auto gone =
            server.send(token, Method::Delete, "/Groups/" + std::string(group.at("id").as_string()));
        EXPECT_EQ(gone.status, 204);
    }
    const auto left = server.send(token, Method::Get, "/Users").document().at("Resources").at(0).as_object();
    EXPECT_FALSE(left.contains("groups"));
    EXPECT_EQ(server.verify(), "");
}

TEST_P(BulkOnEngine, NestingIsLimitedInABulkToo) {
    const auto token = server.tenant("acme");
    json::array operations{post_group("g0", {})};
    for (int i = 1; i < 18; ++i) {
        operations.push_back(post_group("g" + std::to_string(i), {"bulkId:g" + std::to_string(i - 1)}));
    }
    const auto reply = server.send(token, Method::Post, "/Bulk", bulk_of(operations));
    EXPECT_EQ(statuses(reply), repeated("201", 16) + " 400 400");
}

}  // namespace
}  // namespace rollcall::test
