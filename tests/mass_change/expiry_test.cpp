// A mass change that nobody decides is released when it is due, and not before; losses that are none are forgotten.
#include "../store/fixture.h"
#include "directory/directory.h"
#include "housekeeping.h"

namespace rollcall {
namespace {

using store::kNow;

constexpr int64_t kMinuteMs = 60'000;
constexpr int64_t kHourMs = 60 * kMinuteMs;

Instant later(int64_t ms) {
    return Instant{kNow.ms + ms};
}

class MassChangeExpiry : public store::EngineTest {
protected:
    MassChangeExpiry() {
        policy_.delete_mode = DeleteMode::Membership;
        policy_.mass_change_members = 1;
        policy_.mass_change_percent = 0;
        acme_ = store::make_tenant(store(), "leavers", to_json(policy_to_json(policy_)));
    }

    store::TenantTransaction& door() { return store::reading(store(), acme_); }
    void keep(Instant now) { keep_house(store(), catalogues_, {}, now); }

    // Made and deleted at once.
    std::vector<ResourceId> lose(std::initializer_list<const char*> names) {
        std::vector<ResourceId> users;
        store::write_and_wait(store(), [&](store::Transaction& transaction) {
            directory::Context context{transaction.tenant(acme_), acme_, policy_, store::catalogue(), {}, kNow};
            for (const auto* name : names) {
                Edited wanted;
                wanted.attributes["userName"] = name;
                const auto made = directory::create_resource(context, store::user_type(), ResourceId::create(),
                                                             std::move(wanted));
                ASSERT_TRUE(made);
                users.push_back(made->row.id);
            }
            for (const auto& user : users) {
                ASSERT_TRUE(directory::remove_resource(context, store::user_type(), user, {}));
            }
        });
        return users;
    }

private:
    Policy policy_;
    Caller acme_;
    directory::Catalogues catalogues_{Catalogue::standard(), 1};
};
FOR_EVERY_ENGINE(MassChangeExpiry);

TEST_P(MassChangeExpiry, T66_WhatNobodyDecidesIsReleasedWhenItIsDue) {
    const auto users = lose({"ann", "bob"});
    ASSERT_TRUE(door().open_mass_change());
    EXPECT_FALSE(door().find_user(users[0]));
    ASSERT_TRUE(door().find_user(users[1]));  // one too many: it waits
    keep(later(72 * kHourMs - 1));
    EXPECT_TRUE(door().open_mass_change());
    EXPECT_TRUE(door().find_user(users[1]));
    keep(later(72 * kHourMs));
    EXPECT_FALSE(door().open_mass_change());
    EXPECT_FALSE(door().find_user(users[1]));
    ASSERT_EQ(door().mass_changes(10).size(), 1U);
    EXPECT_EQ(door().mass_changes(10).front().decision, "expired");
    EXPECT_TRUE(door().losses(0, 10).empty());
}

TEST_P(MassChangeExpiry, T66_WhatALossTookAwayIsForgottenWithItsTime) {
    lose({"ann"});
    EXPECT_EQ(door().losses(0, 10).size(), 1U);
    keep(later(60 * kMinuteMs - 1));
    EXPECT_EQ(door().losses(0, 10).size(), 1U);
    keep(later(60 * kMinuteMs));
    EXPECT_TRUE(door().losses(0, 10).empty());
    EXPECT_TRUE(door().mass_changes(10).empty());
}

}  // namespace
}  // namespace rollcall
