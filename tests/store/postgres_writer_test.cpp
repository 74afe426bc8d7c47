// What becomes of changes that others are in the way of (decision 075), and what a connection to PostgreSQL
// is set to.
#include <future>
#include <latch>

#include "fixture.h"
#include "session.h"
#include "store/postgres/transaction.h"

namespace rollcall::store::postgres {
namespace {

using Clock = std::chrono::steady_clock;

class PostgresWriter : public EngineTest {
protected:
    // Runs jobs as one batch: they wait behind another one of the tenant.
    class Batch {
    public:
        Batch(Store& store, TenantId tenant) : store_(store), tenant_(tenant) {
            store_.submit_for(tenant_, [this](Transaction&) { opened_.wait(); }, nullptr);
        }
        std::future<std::exception_ptr> add(Work work) {
            auto done = std::make_shared<std::promise<std::exception_ptr>>();
            auto end = done->get_future();
            store_.submit_for(tenant_, std::move(work),
                              [done](std::exception_ptr failure) { done->set_value(std::move(failure)); });
            return end;
        }
        void run() { opened_.count_down(); }

    private:
        Store& store_;
        TenantId tenant_;
        std::latch opened_{1};
    };
    Work adds(const std::string& name) {
        return [this, name](Transaction& transaction) {
            EXPECT_TRUE(transaction.tenant(caller()).insert(user_row(name)));
        };
    }
    Work verifies(const std::string& address) {
        return [this, address](Transaction& transaction) {
            EXPECT_TRUE(transaction.tenant(caller()).put_account({AccountId::create(), address, kNow, kNow}));
        };
    }
    // From now on the first `times` insertions of a user fail with this SQLSTATE.
    void fail(const std::string& state, int times) {
        ASSERT_EQ(
            superuser_.ask("CREATE SEQUENCE tried; GRANT USAGE ON SEQUENCE tried TO rollcall_server; "
                           "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                           "IF nextval('tried') <= " +
                           std::to_string(times) + " THEN RAISE EXCEPTION USING ERRCODE = '" + state +
                           "'; END IF; RETURN NEW; END $$; CREATE TRIGGER fail BEFORE INSERT ON resource "
                           "FOR EACH ROW EXECUTE FUNCTION fail()"),
            "");
    }
    double statistic(std::string_view name) {
        for (const auto& [known, value] : store().statistics()) {
            if (known == name) return value;
        }
        return -1;
    }

    Session superuser_{as_superuser(url())};
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(PostgresWriter);
INSTANTIATE_TEST_SUITE_P(Engines, PostgresWriter, testing::ValuesIn(postgres_if_there()),
                         [](const auto& engine) { return std::string(engine.param); });

TEST_P(PostgresWriter, ASerialisationFailureIsNotShown) {
    fail("40001", 2);
    Batch batch(store(), caller().tenant);
    std::vector<std::future<std::exception_ptr>> ends;
    for (const std::string name : {"ann", "bob", "eve"}) ends.push_back(batch.add(adds(name)));
    batch.run();
    for (auto& end : ends) EXPECT_EQ(end.get(), nullptr);
    EXPECT_EQ(read().resource_count("User"), 3);
    EXPECT_EQ(statistic("store_write_batches_repeated_total"), 1);
    EXPECT_EQ(statistic("store_write_batches_failed_total"), 0);
}

TEST_P(PostgresWriter, ADeadlockIsNotShown) {
    fail("40P01", 2);
    add(user_row("ann"));
    EXPECT_TRUE(read().user_named("ann"));
}

TEST_P(PostgresWriter, AWaitInVainIsNotShownWhenTheLockComesFree) {
    fail("55P03", 1);
    add(user_row("ann"));
    EXPECT_TRUE(read().user_named("ann"));
}

TEST_P(PostgresWriter, WhoIsAlwaysInTheWayIsToldOfInTime) {
    for (const std::string state : {"40001", "55P03"}) {
        fail(state, 1'000'000);
        const auto began = Clock::now();
        Batch batch(store(), caller().tenant);
        auto ann = batch.add(adds("ann")), bob = batch.add(adds("bob"));
        batch.run();
        EXPECT_NE(ann.get(), nullptr) << state;
        EXPECT_NE(bob.get(), nullptr) << state;
        EXPECT_LT(Clock::now() - began, std::chrono::seconds(2)) << state;
        superuser_.ask("DROP TRIGGER fail ON resource; DROP FUNCTION fail; DROP SEQUENCE tried");
    }
    add(user_row("ann"));
}

// Another tenant has the second address, and might be waiting for the first.
TEST_P(PostgresWriter, WhoHasAnAddressDoesNotWaitForAnother) {
    Session other(url());
    other.ask("BEGIN; SELECT pg_advisory_xact_lock(2, hashtext('bob@example.com'))");
    Batch batch(store(), caller().tenant);
    auto ann = batch.add(verifies("ann@example.com")), bob = batch.add(verifies("bob@example.com"));
    batch.run();
    EXPECT_EQ(ann.get(), nullptr);
    Session third(url());
    EXPECT_EQ(third.ask("SELECT pg_try_advisory_xact_lock(2, hashtext('ann@example.com'))"), "t\n");
    other.ask("COMMIT");
    EXPECT_EQ(bob.get(), nullptr);
}

// ------------------------------------------------------------------------------------------------ settings

TEST_P(PostgresWriter, T27_NothingOfTheTenantIsLeftOnTheConnection) {
    const auto connection = Connection::open({.url = url()});
    const auto setting = [&] {
        Rows rows = connection->run("SELECT current_setting('rollcall.tenant', true)");
        rows.next();
        return std::string(rows.text(0));
    };
    const Limits limits;
    PostgresTransaction reader(*connection, PostgresTransaction::Access::Read, limits);
    reader.tenant(caller()).find("User", ResourceId::create());
    EXPECT_EQ(setting(), std::to_string(caller().tenant.value));
    reader.end_snapshot();
    EXPECT_EQ(setting(), "");
    PostgresTransaction writer(*connection, PostgresTransaction::Access::Write, limits);
    writer.begin_job(true);
    EXPECT_TRUE(writer.tenant(caller()).insert(user_row("ann")));
    EXPECT_EQ(setting(), std::to_string(caller().tenant.value));
    writer.commit();
    EXPECT_EQ(setting(), "");
    EXPECT_FALSE(connection->run("SELECT 1 FROM resource").next());
}

TEST_P(PostgresWriter, NothingIsWaitedForWithoutEnd) {
    const auto connection = Connection::open({.url = url()});
    Rows rows = connection->run(
        "SELECT current_setting('lock_timeout'), current_setting('statement_timeout'), "
        "current_setting('idle_in_transaction_session_timeout'), current_user::text");
    ASSERT_TRUE(rows.next());
    EXPECT_EQ(rows.text(0), "700ms");
    EXPECT_EQ(rows.text(1), "1s");
    EXPECT_EQ(rows.text(2), "30s");
    EXPECT_EQ(rows.text(3), "rollcall_server");
}

}  // namespace
}  // namespace rollcall::store::postgres
