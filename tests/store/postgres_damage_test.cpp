// verify() on PostgreSQL names what is wrong: each kind of damage is done behind row security, by a
// superuser, and must be found under its own name.
#include "fixture.h"
#include "model/policy.h"
#include "session.h"

namespace rollcall::store {
namespace {

struct Damage {
    const char* sql;
    const char* invariant;
};

// A user and a group with a member, a state, a grant, and a trail.
Caller fill(Store& store) {
    const auto caller = make_tenant(store, "acme");
    const auto user = make_row(user_type(), numbered_id(1),
                               R"({"externalId":"x","userName":"ann","active":true,"displayName":"Ann",
                                   "emails":[{"value":"a@b.test"}]})");
    auto group = make_row(group_type(), numbered_id(2), R"({"displayName":"guides"})");
    group.indexed.push_back({"displayName", "guides", true});
    Member member;
    member.id = user.id;
    member.role = Policy().default_role;
    change(store, caller, [&](TenantTransaction& tenant) {
        EXPECT_TRUE(tenant.insert(user));
        EXPECT_TRUE(tenant.put_member(member));
        EXPECT_TRUE(tenant.insert(group));
        tenant.add_member(group.id, member_of(user));
        tenant.replace_grants(group.id, {{"global", ScopeAccess::Read}});
        tenant.append_outbox({kNow, "create", "User", user.id, 1});
        for (int i = 0; i < 3; ++i) {
            Event event;
            event.time = kNow;
            tenant.append_event(event);
        }
    });
    write_and_wait(store, [&](Transaction& transaction) {
        AuditRow row;
        row.time = kNow;
        for (int i = 0; i < 3; ++i) transaction.append_audit(caller.tenant, row);
    });
    return caller;
}

class VerifyPostgres : public testing::TestWithParam<Damage> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(VerifyPostgres);

TEST_P(VerifyPostgres, NamesTheDamage) {
    const Place place("postgres");
    const auto store = open_store(place.url());
    fill(*store);
    ASSERT_EQ(print(store->verify(catalogue())), "");
    Session superuser(as_superuser(place.url()));
    ASSERT_EQ(superuser.ask(GetParam().sql), "");
    const auto found = print(store->verify(catalogue()));
    EXPECT_NE(found.find(std::string(GetParam().invariant) + " at acme"), std::string::npos) << found;
}

constexpr Damage kDamages[] = {
    {"UPDATE resource SET version = 0 WHERE type = 'User'", "resource.version"},
    {"UPDATE resource SET document = '{\"schemas\":[]' WHERE type = 'User'", "document.well_formed"},
    {"UPDATE resource SET document = replace(document, '0001\"', '0009\"') WHERE type = 'User'",
     "document.id"},
    {"UPDATE resource SET user_name_key = 'bob' WHERE type = 'User'", "resource.user_name_key"},
    {"UPDATE resource SET member_count = 7", "resource.member_count"},
    {"DELETE FROM value_index", "value_index.row_exists"},
    {"INSERT INTO value_index VALUES (1, 'emails.value', 'z', gen_random_uuid())", "value_index.no_others"},
    {"DELETE FROM unique_value", "unique_value.row_exists"},
    {"INSERT INTO unique_value VALUES (1, 'User', 'nickName', 'z', gen_random_uuid())",
     "unique_value.no_others"},
    {"UPDATE counter SET value = value + 1 WHERE name = 'type:User'", "counter.resources"},
    {"DELETE FROM counter WHERE name = 'type:User'", "counter.exists"},
    {"UPDATE counter SET value = 0 WHERE name = 'outbox'", "counter.outbox"},
    {"DELETE FROM resource WHERE type = 'User'", "membership.member_exists"},
    {"DELETE FROM resource WHERE type = 'Group'", "membership.group_exists"},
    {"UPDATE membership SET display = 'other'", "membership.display"},
    {"UPDATE tenant SET policy = '{\"group_cycles\":\"refuse\"}'; INSERT INTO membership "
     "SELECT tenant_id, id, id, type, display, false FROM resource WHERE type = 'Group'",
     "membership.circle"},
    {"UPDATE member SET id = gen_random_uuid()", "member.exists"},
    {"UPDATE member SET account_id = gen_random_uuid()", "member.account_exists"},
    {"UPDATE member SET deactivated_at = 1", "member.active"},
    {"DELETE FROM group_state", "group_state.exists"},
    {"UPDATE scope_grant SET subject_id = gen_random_uuid()", "scope_grant.subject_exists"},
    {"UPDATE scope_grant SET scope = 'everywhere'", "scope_grant.well_formed"},
    {"DELETE FROM audit WHERE seq = 2", "audit.sequence"},
    {"DELETE FROM event WHERE seq = 1", "event.sequence"},
};
std::vector<Damage> damages_if_there() {
    if (postgres_if_there().empty()) return {};
    return {std::begin(kDamages), std::end(kDamages)};
}
// The step postgres-store runs what has "postgres" in its name.
INSTANTIATE_TEST_SUITE_P(postgres, VerifyPostgres, testing::ValuesIn(damages_if_there()));

}  // namespace
}  // namespace rollcall::store
