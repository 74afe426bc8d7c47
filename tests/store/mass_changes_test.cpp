// Losses, mass changes and what their guard remembers.
#include "fixture.h"

namespace rollcall::store {
namespace {

class MassChanges : public EngineTest {
protected:
    static Loss loss_at(int64_t ms, int64_t weight) {
        Loss loss;
        loss.time = Instant{ms};
        loss.target = numbered_id(static_cast<uint64_t>(ms));
        loss.weight = weight;
        loss.image = R"({"member":{"role":"member"}})";
        return loss;
    }
    static MassChange change_at(int64_t ms) {
        MassChange change;
        change.id = MassChangeId{numbered_id(static_cast<uint64_t>(ms)).bytes};
        change.first = Instant{ms};
        change.noticed = Instant{ms + 1};
        change.due = Instant{ms + 2};
        change.losses = 26;
        change.members = 100;
        return change;
    }
    Result<void> add(Loss loss) {
        write([&](TenantTransaction& tenant) { tenant.append_loss(loss); });
        return {};
    }
};
FOR_EVERY_ENGINE(MassChanges);

TEST_P(MassChanges, T66_LossesAreNumberedAndSummedByTime) {
    Loss odd = loss_at(300, 7);
    odd.kind = Loss::Kind::GroupDeletion;
    odd.version = 4;
    odd.waits = true;
    odd.credential = CredentialId::create();
    odd.address = "192.0.2.1";
    write([&](TenantTransaction& tenant) {
        EXPECT_EQ(tenant.losses_after(Instant{0}), 0);
        Loss first = loss_at(100, 1), second = loss_at(200, 2);
        tenant.append_loss(first);
        tenant.append_loss(second);
        tenant.append_loss(odd);
        EXPECT_EQ(first.seq, 1);
        EXPECT_EQ(odd.seq, 3);
    });
    EXPECT_EQ(read().losses_after(Instant{0}), 10);
    EXPECT_EQ(read().losses_after(Instant{100}), 9);
    EXPECT_EQ(read().losses_after(Instant{299}), 7);
    EXPECT_EQ(read().losses_after(Instant{300}), 0);
    const auto all = read().losses(0, 10);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[2], odd);
    EXPECT_EQ(read().losses(1, 1).front().seq, 2);
    ASSERT_EQ(read().losses_before(3, 10).size(), 2U);
    EXPECT_EQ(read().losses_before(3, 10).front().seq, 2);
    EXPECT_EQ(read().losses_before(10, 1).front(), odd);
}

TEST_P(MassChanges, T66_LossesNeverGoBackInTime) {
    write([&](TenantTransaction& tenant) {
        Loss late = loss_at(500, 1), early = loss_at(100, 1);
        tenant.append_loss(late);
        tenant.append_loss(early);
        EXPECT_EQ(early.time, Instant{500});
    });
    EXPECT_EQ(read().losses_after(Instant{499}), 2);
}

TEST_P(MassChanges, T66_LossesAreForgottenAndTheSumStaysRight) {
    for (const int64_t ms : {100, 200, 300}) ASSERT_TRUE(add(loss_at(ms, ms)));
    EXPECT_EQ(store().read().tenants_with_losses_until(Instant{100}), std::vector{caller().tenant});
    EXPECT_TRUE(store().read().tenants_with_losses_until(Instant{99}).empty());
    write([](TenantTransaction& tenant) { tenant.forget_losses(Instant{200}); });
    EXPECT_EQ(read().losses_after(Instant{0}), 300);
    EXPECT_EQ(read().losses(0, 10).size(), 1U);
    ASSERT_TRUE(add(loss_at(400, 5)));
    EXPECT_EQ(read().losses_after(Instant{0}), 305);
    write([](TenantTransaction& tenant) { tenant.forget_losses(Instant{400}); });
    EXPECT_EQ(read().losses_after(Instant{0}), 0);
}

TEST_P(MassChanges, P32_OneIsOpenUntilItIsDecided) {
    EXPECT_FALSE(read().open_mass_change());
    auto change = change_at(100);
    change.credential = CredentialId::create();
    write([&](TenantTransaction& tenant) {
        tenant.put_mass_change(change);
        Loss loss = loss_at(100, 26);
        tenant.append_loss(loss);
    });
    EXPECT_EQ(read().open_mass_change(), change);
    ASSERT_EQ(store().read().open_mass_changes().size(), 1U);
    EXPECT_EQ(store().read().open_mass_changes().front().first, caller().tenant);
    EXPECT_EQ(store().read().open_mass_changes().front().second, change);
    EXPECT_TRUE(store().read().tenants_with_losses_until(Instant{100}).empty());
    change.decision = "undone";
    change.decided = Instant{500};
    change.decided_by = "operator";
    change.needs_two = true;
    change.approved = Instant{400};
    change.approved_by = "member 1";
    auto next = change_at(600);
    write([&](TenantTransaction& tenant) {
        tenant.put_mass_change(change);
        tenant.put_mass_change(next);
    });
    EXPECT_EQ(read().open_mass_change(), next);
    EXPECT_EQ(read().find_mass_change(change.id), change);
    EXPECT_EQ(read().mass_changes(10), (std::vector{next, change}));
    EXPECT_EQ(read().mass_changes(1), std::vector{next});
    EXPECT_FALSE(read().find_mass_change(MassChangeId::create()));
}

TEST_P(MassChanges, T66_AlertsWaitUntilTheyAreDue) {
    auto early = change_at(100), late = change_at(200);
    early.decision = "released";  // an alert is not lost because somebody was quicker
    early.alert_due = Instant{500};
    early.alert_attempts = 3;
    late.alert_due = Instant{400};
    write([&](TenantTransaction& tenant) {
        tenant.put_mass_change(early);
        tenant.put_mass_change(late);
    });
    EXPECT_TRUE(store().read().due_alerts(Instant{399}, 10).empty());
    const auto due = store().read().due_alerts(Instant{500}, 10);
    ASSERT_EQ(due.size(), 2U);
    EXPECT_EQ(due[0].first, caller().tenant);
    EXPECT_EQ(due[0].second, late);
    EXPECT_EQ(due[1].second, early);
    EXPECT_EQ(store().read().due_alerts(Instant{500}, 1).size(), 1U);
    late.alert_due.reset();
    write([&](TenantTransaction& tenant) { tenant.put_mass_change(late); });
    EXPECT_EQ(store().read().due_alerts(Instant{500}, 10).size(), 1U);
}

TEST_P(MassChanges, T29_OneTenantSeesNothingOfAnother) {
    const Caller other = make_tenant(store(), "other");
    ASSERT_TRUE(add(loss_at(100, 1)));
    const auto change = change_at(100);
    write([&](TenantTransaction& tenant) {
        tenant.put_mass_change(change);
        tenant.put_mass_change_guard({5, Instant{9}, 7, Instant{3}});
    });
    EXPECT_EQ(read().mass_change_guard(), (MassChangeGuard{5, Instant{9}, 7, Instant{3}}));
    auto& theirs = reading(store(), other);
    EXPECT_TRUE(theirs.losses(0, 10).empty());
    EXPECT_EQ(theirs.losses_after(Instant{0}), 0);
    EXPECT_FALSE(theirs.open_mass_change());
    EXPECT_FALSE(theirs.find_mass_change(change.id));
    EXPECT_TRUE(theirs.mass_changes(10).empty());
    EXPECT_EQ(theirs.mass_change_guard(), MassChangeGuard{});
}

TEST_P(MassChanges, P32_ActiveManagedMembersAreCounted) {
    const auto put = [&](std::string_view name, Managed managed, bool active) {
        const auto row = make_row(user_type(), ResourceId::create(),
                                  json::object{{"userName", name}, {"active", active}});
        write([&](TenantTransaction& tenant) {
            ASSERT_TRUE(tenant.insert(row));
            Member member;
            member.id = row.id;
            member.role = "member";
            member.managed = managed;
            if (!active) member.deactivated_at = kNow;
            ASSERT_TRUE(tenant.put_member(member));
        });
    };
    put("ann", Managed::Scim, true);
    put("bob", Managed::Scim, false);
    put("cid", Managed::Manual, true);
    EXPECT_EQ(read().count_active_managed_members(), 1);
}

TEST_P(MassChanges, P32_KeysRevokedAtThatTimeAreRevived) {
    const auto member = ResourceId::create();
    const auto key_of = [&](std::string_view name) {
        MemberKey key;
        key.id = MemberKeyId::create();
        key.member = member;
        key.name = name;
        key.token_hash = sha256(name);
        key.created = kNow;
        return key;
    };
    const auto kept = key_of("kept"), ended = key_of("ended");
    write([&](TenantTransaction& tenant) {
        tenant.insert_key(kept);
        tenant.insert_key(ended);
        EXPECT_TRUE(tenant.revoke_key(ended.id, Instant{5}));
        EXPECT_EQ(tenant.revoke_keys_of(member, Instant{6}), 1);
        EXPECT_EQ(tenant.revive_keys_of(member, Instant{6}), 1);
        EXPECT_EQ(tenant.revive_keys_of(ResourceId::create(), Instant{5}), 0);
    });
    EXPECT_FALSE(read().find_key(kept.id)->revoked);
    EXPECT_EQ(read().find_key(ended.id)->revoked, Instant{5});
}

}  // namespace
}  // namespace rollcall::store
