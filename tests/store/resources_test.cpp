// Resources: rows come back as they went in, unique is unique, erasing leaves nothing behind.
#include <thread>

#include "fixture.h"

namespace rollcall::store {
namespace {

class Resources : public EngineTest {};
FOR_EVERY_ENGINE(Resources);

void expect_same(const ResourceRow& a, const ResourceRow& b) {
    EXPECT_EQ(a.type, b.type);
    EXPECT_EQ(a.id, b.id);
    EXPECT_EQ(a.document, b.document);
    EXPECT_EQ(a.user_name_key, b.user_name_key);
    EXPECT_EQ(a.external_id, b.external_id);
    EXPECT_EQ(a.display, b.display);
    EXPECT_EQ(a.active, b.active);
    EXPECT_EQ(a.created, b.created);
    EXPECT_EQ(a.last_modified, b.last_modified);
    EXPECT_EQ(a.version, b.version);
    EXPECT_EQ(a.manager, b.manager);
    EXPECT_EQ(a.plain, b.plain);
}

ResourceRow rich_user() {
    auto row = make_row(user_type(), ResourceId::create(),
                        R"({"externalId":"X-1","userName":"Bjensen","active":false,
        "displayName":"Babs","emails":[{"value":"B@example.com","type":"work"},{"value":"b@home.test"}],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"someone"}}})");
    row.version = 7;
    row.created = Instant{1};
    row.last_modified = Instant{2};
    row.plain = false;
    return row;
}

TEST_P(Resources, ComeBackAsTheyWentIn) {
    const auto row = rich_user();
    ASSERT_FALSE(row.indexed.empty());
    add(row);
    const auto found = read().find("User", row.id);
    ASSERT_TRUE(found);
    expect_same(*found, row);
    EXPECT_TRUE(found->indexed.empty());
    EXPECT_FALSE(read().find("Group", row.id));
    EXPECT_FALSE(read().find("User", ResourceId::create()));
}

TEST_P(Resources, EmptyColumnsComeBackEmpty) {
    const auto row = group_row("Tour Guides");
    add(row);
    expect_same(*read().find("Group", row.id), row);
}

TEST_P(Resources, AreFoundWhateverTheirType) {
    const auto user = user_row("ann");
    const auto group = group_row("Guides");
    add(user);
    add(group);
    EXPECT_EQ(read().find_any(user.id)->type, "User");
    EXPECT_EQ(read().find_any(group.id)->type, "Group");
    EXPECT_EQ(read().find_any(group.id)->display, "Guides");
    EXPECT_FALSE(read().find_any(ResourceId::create()));
}

TEST_P(Resources, UpdateReplacesEverythingButIdentity) {
    auto row = rich_user();
    add(row);
    auto after = make_row(user_type(), row.id, R"({"userName":"bj2","active":true})");
    after.version = 8;
    after.created = Instant{99};
    write([&](TenantTransaction& tenant) { EXPECT_TRUE(tenant.update(after)); });
    after.created = row.created;
    expect_same(*read().find("User", row.id), after);
    EXPECT_EQ(query(user_type(), R"(emails.value eq "b@example.com")").total, 0);
    EXPECT_EQ(query(user_type(), R"(userName eq "BJ2")").total, 1);
    EXPECT_EQ(query(user_type(), R"(externalId eq "X-1")").total, 0);
}

// P13: the key decides, and the detail names the attribute but never the value.
TEST_P(Resources, P13_UserNameIsUniqueInTheTenant) {
    add(user_row("straße"));
    write([&](TenantTransaction& tenant) {
        const auto refused = tenant.insert(user_row("STRASSE"));
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind, ErrorKind::Uniqueness);
        EXPECT_NE(refused.error().detail.find("userName"), std::string::npos);
        EXPECT_EQ(refused.error().detail.find("STRASSE"), std::string::npos);
    });
    auto other = user_row("other");
    add(other);
    write([&](TenantTransaction& tenant) {
        auto renamed = make_row(user_type(), other.id, R"({"userName":"strasse","active":true})");
        EXPECT_FALSE(tenant.update(renamed));
        // To its own name, in other letters, it may be renamed.
        EXPECT_TRUE(tenant.update(make_row(user_type(), other.id, R"({"userName":"OTHER","active":true})")));
    });
    Query all;
    all.types = {{&user_type(), nullptr}};
    EXPECT_EQ(query(all).total, 2);
}

