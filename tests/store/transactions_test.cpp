// Jobs: undone to their mark, undone by an exception, serial, and told when they are durable.
#include <future>
#include <thread>

#include "fixture.h"

namespace rollcall::store {
namespace {

class Transactions : public EngineTest {
protected:
    int64_t users() {
        Query all;
        all.types = {{&user_type(), nullptr}};
        all.limit = 0;
        return query(all).total;
    }
};
FOR_EVERY_ENGINE(Transactions);

TEST_P(Transactions, UndoReturnsToTheMark) {
    const auto first = user_row("first");
    const auto second = user_row("second");
    write_and_wait(store(), [&](Transaction& transaction) {
        auto& tenant = transaction.tenant(caller());
        EXPECT_TRUE(tenant.insert(first));
        transaction.mark();
        EXPECT_TRUE(tenant.insert(second));
        EXPECT_TRUE(tenant.erase("User", first.id, kNow));
        transaction.undo_to_mark();
        EXPECT_TRUE(tenant.find("User", first.id));
        EXPECT_FALSE(tenant.find("User", second.id));
        EXPECT_TRUE(tenant.insert(user_row("third")));
        transaction.undo_to_mark();
        EXPECT_TRUE(tenant.insert(user_row("fourth")));
    });
    EXPECT_EQ(users(), 2);
}

TEST_P(Transactions, UndoReturnsToAMarkAtTheStart) {
    write_and_wait(store(), [&](Transaction& transaction) {
        transaction.mark();
        EXPECT_TRUE(transaction.tenant(caller()).insert(user_row("a")));
        transaction.undo_to_mark();
        transaction.append_audit(caller().tenant, {});
        EXPECT_TRUE(transaction.tenant(caller()).insert(user_row("b")));
    });
    EXPECT_EQ(users(), 1);
}

TEST_P(Transactions, UndoWithoutAChangeIsNothing) {
    write_and_wait(store(), [&](Transaction& transaction) {
        transaction.mark();
        transaction.undo_to_mark();
        transaction.mark();
        EXPECT_TRUE(transaction.tenant(caller()).insert(user_row("a")));
        transaction.mark();
        transaction.undo_to_mark();
        transaction.mark();
        EXPECT_TRUE(transaction.tenant(caller()).insert(user_row("b")));
        transaction.undo_to_mark();
    });
    EXPECT_EQ(users(), 1);
}

// P4: a job that throws is undone, alone, and its caller learns why; jobs of the same batch are kept.
TEST_P(Transactions, P4_AnExceptionUndoesItsJobOnly) {
    std::promise<void> gate;
    std::promise<void> last;
    auto opened = gate.get_future();
    // Holds the writer, so that the next three become one batch.
    store().submit([&](Transaction&) { opened.wait(); }, nullptr);
    store().submit([&](Transaction& t) { EXPECT_TRUE(t.tenant(caller()).insert(user_row("a"))); }, nullptr);
    std::exception_ptr reported;
    store().submit(
        [&](Transaction& t) {
            EXPECT_TRUE(t.tenant(caller()).insert(user_row("b")));
            throw std::runtime_error("broken invariant");
        },
        [&](std::exception_ptr failure) { reported = failure; });
    store().submit([&](Transaction& t) { EXPECT_TRUE(t.tenant(caller()).insert(user_row("c"))); },
                   [&](std::exception_ptr failure) {
                       EXPECT_FALSE(failure);
                       last.set_value();
                   });
    gate.set_value();
    last.get_future().wait();
    ASSERT_TRUE(reported);
    EXPECT_THROW(std::rethrow_exception(reported), std::runtime_error);
    EXPECT_EQ(users(), 2);
    EXPECT_TRUE(store().healthy());
}

// T27: wherever a job of one tenant breaks, the next one of another finds its own rows and nothing else.
TEST_P(Transactions, T27_ABrokenJobLeavesNoTenantBehind) {
    const Caller other = make_tenant(store(), "other");
    write([](TenantTransaction& tenant) { EXPECT_TRUE(tenant.insert(user_row("ann"))); });
    for (int step = 0; step < 4; ++step) {
        EXPECT_THROW(write_and_wait(store(),
                                    [&](Transaction& transaction) {
                                        auto& theirs = transaction.tenant(caller());
                                        if (step == 1) (void)theirs.resource_count("User");
                                        if (step >= 2) transaction.mark();
                                        if (step == 3) EXPECT_TRUE(theirs.insert(user_row("eve")));
                                        throw std::runtime_error("broken");
                                    }),
                     std::runtime_error);
        write_and_wait(store(), [&](Transaction& transaction) {
            EXPECT_EQ(transaction.tenant(other).resource_count("User"), 0) << step;
        });
        EXPECT_EQ(reading(store(), other).resource_count("User"), 0) << step;
        EXPECT_EQ(users(), 1) << step;
    }
}

TEST_P(Transactions, AReadAfterAnAcknowledgedWriteSeesIt) {
    for (int i = 0; i < 200; ++i) {
        const auto row = user_row("u" + std::to_string(i));
        EXPECT_FALSE(read().find("User", row.id));
        add(row);
        EXPECT_TRUE(read().find("User", row.id));
    }
}

// P15: read-modify-write in a job loses no update.
TEST_P(Transactions, P15_NoUpdateIsLost) {
    const auto row = user_row("counter");
    add(row);
    std::vector<std::thread> threads;
    for (int t = 0; t < 16; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 50; ++i) {
                write([&](TenantTransaction& tenant) {
                    auto current = *tenant.find("User", row.id);
                    ++current.version;
                    EXPECT_TRUE(tenant.update(current));
                });
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(read().find("User", row.id)->version, 801);
}

TEST_P(Transactions, SixteenThreadsSubmitAndRead) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 16; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 40; ++i) {
                const auto row = user_row("u" + std::to_string(t) + "-" + std::to_string(i));
                write([&](TenantTransaction& tenant) {
                    EXPECT_TRUE(tenant.insert(row));
                    tenant.append_outbox({kNow, "create", "User", row.id, 1});
                });
                EXPECT_TRUE(read().find("User", row.id));
                if (i % 8 == 0) store().end_read();
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(users(), 640);
}

// P9: destroying a store finishes what was submitted.
// A job with a transaction of its own: undone to its mark, undone whole by an exception, beside jobs that
// share theirs.
TEST_P(Transactions, JobsAloneAreUndoneLikeOthers) {
    std::promise<void> gate;
    std::promise<void> last;
    auto opened = gate.get_future();
    store().submit([&](Transaction&) { opened.wait(); }, nullptr);
    store().submit([&](Transaction& t) { EXPECT_TRUE(t.tenant(caller()).insert(user_row("a"))); }, nullptr);
    std::exception_ptr reported;
    store().submit_alone(
        [&](Transaction& t) {
            EXPECT_TRUE(t.tenant(caller()).insert(user_row("lost")));
            t.mark();
            EXPECT_TRUE(t.tenant(caller()).insert(user_row("lost too")));
            throw std::runtime_error("broken invariant");
        },
        [&](std::exception_ptr failure) { reported = failure; });
    store().submit_alone(
        [&](Transaction& t) {
            t.mark();
            EXPECT_TRUE(t.tenant(caller()).insert(user_row("undone")));
            t.undo_to_mark();
            t.append_audit(caller().tenant, {});
            EXPECT_TRUE(t.tenant(caller()).insert(user_row("b")));
            t.mark();
            EXPECT_TRUE(t.tenant(caller()).insert(user_row("undone too")));
            t.undo_to_mark();
        },
        [&](std::exception_ptr failure) { EXPECT_FALSE(failure); });
    store().submit([&](Transaction& t) { EXPECT_TRUE(t.tenant(caller()).insert(user_row("c"))); },
                   [&](std::exception_ptr failure) {
                       EXPECT_FALSE(failure);
                       last.set_value();
                   });
    gate.set_value();
    last.get_future().wait();
    ASSERT_TRUE(reported);
    EXPECT_THROW(std::rethrow_exception(reported), std::runtime_error);
    EXPECT_EQ(users(), 3);
}

// Jobs that run where they are made and jobs of the queue take turns, and each is told once.
TEST_P(Transactions, JobsRunNowTakeTurnsWithQueuedOnes) {
    constexpr int kThreads = 4;
    constexpr int kEach = 50;
    std::atomic<int> told = 0;
    std::atomic<int> failed = 0;
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < kEach; ++i) {
                Work work = [&, t, i](Transaction& transaction) {
                    const auto name = std::to_string(t) + "-" + std::to_string(i);
                    EXPECT_TRUE(transaction.tenant(caller()).insert(user_row(name)));
                    transaction.append_audit(caller().tenant, {});
                    if (i % 10 == 9) throw std::runtime_error("asked to");
                };
                std::promise<void> over;
                Done done = [&](std::exception_ptr failure) {
                    ++told;
                    if (failure) ++failed;
                    over.set_value();
                };
                if (!store().run_now(work, done)) store().submit(std::move(work), std::move(done));
                over.get_future().wait();
            }
        });
    }
    threads.clear();
    EXPECT_EQ(told, kThreads * kEach);
    EXPECT_EQ(failed, kThreads * kEach / 10);
    EXPECT_EQ(users(), kThreads * kEach * 9 / 10);
}

