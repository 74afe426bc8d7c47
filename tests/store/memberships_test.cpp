// Memberships: one row per member, seen from both sides, through groups in groups.
#include "fixture.h"

namespace rollcall::store {
namespace {

class Memberships : public EngineTest {
protected:
    std::vector<MemberRow> members_of(ResourceId group) {
        std::vector<MemberRow> found;
        read().members(group, [&](const MemberRow& member) { found.push_back(member); });
        return found;
    }
};
FOR_EVERY_ENGINE(Memberships);

TEST_P(Memberships, AreAddedAndRemovedOnce) {
    const auto user = user_row("ann");
    const auto group = group_row("A");
    add(user);
    add(group);
    write([&](TenantTransaction& tenant) {
        EXPECT_TRUE(tenant.add_member(group.id, member_of(user)));
        EXPECT_FALSE(tenant.add_member(group.id, member_of(user)));
    });
    EXPECT_TRUE(read().has_member(group.id, user.id));
    EXPECT_FALSE(read().has_member(user.id, group.id));
    EXPECT_EQ(read().member_count(group.id), 1);
    write([&](TenantTransaction& tenant) {
        EXPECT_TRUE(tenant.remove_member(group.id, user.id));
        EXPECT_FALSE(tenant.remove_member(group.id, user.id));
    });
    EXPECT_FALSE(read().has_member(group.id, user.id));
    EXPECT_EQ(read().member_count(group.id), 0);
    EXPECT_EQ(read().member_count(ResourceId::create()), 0);
}

TEST_P(Memberships, AreListedInOrderOfId) {
    const auto group = group_row("A");
    add(group);
    std::vector<ResourceId> expected;
    write([&](TenantTransaction& tenant) {
        for (const uint64_t number : {5, 1, 9, 3, 7}) {
            auto user = make_row(user_type(), numbered_id(number),
                                 R"({"userName":"u)" + std::to_string(number) + R"(","active":true})");
            EXPECT_TRUE(tenant.insert(user));
            tenant.add_member(group.id, member_of(user));
            expected.push_back(user.id);
        }
    });
    std::sort(expected.begin(), expected.end());
    const auto found = members_of(group.id);
    ASSERT_EQ(found.size(), 5U);
    for (size_t i = 0; i < 5; ++i) EXPECT_EQ(found[i].id, expected[i]);
    EXPECT_EQ(found[0].type, "User");
    EXPECT_EQ(found[0].display, "u1");
    write([&](TenantTransaction& tenant) { EXPECT_EQ(tenant.remove_all_members(group.id), 5); });
    EXPECT_EQ(members_of(group.id).size(), 0U);
    EXPECT_EQ(read().member_count(group.id), 0);
}

TEST_P(Memberships, ListsMayBeNested) {
    const auto outer = group_row("outer");
    const auto inner = group_row("inner");
    const auto user = user_row("ann");
    add(outer);
    add(inner);
    add(user);
    write([&](TenantTransaction& tenant) {
        tenant.add_member(outer.id, member_of(inner));
        tenant.add_member(inner.id, member_of(user));
    });
    std::vector<std::string> seen;
    read().members(outer.id, [&](const MemberRow& group) {
        seen.push_back(group.display);
        read().members(group.id, [&](const MemberRow& member) { seen.push_back(member.display); });
    });
    EXPECT_EQ(seen, (std::vector<std::string>{"inner", "ann"}));
}

TEST_P(Memberships, DisplayFollowsTheMember) {
    const auto user = user_row("ann");
    const auto group = group_row("A");
    add(user);
    add(group);
    write([&](TenantTransaction& tenant) {
        tenant.add_member(group.id, member_of(user));
        EXPECT_TRUE(tenant.update(
            make_row(user_type(), user.id, R"({"userName":"ann","active":true,"displayName":"Ann Smith"})")));
        EXPECT_TRUE(tenant.update(make_row(group_type(), group.id, R"({"displayName":"Renamed"})")));
    });
    EXPECT_EQ(members_of(group.id).at(0).display, "Ann Smith");
    EXPECT_EQ(read().groups_of(user.id).at(0).display, "Renamed");
    EXPECT_EQ(read().member_count(group.id), 1);
}

// S-USER-23: user in a; a in b; b in c; user in c too.
TEST_P(Memberships, GroupsAreDirectOrIndirect) {
    const auto user = user_row("ann");
    std::vector<ResourceRow> groups;
    for (uint64_t i = 0; i < 4; ++i) {
        groups.push_back(
            make_row(group_type(), numbered_id(10 - i), R"({"displayName":"g)" + std::to_string(i) + "\"}"));
        add(groups.back());
    }
    add(user);
    write([&](TenantTransaction& tenant) {
        tenant.add_member(groups[0].id, member_of(user));
        tenant.add_member(groups[1].id, member_of(groups[0]));
        tenant.add_member(groups[2].id, member_of(groups[1]));
        tenant.add_member(groups[2].id, member_of(user));
    });
    const auto found = read().groups_of(user.id);
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].display, "g2");
    EXPECT_TRUE(found[0].direct);
    EXPECT_EQ(found[1].display, "g0");
    EXPECT_TRUE(found[1].direct);
    EXPECT_EQ(found[2].display, "g1");
    EXPECT_FALSE(found[2].direct);
    EXPECT_TRUE(read().groups_of(groups[3].id).empty());
}

