// What only the engine for PostgreSQL promises: the database itself keeps tenants apart (the ways around row
// security of which others have told), several processes share it, and a lost connection is no lost store.
// Stores that a test opens twice stand for processes: they share nothing but the database.
#include <future>
#include <latch>

#include "fixture.h"
#include "session.h"

namespace rollcall::store {
namespace {

class Postgres : public EngineTest {
protected:
    Postgres() : neighbour_(make_tenant(store(), "neighbour")) {
        for (const auto& who : {caller(), neighbour_}) {
            change(store(), who, [](TenantTransaction& tenant) {
                EXPECT_TRUE(tenant.insert(user_row("ann")));
                Event event;
                event.time = kNow;
                tenant.append_event(event);
            });
            write_and_wait(store(), [&](Transaction& transaction) {
                AuditRow row;
                row.time = kNow;
                transaction.append_audit(who.tenant, row);
            });
        }
    }
    std::string number() const { return std::to_string(caller().tenant.value); }
    Caller neighbour_;
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Postgres);
INSTANTIATE_TEST_SUITE_P(Engines, Postgres, testing::ValuesIn(postgres_if_there()),
                         [](const auto& engine) { return std::string(engine.param); });

constexpr std::string_view kViewsAndTables[] = {"resource",  "audit",      "event",      "learn_scim_audit",
                                                "audit_log", "membership", "credential", "tenant"};

TEST_P(Postgres, T27_WithoutATenantThereAreNoRows) {
    Session owner(url());
    Session server(url());
    server.ask("SET ROLE rollcall_server");
    for (const auto name : kViewsAndTables) {
        const auto statement = "SELECT count(*) FROM " + std::string(name);
        EXPECT_EQ(server.ask(statement), "0\n") << name;
        EXPECT_EQ(owner.ask(statement), "0\n") << name << " of its owner";
    }
}

TEST_P(Postgres, T29_ViewsShowWhatTheirCallerMaySee) {
    Session server(url());
    server.ask("SET ROLE rollcall_server");
    server.ask("BEGIN; SELECT set_config('rollcall.tenant', '" + number() + "', true)");
    EXPECT_EQ(server.ask("SELECT DISTINCT tenant FROM learn_scim_audit"), "acme\n");
    EXPECT_EQ(server.ask("SELECT DISTINCT tenant FROM audit_log"), "acme\n");
    EXPECT_EQ(server.ask("SELECT count(*) FROM resource"), "1\n");
}

// A view works with the rights of its owner unless told otherwise; then it shows everything, also to this
// test.
TEST_P(Postgres, T29_AViewOfASuperuserShowsNoMore) {
    Session superuser(as_superuser(url()));
    Session server(url());
    server.ask("SET ROLE rollcall_server");
    superuser.ask(
        "CREATE VIEW public.leak AS SELECT * FROM resource; GRANT SELECT ON leak TO rollcall_server");
    EXPECT_EQ(server.ask("SELECT count(*) FROM leak"), "2\n") << "the test sees what leaks";
    superuser.ask("ALTER VIEW leak SET (security_invoker = true)");
    EXPECT_EQ(server.ask("SELECT count(*) FROM leak"), "0\n");
    superuser.ask("DROP VIEW leak");
    for (const std::string view : {"learn_scim_audit", "audit_log"}) {
        superuser.ask("ALTER VIEW " + view + " OWNER TO postgres");
        EXPECT_EQ(server.ask("SELECT count(*) FROM " + view), "0\n") << view;
    }
}

// A row that points at another tenant's is refused as one that points at nothing: it neither links nor tells.
TEST_P(Postgres, T25_ForeignKeysDoNotReachOtherTenants) {
    Session server(url());
    server.ask("SET ROLE rollcall_server");
    server.ask("BEGIN; SELECT set_config('rollcall.tenant', '" + number() + "', true)");
    ASSERT_EQ(
        server.ask("INSERT INTO credential (tenant_id, id, name, token_hash, created, enabled, "
                   "last_used_address, rights, networks) VALUES (" +
                   number() + ", '00000000-0000-7000-8000-000000000001', 'x', '', 0, true, '', '', '')"),
        "");
    server.ask("COMMIT");
    for (const std::string credential : {"1", "2"}) {
        server.ask("BEGIN; SELECT set_config('rollcall.tenant', '" + std::to_string(neighbour_.tenant.value) +
                   "', true)");
        EXPECT_EQ(
            server.ask("INSERT INTO credential_token VALUES (" + std::to_string(neighbour_.tenant.value) +
                       ", 'x', '00000000-0000-7000-8000-00000000000" + credential + "', 'previous', 0)"),
            "23503")
            << credential;
        server.ask("ROLLBACK");
    }
}

TEST_P(Postgres, T27_NobodyServesTenantsThatTheDatabaseDoesNotKeepApart) {
    Session owner(url());
    const std::pair<std::string, std::string> holes[] = {
        {"ALTER TABLE resource NO FORCE ROW LEVEL SECURITY", "ALTER TABLE resource FORCE ROW LEVEL SECURITY"},
        {"ALTER TABLE audit DISABLE ROW LEVEL SECURITY", "ALTER TABLE audit ENABLE ROW LEVEL SECURITY"},
        {"ALTER VIEW audit_log RESET (security_invoker)",
         "ALTER VIEW audit_log SET (security_invoker = true)"}};
    for (const auto& [open, close] : holes) {
        owner.ask(open);
        const auto refused = store::open(url());
        ASSERT_FALSE(refused) << open;
        EXPECT_NE(refused.error().detail.find("Row security"), std::string::npos);
        owner.ask(close);
        EXPECT_TRUE(store::open(url())) << close;
    }
}

// Roles are of the whole cluster: each is put right again.
TEST_P(Postgres, T27_NobodyServesAsARoleThatRowSecurityDoesNotHold) {
    Session superuser(as_superuser(url()));
    for (const std::string right : {"BYPASSRLS", "SUPERUSER"}) {
        ASSERT_EQ(superuser.ask("ALTER ROLE rollcall_server " + right), "");
        const auto refused = store::open(url());
        superuser.ask("ALTER ROLE rollcall_server NO" + right);
        ASSERT_FALSE(refused) << right;
        EXPECT_NE(refused.error().detail.find("may bypass row security"), std::string::npos)
            << refused.error().detail;
        EXPECT_TRUE(store::open(url())) << right;
    }
}

TEST_P(Postgres, T27_TheTenantEndsWithTheTransaction) {
    Session server(url());
    server.ask("SET ROLE rollcall_server");
    server.ask("BEGIN; SELECT set_config('rollcall.tenant', '" + number() + "', true)");
    EXPECT_EQ(server.ask("SELECT count(*) FROM resource"), "1\n");
    server.ask("COMMIT");
    EXPECT_EQ(server.ask("SELECT count(*) FROM resource"), "0\n");
}

TEST_P(Postgres, T25_NothingIsUniqueBeyondTheTenant) {
    Session owner(url());
    // Both have a user "ann" already: see the fixture. What is unique begins with the tenant, but for what is
    // global.
    EXPECT_EQ(
        owner.ask(
            "SELECT i.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid "
            "JOIN pg_class t ON t.oid = x.indrelid JOIN pg_attribute a ON a.attrelid = i.oid AND a.attnum = "
            "1 "
            "JOIN pg_namespace n ON n.oid = t.relnamespace WHERE n.nspname = 'public' AND x.indisunique AND "
            "a.attname <> 'tenant_id' ORDER BY 1"),
        "account_by_email\naccount_pkey\nadmin_session_pkey\ninstance_secret_pkey\noperator_name_key\n"
        "operator_pkey\ntenant_pkey\ntenant_slug_key\n");
}

TEST_P(Postgres, T25_NoForeignKeyOrSequenceCrossesTenants) {
    Session owner(url());
    // The first column of either side.
    EXPECT_EQ(owner.ask("SELECT c.conrelid::regclass, a.attname, b.attname FROM pg_constraint c "
                        "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] "
                        "JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1] "
                        "WHERE c.contype = 'f' ORDER BY 1::text"),
              "credential_token|tenant_id|tenant_id\nissuer|tenant_id|tenant_id\n");
    EXPECT_EQ(owner.ask("SELECT oid::regclass FROM pg_class WHERE relkind = 'S'"), "tenant_id_seq\n")
        << "numbers of rows are counted for each tenant";
}

TEST_P(Postgres, T21_NobodyWritesRowsOfAnother) {
    Session server(url());
    server.ask("SET ROLE rollcall_server");
    server.ask("BEGIN; SELECT set_config('rollcall.tenant', '" + std::to_string(neighbour_.tenant.value) +
               "', true)");
    server.ask("SAVEPOINT here");
    EXPECT_EQ(server.ask("INSERT INTO counter VALUES (" + number() + ", 'x', 1)"), "42501");
    server.ask("ROLLBACK TO here");
    EXPECT_EQ(server.ask("UPDATE resource SET display = 'x' WHERE tenant_id = " + number() + " RETURNING 1"),
              "");
    EXPECT_EQ(server.ask("UPDATE counter SET tenant_id = " + number()), "42501");
}

TEST_P(Postgres, EveryTableOfTenantsIsForced) {
    Session owner(url());
    EXPECT_EQ(
        owner.ask(
            "SELECT DISTINCT t.relname FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid "
            "JOIN pg_namespace n ON n.oid = t.relnamespace WHERE n.nspname = 'public' AND t.relkind IN ('r', "
            "'p') AND a.attname = 'tenant_id' AND NOT (t.relrowsecurity AND t.relforcerowsecurity)"),
        "");
}

TEST_P(Postgres, P33_TheServerCanOnlyAddToTheTrail) {
    Session server(url());
    server.ask("SET ROLE rollcall_server");
    for (const std::string table : {"event", "audit"}) {
        EXPECT_EQ(server.ask("UPDATE " + table + " SET target = ''"), "42501");
        EXPECT_EQ(server.ask("DELETE FROM " + table), "42501");
        EXPECT_EQ(server.ask("TRUNCATE " + table), "42501");
    }
    EXPECT_EQ(server.ask("CREATE TABLE more (x int)"), "42501");
    EXPECT_EQ(server.ask("SELECT 1 FROM audit_2023_11"), "42501")
        << "partitions are reached through audit alone";
}

// The partition of the next month is there before its first request.
TEST_P(Postgres, AuditIsPartitionedByMonth) {
    Session owner(url());
    const auto months = [&] {
        return owner.ask(
            "SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'audit'::regclass ORDER BY "
            "1::text");
    };
    EXPECT_EQ(months(), "audit_2023_11\naudit_2023_12\n");
    for (const int64_t days : {31, 62}) {
        write_and_wait(store(), [&](Transaction& transaction) {
            AuditRow row;
            row.time = Instant{kNow.ms + days * 86'400'000};
            transaction.append_audit(caller().tenant, row);
        });
    }
    EXPECT_EQ(months(), "audit_2023_11\naudit_2023_12\naudit_2024_01\naudit_2024_02\n");
    const auto rows = owner.ask("SET ROLE rollcall_server; SELECT set_config('rollcall.tenant', '" +
                                number() + "', false); SELECT count(*), count(DISTINCT tableoid) FROM audit");
    EXPECT_EQ(rows, "3|3\n");
}

// ------------------------------------------------------------------------------------------------ several
// processes

TEST_P(Postgres, P30_WhatOneCommitsTheOtherSeesAtOnce) {
    const auto other = open_store(url());
    for (int i = 0; i < 200; ++i) {
        auto& writer = i % 2 == 0 ? store() : *other;
        auto& reader = i % 2 == 0 ? *other : store();
        const auto row = user_row("p30-" + std::to_string(i));
        change(writer, caller(), [&](TenantTransaction& tenant) { EXPECT_TRUE(tenant.insert(row)); });
        EXPECT_TRUE(reading(reader, caller()).find("User", row.id)) << i;
    }
    other->end_read();
}

TEST_P(Postgres, P13_OneOfTwoProcessesGetsAName) {
    const auto other = open_store(url());
    constexpr int kNames = 100;
    std::latch start(2);
    const auto race = [&](Store& one) {
        int won = 0;
        start.arrive_and_wait();
        for (int i = 0; i < kNames; ++i) {
            change(one, caller(), [&](TenantTransaction& tenant) {
                const auto result = tenant.insert(user_row("name-" + std::to_string(i)));
                EXPECT_TRUE(result || result.error().kind == ErrorKind::Uniqueness);
                won += result ? 1 : 0;
            });
        }
        return won;
    };
    auto theirs = std::async(std::launch::async, race, std::ref(*other));
    const int ours = race(store());
    EXPECT_EQ(ours + theirs.get(), kNames);
}

TEST_P(Postgres, P15_NoUpdateOfTwoProcessesIsLost) {
    const auto other = open_store(url());
    const auto row = user_row("counted");
    add(row);
    constexpr int kRounds = 100;
    const auto raise = [&](Store& one) {
        for (int i = 0; i < kRounds; ++i) {
            change(one, caller(), [&](TenantTransaction& tenant) {
                auto found = tenant.find("User", row.id);
                ++found->version;
                EXPECT_TRUE(tenant.update(*found));
            });
        }
    };
    auto theirs = std::async(std::launch::async, raise, std::ref(*other));
    raise(store());
    theirs.get();
    EXPECT_EQ(read().find("User", row.id)->version, 1 + 2 * kRounds);
}

TEST_P(Postgres, AChangeWaitsForALongOneOfAnotherProcess) {
    Session other(url());
    other.ask("SELECT set_config('rollcall.tenant', 'all', false)");
    other.ask("BEGIN; SELECT 1 FROM tenant WHERE id = " + number() + " FOR UPDATE");
    std::promise<std::exception_ptr> done;
    store().submit_for(
        caller().tenant,
        [&](Transaction& transaction) { EXPECT_TRUE(transaction.tenant(caller()).insert(user_row("late"))); },
        [&](std::exception_ptr failure) { done.set_value(failure); });
    std::this_thread::sleep_for(std::chrono::milliseconds(2'500));
    other.ask("COMMIT");
    EXPECT_EQ(done.get_future().get(), nullptr);
}

// ------------------------------------------------------------------------------------------------ failures

// Statements are sent ahead: one that fails may be noticed when its job is over. Nobody is told that it was
// done.
TEST_P(Postgres, P4_AJobThatFailsLateIsNotAcknowledged) {
    MemberKey key;
    key.id = MemberKeyId::create();
    std::vector<std::future<std::exception_ptr>> ends;
    std::latch opened(1);
    store().submit_for(caller().tenant, [&](Transaction&) { opened.wait(); }, nullptr);
    for (const std::string name : {"before", "bad", "after"}) {
        auto done = std::make_shared<std::promise<std::exception_ptr>>();
        ends.push_back(done->get_future());
        store().submit_for(
            caller().tenant,
            [&, name](Transaction& transaction) {
                auto& tenant = transaction.tenant(caller());
                EXPECT_TRUE(tenant.insert(user_row(name)));
                if (name != "bad") return;
                tenant.insert_key(key);
                tenant.insert_key(key);
            },
            [done](std::exception_ptr failure) { done->set_value(failure); });
    }
    opened.count_down();
    std::string acknowledged;
    for (auto& end : ends) acknowledged += end.get() ? "0" : "1";
    std::string there;
    for (const std::string name : {"before", "bad", "after"}) there += read().user_named(name) ? "1" : "0";
    EXPECT_EQ(acknowledged, there);
    EXPECT_EQ(there[1], '0');
}

// Statements are planned when the tables are empty, and autovacuum comes to count their rows after the
// import.
TEST_P(Postgres, AFirstImportReadsNoTableFromItsBeginning) {
    constexpr int kUsers = 300;
    Session superuser(as_superuser(url()));
    const auto rows_read = [&] {
        return std::stoll(
            superuser.ask("SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE relname IN "
                          "('resource', 'unique_value', 'value_index', 'member', 'membership')"));
    };
    // Of an index that has nothing to do with it.
    const auto scans = [&] {
        return std::stoll(
            superuser.ask("SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = "
                          "'resource_by_last_modified'"));
    };
    const auto before = rows_read(), scans_before = scans();
    for (int i = 0; i < kUsers; ++i) {
        const auto row = user_row("user-" + std::to_string(i));
        add(row);
        EXPECT_TRUE(read().user_named("user-" + std::to_string(i)));
        EXPECT_TRUE(read().find("User", row.id));
        EXPECT_TRUE(read().look_at("User", row.id, [](const RowView&) {}));
        EXPECT_TRUE(read().find_any(row.id));
        change(store(), caller(), [&](TenantTransaction& tenant) { EXPECT_TRUE(tenant.update(row)); });
        const Foreseen foreseen{Sha256{}, "User", row.id};
        store().foresee({&foreseen, 1});
        store().end_foreseen();
    }
    // A session tells its numbers once a second, at the end of a transaction.
    std::this_thread::sleep_for(std::chrono::milliseconds(1'100));
    add(user_row("told"));
    EXPECT_TRUE(read().user_named("ann"));
    store().end_read();
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    EXPECT_LT(rows_read() - before, kUsers) << "a statement walks over a table";
    EXPECT_LT(scans() - scans_before, kUsers / 10) << "a statement walks over all users";
}

// What the jobs of a batch claim is looked up before the first of them runs, and claims that nobody has are
// not looked up again (decision 086): one job may still take what another has claimed.
class PostgresBatch : public Postgres {
protected:
    // Queues a job; none runs before run().
    void queue(const ResourceRow& claiming, std::function<std::string(TenantTransaction&)> work) {
        Claims claims{claiming.type, claiming.user_name_key, {}};
        std::ranges::copy_if(claiming.indexed, std::back_inserter(claims.values), &IndexedValue::unique);
        store().submit_for(
            {caller().tenant, std::move(claims)},
            [&, work = std::move(work)](Transaction& transaction) {
                said_.push_back(work(transaction.tenant(caller())));
            },
            nullptr);
    }
    void queue_insert(const ResourceRow& row) {
        queue(row, [row](TenantTransaction& tenant) {
            return tenant.insert(row) ? std::string("made") : std::string("taken");
        });
    }
    std::vector<std::string> run() {
        std::promise<void> done;
        store().submit_for(
            caller().tenant, [](Transaction&) {}, [&](std::exception_ptr) { done.set_value(); });
        opened_.count_down();
        done.get_future().wait();
        return said_;
    }
    static ResourceRow row_with(const std::string& name, const std::string& mail) {
        auto row = user_row(name);
        row.indexed = {{"emails.value", mail, false}, {"emails.value", mail, true}};
        return row;
    }
    void SetUp() override {
        store().submit_for(caller().tenant, [&](Transaction&) { opened_.wait(); }, nullptr);
    }
    // Their documents say nothing of the values.
    void TearDown() override {
        change(store(), caller(), [](TenantTransaction& tenant) {
            for (const auto& row : tenant.resources_after("User", {}, 100))
                tenant.erase("User", row.id, kNow);
        });
    }

private:
    std::latch opened_{1};
    std::vector<std::string> said_;
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(PostgresBatch);
INSTANTIATE_TEST_SUITE_P(Engines, PostgresBatch, testing::ValuesIn(postgres_if_there()),
                         [](const auto& engine) { return std::string(engine.param); });

TEST_P(PostgresBatch, P13_OneOfABatchGetsANameOrAValue) {
    queue_insert(row_with("first", "first@example.com"));
    queue_insert(row_with("bob", "bob@example.com"));
    queue_insert(row_with("bob", "other@example.com"));
    queue_insert(row_with("carl", "bob@example.com"));
    queue_insert(row_with("ann", "ann@example.com"));
    queue_insert(row_with("dora", "dora@example.com"));
    EXPECT_EQ(run(), (std::vector<std::string>{"made", "made", "taken", "taken", "taken", "made"}));
    EXPECT_EQ(read().resource_count("User"), 4);
}

TEST_P(PostgresBatch, P13_AChangeBeforeTakesWhatIsClaimed) {
    queue_insert(row_with("first", "first@example.com"));
    auto eve = row_with("eve", "eve@example.com");
    queue_insert(eve);
    const auto renamed = row_with("zoe", "zoe@example.com");
    queue(renamed, [&, id = eve.id](TenantTransaction& tenant) {
        auto row = renamed;
        row.id = id;
        return tenant.update(row) ? std::string("renamed") : std::string("refused");
    });
    queue_insert(row_with("zoe", "new@example.com"));
    queue_insert(row_with("new", "zoe@example.com"));
    queue_insert(row_with("eve", "eve@example.com"));
    EXPECT_EQ(run(), (std::vector<std::string>{"made", "made", "renamed", "taken", "taken", "made"}));
    EXPECT_EQ(read().resource_count("User"), 4);
}

TEST_P(PostgresBatch, AJobThatIsUndoneHasTakenAndCountedNothing) {
    queue_insert(row_with("first", "first@example.com"));
    const auto bad = row_with("finn", "finn@example.com");
    queue(bad, [bad](TenantTransaction& tenant) -> std::string {
        EXPECT_TRUE(tenant.insert(bad));
        throw std::runtime_error("undone");
    });
    queue_insert(row_with("finn", "finn@example.com"));
    queue_insert(row_with("gina", "gina@example.com"));
    queue({}, [](TenantTransaction& tenant) { return std::to_string(tenant.resource_count("User")); });
    EXPECT_EQ(run(), (std::vector<std::string>{"made", "made", "made", "4"}));
    EXPECT_EQ(read().resource_count("User"), 4);
}

TEST_P(Postgres, AKilledConnectionIsOpenedAgain) {
    Session other(url());
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(read().user_named("ann"));
        const std::string others =
            " FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()";
        other.ask("SELECT pg_terminate_backend(pid)" + others);
        // They say farewell before they are gone.
        while (other.ask("SELECT count(*)" + others) != "0\n") std::this_thread::yield();
        EXPECT_TRUE(read().user_named("ann"));
        add(user_row("after-" + std::to_string(i)));
    }
}

}  // namespace
}  // namespace rollcall::store