// The first job in a quiet store does run at once.
TEST(TransactionsOfSqlite, RunNowWhenNobodyElseWrites) {
    const TemporaryDirectory directory;
    const auto store = open_store("sqlite:" + directory.file("store.db"));
    const Caller caller = make_tenant(*store, "acme");
    // Not every time: the disk may have been slow just then.
    bool ran = false;
    for (int i = 0; i < 1'000 && !ran; ++i) {
        const auto here = std::this_thread::get_id();
        bool is_here = false;
        Work work = [&](Transaction& transaction) {
            EXPECT_TRUE(transaction.tenant(caller).insert(user_row(std::to_string(i))));
            is_here = std::this_thread::get_id() == here;
        };
        Done done = [](std::exception_ptr failure) { EXPECT_FALSE(failure); };
        ran = store->run_now(work, done);
        EXPECT_EQ(ran, is_here);
        if (ran) break;
        write_and_wait(*store, [](Transaction&) {});
        std::this_thread::sleep_for(std::chrono::milliseconds(1));  // the writer is done a little later
    }
    EXPECT_TRUE(ran);
}

TEST(TransactionsAtTheEnd, P9_EverySubmittedJobIsFinished) {
    const TemporaryDirectory directory;
    const auto url = "sqlite:" + directory.file("store.db");
    std::atomic<int> told{0};
    Caller caller;
    {
        const auto store = open_store(url);
        caller = make_tenant(*store, "acme");
        for (int i = 0; i < 1'000; ++i) {
            const auto row = user_row("u" + std::to_string(i));
            store->submit([caller, row](Transaction& t) { EXPECT_TRUE(t.tenant(caller).insert(row)); },
                          [&](std::exception_ptr failure) { told += failure ? 0 : 1; });
        }
    }
    EXPECT_EQ(told, 1'000);
    const auto store = open_store(url);
    Query all;
    all.types = {{&user_type(), nullptr}};
    EXPECT_EQ(reading(*store, caller).query(all)->total, 1'000);
}

}  // namespace
}  // namespace rollcall::store
