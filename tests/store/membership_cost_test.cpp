// P-PATCH-84: adding or removing a member never reads the list of members, so it costs the same in every
// group.
#include "directory/memberships.h"
#include "fixture.h"
#include "store/memory/tenant.h"

namespace rollcall::directory {
namespace {

using Kind = MembershipEdit::Kind;

// Counts how often the whole list is read.
class WatchedTenant : public store::memory::MemoryTenant {
public:
    using MemoryTenant::MemoryTenant;
    void members(ResourceId group, const std::function<void(const store::MemberRow&)>& visit) override {
        ++lists_read;
        MemoryTenant::members(group, visit);
    }
    int lists_read = 0;
};

class MembershipCost : public testing::Test {
protected:
    MembershipCost() {
        state_.data[1] = std::make_shared<store::memory::TenantData>();
        EXPECT_TRUE(tenant_.insert(group_));
        for (const char* name : {"ann", "bob", "cid"}) {
            users_.push_back(store::user_row(name));
            EXPECT_TRUE(tenant_.insert(users_.back()));
        }
        for (int i = 0; i < 2; ++i) tenant_.add_member(group_.id, store::member_of(users_[i]));
    }

    MembershipOutcome apply(const std::vector<MembershipEdit>& edits) {
        Context context{tenant_, caller_, policy_, store::catalogue(), {}, store::kNow};
        const auto outcome =
            apply_memberships(context, group_.id, *store::group_type().attribute_in_rows(), edits);
        EXPECT_TRUE(outcome.has_value());
        return outcome.value_or(MembershipOutcome{});
    }

    store::memory::State state_;
    WatchedTenant tenant_{state_, TenantId{1}, store::memory::MemoryTenant::Access::Write, true};
    store::ResourceRow group_ = store::group_row("staff");
    std::vector<store::ResourceRow> users_;
    Caller caller_ = Caller::operator_of(TenantId{1}, "acme");
    Policy policy_;
};

TEST_F(MembershipCost, OneMemberComesOrGoesWithoutTheList_P_PATCH_84) {
    EXPECT_TRUE(apply({{Kind::Add, {users_[2].id}}}).changed);
    EXPECT_TRUE(apply({{Kind::Remove, {users_[0].id}}}).changed);
    EXPECT_FALSE(apply({{Kind::Add, {users_[2].id}}}).changed);
    EXPECT_FALSE(apply({{Kind::Remove, {users_[0].id}}}).changed);
    EXPECT_EQ(tenant_.lists_read, 0);
    EXPECT_TRUE(apply({{Kind::RemoveAll}}).changed);
    EXPECT_EQ(tenant_.lists_read, 1);  // the event names those who went
    EXPECT_EQ(tenant_.member_count(group_.id), 0);
}

TEST_F(MembershipCost, WhatGoesAndComesBackIsNoChange_P_PATCH_34) {
    EXPECT_FALSE(apply({{Kind::Remove, {users_[0].id}}, {Kind::Add, {users_[0].id}}}).changed);
    EXPECT_FALSE(apply({{Kind::Add, {users_[2].id}}, {Kind::Remove, {users_[2].id}}}).changed);
    EXPECT_EQ(tenant_.lists_read, 0);
    EXPECT_FALSE(apply({{Kind::RemoveAll}, {Kind::Add, {users_[1].id, users_[0].id}}}).changed);
    EXPECT_FALSE(apply({{Kind::Add, {users_[2].id}},
                        {Kind::RemoveAll},
                        {Kind::Add, {users_[0].id}},
                        {Kind::Add, {users_[1].id}}})
                     .changed);
    EXPECT_TRUE(apply({{Kind::RemoveAll}, {Kind::Add, {users_[0].id}}}).changed);
    EXPECT_TRUE(apply({{Kind::Add, {users_[1].id}}, {Kind::RemoveAll}}).changed);
    EXPECT_FALSE(apply({{Kind::Add, {users_[2].id}}, {Kind::RemoveAll}}).changed);
}

}  // namespace
}  // namespace rollcall::directory
