// Store::foresee() is a hint: whatever is foreseen, what is read afterwards is what the store holds. Each
// test has a second store on the same database, which stands for another process (P30).
#include <chrono>
#include <thread>

#include "fixture.h"
#include "session.h"

namespace rollcall::store {
namespace {

class Foresight : public EngineTest {
protected:
    Foresight() : neighbour_(make_tenant(store(), "neighbour")) {
        scim_ = caller();
        scim_.channel = Channel::Scim;
        credential_.id = CredentialId::create();
        credential_.name = "Okta";
        credential_.token_hash = sha256("token");
        credential_.created = kNow;
        other_ = open_store(url());
        change(*other_, caller(), [&](TenantTransaction& tenant) {
            EXPECT_TRUE(tenant.insert_credential(credential_));
            EXPECT_TRUE(tenant.insert(ann_));
        });
    }
    // Twice: the second time the store knows whose token it is.
    void foresee(std::vector<ResourceId> ids) {
        std::vector<Foreseen> all;
        for (const auto& id : ids) all.push_back({credential_.token_hash, "User", id});
        store().foresee(all);
        store().end_foreseen();
        store().foresee(all);
    }
    std::optional<std::pair<Credential, Tenant>> found() {
        return store().read().find_credential(credential_.token_hash);
    }
    // Version and document of a user as the caller sees it; empty when there is none.
    std::string shown(const Caller& who, ResourceId id) {
        std::string text;
        reading(store(), who).look_at("User", id, [&](const RowView& row) {
            text = std::to_string(row.version) + " " + std::string(row.document);
        });
        return text;
    }
    std::string stored(int64_t version = 1) { return std::to_string(version) + " " + ann_.document; }
    template <class Body>
    void elsewhere(const Caller& who, Body body) {
        change(*other_, who, body);
    }