TEST_P(Resources, P13_UniqueValuesAreUniqueWithinTheType) {
    auto first = group_row("Guides");
    first.indexed.push_back({"displayName", "guides", true});
    add(first);
    auto second = group_row("GUIDES");
    second.indexed.push_back({"displayName", "guides", true});
    auto user = make_row(user_type(), ResourceId::create(),
                         R"({"userName":"u","active":true,"displayName":"Guides"})");
    user.indexed.push_back({"displayName", "guides", true});
    write([&](TenantTransaction& tenant) {
        const auto refused = tenant.insert(second);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind, ErrorKind::Uniqueness);
        EXPECT_NE(refused.error().detail.find("displayName"), std::string::npos);
        EXPECT_TRUE(tenant.insert(user));
    });
    EXPECT_FALSE(read().find("Group", second.id));
    // Once the first has let go of the value, another may have it.
    auto renamed = make_row(group_type(), first.id, R"({"displayName":"Others"})");
    renamed.indexed.push_back({"displayName", "others", true});
    write([&](TenantTransaction& tenant) {
        EXPECT_TRUE(tenant.update(renamed));
        EXPECT_TRUE(tenant.insert(second));
        EXPECT_TRUE(tenant.erase("Group", second.id, kNow));
    });
    auto third = group_row("gUIDES");
    third.indexed.push_back({"displayName", "guides", true});
    add(third);
}

TEST_P(Resources, P13_AnIdIsGivenOnce) {
    const auto row = group_row("A");
    add(row);
    write([&](TenantTransaction& tenant) { EXPECT_FALSE(tenant.insert(row)); });
}

TEST_P(Resources, RefusedInsertLeavesNothing) {
    auto taken = user_row("taken");
    add(taken);
    auto row = make_row(user_type(), ResourceId::create(),
                        R"({"userName":"Taken","active":true,"emails":[{"value":"x@y.test"}]})");
    write([&](TenantTransaction& tenant) { EXPECT_FALSE(tenant.insert(row)); });
    EXPECT_FALSE(read().find("User", row.id));
    EXPECT_EQ(query(user_type(), R"(emails.value eq "x@y.test")").total, 0);
}

// S-GROUP-12.
TEST_P(Resources, EraseLeavesGroupsWithANewVersion) {
    const auto user = user_row("ann");
    const auto group = group_row("A");
    const auto untouched = group_row("B");
    add(user);
    add(group);
    add(untouched);
    write([&](TenantTransaction& tenant) { tenant.add_member(group.id, member_of(user)); });
    const Instant later{kNow.ms + 5'000};
    write([&](TenantTransaction& tenant) {
        EXPECT_FALSE(tenant.erase("Group", user.id, later));
        EXPECT_TRUE(tenant.erase("User", user.id, later));
        EXPECT_FALSE(tenant.erase("User", user.id, later));
    });
    EXPECT_FALSE(read().find("User", user.id));
    EXPECT_EQ(read().member_count(group.id), 0);
    EXPECT_EQ(read().find("Group", group.id)->version, 2);
    EXPECT_EQ(read().find("Group", group.id)->last_modified, later);
    EXPECT_EQ(read().find("Group", untouched.id)->version, 1);
    add(user_row("ann"));  // the name is free again
}

TEST_P(Resources, ErasedGroupIsNobodysGroup) {
    const auto user = user_row("ann");
    const auto group = group_row("A");
    add(user);
    add(group);
    write([&](TenantTransaction& tenant) {
        tenant.add_member(group.id, member_of(user));
        EXPECT_TRUE(tenant.erase("Group", group.id, kNow));
    });
    EXPECT_TRUE(read().groups_of(user.id).empty());
    EXPECT_EQ(read().find("User", user.id)->version, 1);
}

TEST_P(Resources, TenantsAreApart) {
    const auto row = user_row("ann");
    add(row);
    const auto other = make_tenant(store(), "other");
    auto& theirs = reading(store(), other);
    EXPECT_FALSE(theirs.find("User", row.id));
    EXPECT_FALSE(theirs.find_any(row.id));
    Query all;
    all.types = {{&user_type(), nullptr}};
    EXPECT_EQ(theirs.query(all)->total, 0);
    change(store(), other, [&](TenantTransaction& tenant) {
        EXPECT_FALSE(tenant.erase("User", row.id, kNow));
        EXPECT_TRUE(tenant.insert(user_row("ann")));  // names are unique in a tenant, not among tenants
    });
}

TEST_P(Resources, ReadersCannotWrite) {
    EXPECT_THROW((void)read().insert(user_row("x")), std::logic_error);
    EXPECT_THROW(read().append_outbox({kNow, "create", "User", ResourceId::create(), 1}), std::logic_error);
    EXPECT_THROW(store().read().append_audit({}, {}), std::logic_error);
    EXPECT_THROW(store().read().mark(), std::logic_error);
}

// P13: sixteen clients post the same name at once; exactly one wins, every time.
TEST_P(Resources, P13_OneOfManyWritersWins) {
    for (int round = 0; round < 10; ++round) {
        std::atomic<int> winners{0};
        std::vector<std::thread> threads;
        for (int i = 0; i < 16; ++i) {
            threads.emplace_back([&, i] {
                const auto row = user_row((i % 2 ? "Same" : "sAME") + std::to_string(round));
                write([&](TenantTransaction& tenant) { winners += tenant.insert(row) ? 1 : 0; });
                store().end_read();
            });
        }
        for (auto& thread : threads) thread.join();
        EXPECT_EQ(winners, 1);
    }
}

}  // namespace
}  // namespace rollcall::store