TEST_P(Memberships, GroupsOfEachAreGroupsOfOne) {
    std::vector<ResourceRow> users;
    std::vector<ResourceId> ids;
    for (int i = 0; i < 40; ++i) {
        users.push_back(user_row("each" + std::to_string(i)));
        add(users.back());
        ids.push_back(users.back().id);
    }
    std::vector<ResourceRow> groups;
    for (int i = 0; i < 6; ++i) {
        groups.push_back(group_row("each group " + std::to_string(i)));
        add(groups.back());
    }
    write([&](TenantTransaction& tenant) {
        tenant.add_member(groups[5].id, member_of(groups[0]));
        for (size_t i = 0; i < users.size(); ++i) {
            for (size_t group = 0; group < 5; ++group) {
                if (i % (group + 2) == 0) tenant.add_member(groups[group].id, member_of(users[i]));
            }
        }
    });
    const auto agrees = [&](const std::vector<ResourceId>& members) {
        const auto each = read().groups_of_each(members);
        ASSERT_EQ(each.size(), members.size());
        for (size_t i = 0; i < members.size(); ++i) {
            const auto one = read().groups_of(members[i]);
            ASSERT_EQ(each[i].size(), one.size());
            for (size_t group = 0; group < one.size(); ++group) {
                EXPECT_EQ(each[i][group].id, one[group].id);
                EXPECT_EQ(each[i][group].display, one[group].display);
                EXPECT_EQ(each[i][group].direct, one[group].direct);
            }
        }
    };
    agrees({});
    agrees(ids);
    agrees({ids.rbegin(), ids.rend()});          // not in order
    agrees({ids[0], ids[1], ids[38], ids[39]});  // few, far apart: others' rows in between
}

// P16: what refuses cycles asks this.
TEST_P(Memberships, P16_Reaches) {
    std::vector<ResourceRow> chain;
    for (int i = 0; i < 16; ++i) {
        chain.push_back(group_row("g" + std::to_string(i)));
        add(chain.back());
    }
    write([&](TenantTransaction& tenant) {
        for (size_t i = 0; i + 1 < chain.size(); ++i) tenant.add_member(chain[i].id, member_of(chain[i + 1]));
    });
    EXPECT_TRUE(read().reaches(chain[0].id, chain[15].id));
    EXPECT_TRUE(read().reaches(chain[3].id, chain[3].id));
    EXPECT_FALSE(read().reaches(chain[15].id, chain[0].id));
    EXPECT_FALSE(read().reaches(chain[0].id, ResourceId::create()));
    using Nesting = TenantTransaction::Nesting;
    EXPECT_EQ(read().nesting(chain[0].id, Nesting::Below, 100), 15);
    EXPECT_EQ(read().nesting(chain[15].id, Nesting::Above, 100), 15);
    EXPECT_EQ(read().nesting(chain[5].id, Nesting::Above, 100), 5);
    EXPECT_EQ(read().nesting(chain[5].id, Nesting::Below, 3), 3);
    EXPECT_EQ(read().nesting(ResourceId::create(), Nesting::Below, 3), 0);
    // Cycles, where a tenant allows them, do no harm.
    write([&](TenantTransaction& tenant) { tenant.add_member(chain[15].id, member_of(chain[0])); });
    EXPECT_TRUE(read().reaches(chain[15].id, chain[0].id));
    EXPECT_EQ(read().groups_of(chain[0].id).size(), 15U);
}

TEST_P(Memberships, FiltersGoThroughGroups) {
    const auto ann = user_row("ann");
    const auto bob = user_row("bob");
    const auto outer = group_row("outer");
    const auto inner = group_row("inner");
    for (const auto& row : {ann, bob, outer, inner}) add(row);
    write([&](TenantTransaction& tenant) {
        tenant.add_member(outer.id, member_of(inner));
        tenant.add_member(inner.id, member_of(ann));
        tenant.add_member(outer.id, member_of(bob));
    });
    EXPECT_EQ(query(user_type(), "groups.value eq \"" + outer.id.text() + "\"").total, 2);
    EXPECT_EQ(query(user_type(), "groups.value eq \"" + inner.id.text() + "\"").total, 1);
    EXPECT_EQ(query(user_type(), "groups[value eq \"" + outer.id.text() + "\" and type eq \"direct\"]").total,
              1);
    EXPECT_EQ(query(user_type(), "groups.value eq \"nobody\"").total, 0);
    EXPECT_EQ(query(user_type(), "groups.display eq \"INNER\"").total, 1);
    EXPECT_EQ(query(group_type(), "members.value eq \"" + ann.id.text() + "\"").total, 1);
    EXPECT_EQ(query(group_type(), "members[type eq \"Group\"]").total, 1);
    EXPECT_EQ(
        query(group_type(), "members.$ref eq \"https://other.test/v2/Users/" + bob.id.text() + "\"").total,
        1);
    EXPECT_EQ(query(user_type(), "groups pr").total, 2);
}

}  // namespace
}  // namespace rollcall::store