    std::unique_ptr<Store> other_;
    Caller scim_, neighbour_;
    Credential credential_;
    ResourceRow ann_ = user_row("ann");
};
std::vector<std::string_view> those_that_may_be_shared() {
    auto all = engines();
    std::erase_if(all, [](const auto engine) { return engine != "postgres"; });
    return all;
}
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Foresight);
INSTANTIATE_TEST_SUITE_P(Engines, Foresight, testing::ValuesIn(those_that_may_be_shared()),
                         [](const auto& engine) { return std::string(engine.param); });

TEST_P(Foresight, ShowsWhatIsThere) {
    const ResourceId nobody = ResourceId::create();
    foresee({ann_.id, nobody, ann_.id});
    EXPECT_EQ(found()->first.id, credential_.id);
    EXPECT_EQ(found()->second.slug, "acme");
    EXPECT_EQ(shown(scim_, ann_.id), stored());
    EXPECT_EQ(shown(scim_, nobody), "");
    EXPECT_FALSE(store().read().find_credential(sha256("another token")));
    store().end_foreseen();
}

TEST_P(Foresight, P30_WhatWasKnownBeforeIsAskedAgain) {
    for (int64_t round = 1; round <= 200; ++round) {
        elsewhere(caller(), [&](TenantTransaction& tenant) {
            credential_.enabled = round % 2 == 0;
            EXPECT_TRUE(tenant.update_credential(credential_));
            ann_.version = round + 1;
            EXPECT_TRUE(tenant.update(ann_));
        });
        write_and_wait(*other_, [&](Transaction& transaction) {
            auto tenant = transaction.find_tenant("acme");
            tenant->policy = "{\"tenant_requests_per_second\":" + std::to_string(round + 1) + "}";
            tenant->enabled = round % 3 != 0;
            EXPECT_TRUE(transaction.update_tenant(*tenant));
        });
        elsewhere(caller(), [&](TenantTransaction& tenant) { tenant.replace_schemas({}, round); });
        foresee({ann_.id});
        const auto now = found();
        ASSERT_TRUE(now);
        EXPECT_EQ(now->first.enabled, round % 2 == 0);
        EXPECT_EQ(now->second.policy, "{\"tenant_requests_per_second\":" + std::to_string(round + 1) + "}");
        EXPECT_EQ(now->second.enabled, round % 3 != 0);
        EXPECT_EQ(now->second.schema_version, round);
        EXPECT_EQ(shown(scim_, ann_.id), stored(round + 1));
        store().end_foreseen();
    }
}

TEST_P(Foresight, BehindTheTurnEverythingIsNew) {
    foresee({ann_.id});
    EXPECT_EQ(shown(scim_, ann_.id), stored());
    store().end_foreseen();
    elsewhere(caller(), [&](TenantTransaction& tenant) {
        credential_.revoked = kNow;
        EXPECT_TRUE(tenant.update_credential(credential_));
        ann_.version = 2;
        EXPECT_TRUE(tenant.update(ann_));
    });
    EXPECT_TRUE(found()->first.revoked);
    EXPECT_EQ(shown(scim_, ann_.id), stored(2));
}

// Requests that have arrived together see one state, also of what nobody has foreseen.
TEST_P(Foresight, ATurnIsOneView) {
    foresee({ann_.id});
    elsewhere(caller(), [&](TenantTransaction& tenant) { EXPECT_TRUE(tenant.insert(user_row("bob"))); });
    EXPECT_FALSE(reading(store(), scim_).user_named("bob"));
    store().end_foreseen();
    EXPECT_TRUE(reading(store(), scim_).user_named("bob"));
}

// T22: the token belonged to one tenant and belongs to another now. What was foreseen for the first is not
// shown to the second, nor the other way round.
TEST_P(Foresight, ATokenThatMovedShowsNothingOfItsFormerTenant) {
    foresee({ann_.id});
    store().end_foreseen();
    elsewhere(caller(), [&](TenantTransaction& tenant) {
        auto former = credential_;
        former.token_hash = sha256("replaced");
        EXPECT_TRUE(tenant.update_credential(former));
    });
    elsewhere(neighbour_,
              [&](TenantTransaction& tenant) { EXPECT_TRUE(tenant.insert_credential(credential_)); });
    store().foresee(std::vector<Foreseen>{{credential_.token_hash, "User", ann_.id}});
    EXPECT_EQ(found()->second.slug, "neighbour");
    auto neighbour = neighbour_;
    neighbour.channel = Channel::Scim;
    EXPECT_EQ(shown(neighbour, ann_.id), "");
    store().end_foreseen();
}

TEST_P(Foresight, WhatIsHiddenIsHidden) {
    elsewhere(caller(), [&](TenantTransaction& tenant) {
        ann_.hidden = true;
        EXPECT_TRUE(tenant.update(ann_));
    });
    foresee({ann_.id});
    EXPECT_EQ(shown(scim_, ann_.id), "");
    auto administrator = caller();
    administrator.channel = Channel::Admin;
    EXPECT_EQ(shown(administrator, ann_.id), stored());
    store().end_foreseen();
}

TEST_P(Foresight, GroupsAndManagersComeWithTheUser) {
    const auto bob =
        make_row(user_type(), ResourceId::create(),
                 R"({"userName": "bob", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":
                              {"manager": {"value": ")" +
                     ann_.id.text() + R"("}}})");
    const auto group = group_row("Crew"), above = group_row("All");
    elsewhere(caller(), [&](TenantTransaction& tenant) {
        EXPECT_TRUE(tenant.insert(bob));
        EXPECT_TRUE(tenant.insert(group));
        EXPECT_TRUE(tenant.insert(above));
        tenant.add_member(group.id, member_of(bob));
        tenant.add_member(above.id, member_of(group));
    });
    foresee({bob.id, ann_.id});
    auto& tenant = reading(store(), scim_);
    const auto groups = tenant.groups_of(bob.id);
    ASSERT_EQ(groups.size(), 2U);
    EXPECT_EQ(groups[0].id, group.id);
    EXPECT_TRUE(groups[0].direct);
    EXPECT_EQ(groups[1].id, above.id);
    EXPECT_FALSE(groups[1].direct);
    EXPECT_TRUE(tenant.groups_of(ann_.id).empty());
    EXPECT_EQ(tenant.find_any(ann_.id)->display, ann_.display);
    store().end_foreseen();
}

