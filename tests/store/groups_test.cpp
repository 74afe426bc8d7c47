// What is kept beside groups and members, and goes with them.
#include "fixture.h"

namespace rollcall::store {
namespace {

class Groups : public EngineTest {};
FOR_EVERY_ENGINE(Groups);

TEST_P(Groups, PLU05_HaveAStateThatGoesWithThem) {
    const auto group = group_row("staff");
    const auto owner = user_row("ann");
    write([&](TenantTransaction& tenant) {
        ASSERT_TRUE(tenant.insert(group));
        ASSERT_TRUE(tenant.insert(owner));
        EXPECT_EQ(tenant.find_group_state(group.id), (GroupState{group.id, "api", {}, true}));
        EXPECT_FALSE(tenant.find_group_state(owner.id));
        tenant.put_group_state({group.id, "api", owner.id, false});
    });
    EXPECT_EQ(read().find_group_state(group.id), (GroupState{group.id, "api", owner.id, false}));
    write([&](TenantTransaction& tenant) {
        tenant.put_group_state({group.id, "api", owner.id, true});
        EXPECT_TRUE(tenant.erase("User", owner.id, kNow));
    });
    EXPECT_EQ(read().find_group_state(group.id), (GroupState{group.id, "api", {}, true}));
    write([&](TenantTransaction& tenant) { EXPECT_TRUE(tenant.erase("Group", group.id, kNow)); });
    EXPECT_FALSE(read().find_group_state(group.id));
}

TEST_P(Groups, PLU04_GrantsAreReplacedAsAWholeAndGoWithTheirSubject) {
    const auto group = group_row("staff");
    write([&](TenantTransaction& tenant) {
        ASSERT_TRUE(tenant.insert(group));
        EXPECT_TRUE(tenant.grants_of(group.id).empty());
        tenant.replace_grants(group.id, {{"org:acme", ScopeAccess::Write}, {"global", ScopeAccess::Read}});
    });
    EXPECT_EQ(read().grants_of(group.id),
              (std::vector<ScopeGrant>{{"global", ScopeAccess::Read}, {"org:acme", ScopeAccess::Write}}));
    write([&](TenantTransaction& tenant) { tenant.replace_grants(group.id, {{"global", ScopeAccess::Write}}); });
    EXPECT_EQ(read().grants_of(group.id), (std::vector<ScopeGrant>{{"global", ScopeAccess::Write}}));
    write([&](TenantTransaction& tenant) { EXPECT_TRUE(tenant.erase("Group", group.id, kNow)); });
    EXPECT_TRUE(read().grants_of(group.id).empty());
}

}  // namespace
}  // namespace rollcall::store
