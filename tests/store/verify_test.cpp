// verify() names what is wrong: each kind of damage is done by hand and must be found under its own name.
#include <sqlite3.h>

#include "fixture.h"

namespace rollcall::store {
namespace {

struct Damage {
    const char* sql;
    const char* invariant;
};

class Verify : public testing::TestWithParam<Damage> {};

TEST_P(Verify, NamesTheDamage) {
    const TemporaryDirectory directory;
    const auto path = directory.file("store.db");
    {
        const auto store = open_store("sqlite:" + path);
        const auto caller = make_tenant(*store, "acme");
        const auto user = make_row(user_type(), numbered_id(1),
                                   R"({"externalId":"x","userName":"ann","active":true,"displayName":"Ann",
                                       "emails":[{"value":"a@b.test"}]})");
        auto group = make_row(group_type(), numbered_id(2), R"({"displayName":"guides"})");
        group.indexed.push_back({"displayName", "guides", true});
        change(*store, caller, [&](TenantTransaction& tenant) {
            EXPECT_TRUE(tenant.insert(user));
            EXPECT_TRUE(tenant.insert(group));
            tenant.add_member(group.id, member_of(user));
            tenant.replace_grants(group.id, {{"global", ScopeAccess::Read}});
            tenant.append_outbox({kNow, "create", "User", user.id, 1});
        });
        write_and_wait(*store, [&](Transaction& transaction) {
            for (int i = 0; i < 3; ++i) transaction.append_audit(caller.tenant, {});
        });
        EXPECT_EQ(print(store->verify(catalogue())), "");
    }
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(database, GetParam().sql, nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
    const auto store = open_store("sqlite:" + path);
    const auto found = print(store->verify(catalogue()));
    EXPECT_NE(found.find(std::string(GetParam().invariant) + " at "), std::string::npos) << found;
    if (std::string_view(GetParam().invariant).starts_with("resource")) {
        EXPECT_NE(found.find("acme"), std::string::npos);
    }
}

constexpr Damage kDamages[] = {
    {"UPDATE resource SET version = 0 WHERE type = 'User'", "resource.version"},
    {"UPDATE resource SET last_modified = created - 1", "resource.times"},
    {"UPDATE resource SET type = 'Device' WHERE type = 'Group'", "resource.type_known"},
    {"UPDATE resource SET document = '{\"schemas\":[]' WHERE type = 'User'", "document.well_formed"},
    {"UPDATE resource SET document = replace(document, '0001\"', '0009\"') WHERE type = 'User'",
     "document.id"},
    {"UPDATE resource SET document = json_remove(document, '$.schemas')", "document.schemas"},
    {"UPDATE resource SET user_name_key = 'bob' WHERE type = 'User'", "resource.user_name_key"},
    {"UPDATE resource SET external_id = 'y' WHERE type = 'User'", "resource.external_id"},
    {"UPDATE resource SET display = 'y' WHERE type = 'Group'", "resource.display"},
    {"UPDATE resource SET manager = 'y' WHERE type = 'User'", "resource.manager"},
    {"UPDATE resource SET active = 0 WHERE type = 'User'", "resource.active"},
    {"UPDATE resource SET member_count = 7", "resource.member_count"},
    {"UPDATE resource SET indexed = NULL WHERE type = 'User'", "value_index.complete"},
    {"UPDATE resource SET document = json_set(document, '$.emails[0].value', 'x') WHERE type = 'User'",
     "value_index.in_document"},
    {"UPDATE resource SET document = json_set(document, '$.displayName', 'x') WHERE type = 'Group'",
     "unique_value.in_document"},
    {"DELETE FROM value_index", "value_index.row_exists"},
    {"DELETE FROM unique_value", "unique_value.row_exists"},
    {"INSERT INTO value_index VALUES (1, 'emails.value', 'z', x'00')", "value_index.no_others"},
    {"INSERT INTO unique_value VALUES (1, 'User', 'nickName', 'z', x'00')", "unique_value.no_others"},
    {"UPDATE counter SET value = value + 1 WHERE name = 'type:User'", "counter.resources"},
    {"DELETE FROM counter WHERE name = 'type:User'", "counter.exists"},
    {"UPDATE counter SET value = 0 WHERE name = 'outbox'", "counter.outbox"},
    {"INSERT INTO resource (tenant_id, type, id, version, created, last_modified, active, plain, "
     "member_count, display, "
     "document) SELECT tenant_id, type, zeroblob(16), 1, created, created, 2, 1, 0, '', document FROM "
     "resource WHERE "
     "type = 'Group'",
     "counter.out_of_order"},
    {"DELETE FROM resource WHERE type = 'User'", "membership.member_exists"},
    {"DELETE FROM resource WHERE type = 'Group'", "membership.group_exists"},
    {"UPDATE membership SET member_type = 'Group'", "membership.member_exists"},
    {"UPDATE membership SET display = 'other'", "membership.display"},
    {"UPDATE tenant SET policy = '{\"group_cycles\":\"refuse\"}'; INSERT INTO membership "
     "SELECT tenant_id, id, id, type, display, 0 FROM resource WHERE type = 'Group'",
     "membership.circle"},
    {"INSERT INTO resource SELECT 99, tenant_id, type, x'00000000000000000000000000000099', version, created "
     "+ 1, "
     "last_modified + 1, active, plain, 1, NULL, NULL, display, NULL, NULL, document, 0 FROM resource WHERE "
     "type = "
     "'Group'; INSERT INTO membership SELECT a.tenant_id, a.id, b.id, 'Group', b.display, 0 FROM resource a "
     "JOIN "
     "resource b WHERE a.type = 'Group' AND b.type = 'Group' AND a.id <> b.id",
     "membership.circle"},
    {"DELETE FROM group_state", "group_state.exists"},
    {"UPDATE group_state SET id = x'00000000000000000000000000000077'", "group_state.group_exists"},
    {"UPDATE group_state SET owner_id = x'00000000000000000000000000000077'", "group_state.owner_exists"},
    {"UPDATE group_state SET source = 'other'", "group_state.source"},
    {"UPDATE scope_grant SET subject_id = x'00000000000000000000000000000077'", "scope_grant.subject_exists"},
    {"UPDATE scope_grant SET scope = 'everywhere'", "scope_grant.well_formed"},
    {"DROP TRIGGER audit_is_not_removed; DELETE FROM audit WHERE seq = 2", "audit.sequence"},
    {"PRAGMA foreign_keys = OFF; DELETE FROM tenant", "database.foreign_key"},
};
INSTANTIATE_TEST_SUITE_P(Damages, Verify, testing::ValuesIn(kDamages));

}  // namespace
}  // namespace rollcall::store