// More statements than are sent without a look at their answers.
TEST_P(Foresight, ManyTenantsAreAskedTogether) {
    constexpr int kTenants = 180;
    std::vector<Foreseen> all;
    std::vector<std::pair<Caller, ResourceRow>> users;
    for (int i = 0; i < kTenants; ++i) {
        Caller who = make_tenant(store(), "tenant-" + std::to_string(i));
        who.channel = Channel::Scim;
        Credential credential = credential_;
        credential.id = CredentialId::create();
        credential.token_hash = sha256("token " + std::to_string(i));
        const auto user = user_row("user-" + std::to_string(i));
        elsewhere(who, [&](TenantTransaction& tenant) {
            EXPECT_TRUE(tenant.insert_credential(credential));
            EXPECT_TRUE(tenant.insert(user));
        });
        all.push_back({credential.token_hash, "User", user.id});
        users.emplace_back(who, user);
    }
    for (int turn = 0; turn < 2; ++turn) {
        store().foresee(all);
        for (int i = 0; i < kTenants; ++i) {
            const auto& [who, user] = users[static_cast<size_t>(i)];
            EXPECT_EQ(store().read().find_credential(*all[static_cast<size_t>(i)].token_hash)->second.id,
                      who.tenant);
            EXPECT_EQ(shown(who, user.id), "1 " + user.document);
            EXPECT_EQ(shown(who, users[static_cast<size_t>(i + 1) % kTenants].second.id), "");
        }
        store().end_foreseen();
    }
}

// What one request of a turn runs into is its own: the next one is answered.
TEST_P(Foresight, P25_AFailureIsOfOneRequest) {
    foresee({ann_.id});
    Session other(url());
    ASSERT_EQ(other.ask("BEGIN; LOCK TABLE member IN ACCESS EXCLUSIVE MODE"), "");
    EXPECT_THROW((void)reading(store(), scim_).find_member(ann_.id), StoreFailure);
    other.ask("ROLLBACK");
    EXPECT_FALSE(reading(store(), scim_).find_member(ann_.id));
    EXPECT_EQ(found()->first.id, credential_.id);
    EXPECT_EQ(shown(scim_, ann_.id), stored());
    store().end_foreseen();
}

// Nobody waits for what another one of the turn has waited for in vain.
TEST_P(Foresight, P25_ATurnWaitsOnce) {
    foresee({ann_.id});
    store().end_foreseen();
    store().end_read();  // whoever reads a table holds it
    Session other(url());
    ASSERT_EQ(other.ask("BEGIN; LOCK TABLE credential IN ACCESS EXCLUSIVE MODE"), "");
    const auto began = std::chrono::steady_clock::now();
    EXPECT_THROW(store().foresee(std::vector<Foreseen>{{credential_.token_hash, "User", ann_.id}}),
                 StoreFailure);
    for (int i = 0; i < 20; ++i) EXPECT_THROW((void)found(), StoreFailure);
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
    store().end_foreseen();
    other.ask("ROLLBACK");
    foresee({ann_.id});
    EXPECT_EQ(shown(scim_, ann_.id), stored());
    store().end_foreseen();
}

TEST_P(Foresight, P25_ABackendThatDiesInTheMiddleIsReplaced) {
    foresee({ann_.id});
    Session other(url());
    const std::string others =
        " FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()";
    other.ask("SELECT pg_terminate_backend(pid)" + others);
    while (other.ask("SELECT count(*)" + others) != "0\n") std::this_thread::yield();
    EXPECT_EQ(found()->first.id, credential_.id);
    EXPECT_EQ(shown(scim_, ann_.id), stored());
    store().end_foreseen();
}

}  // namespace
}  // namespace rollcall::store
