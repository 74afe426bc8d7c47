// Read transactions that are kept open from call to call: cheap while nothing changes, and never behind an
// acknowledged commit, whoever made it.
#include <sys/wait.h>
#include <unistd.h>

#include <future>
#include <random>
#include <thread>

#include "fixture.h"
#include "store/sqlite/readers.h"
#include "store/sqlite/writer.h"

namespace rollcall::store {
namespace {

class Snapshots : public testing::Test {
protected:
    const TemporaryDirectory directory;
    const std::string path = directory.file("store.db");
    const std::unique_ptr<Store> store = open_store("sqlite:" + path);
    const Caller caller = make_tenant(*store, "acme");

    void add(Store& to, const ResourceRow& row) {
        change(to, caller, [&](TenantTransaction& tenant) { EXPECT_TRUE(tenant.insert(row)); });
    }
};

TEST_F(Snapshots, AreKeptWhileNothingIsCommitted) {
    sqlite::Reader reader({.path = path, .query_only = true}, {});
    for (int i = 0; i < 640; ++i) reader.begin();
    // At most 64 reads in one when nobody says that the log is short.
    EXPECT_EQ(reader.reused(), 630U);
    reader.end();
}

// A writer that tells its readers what it commits, and another store on the same file that does not.
class SnapshotsWithNews : public Snapshots {
protected:
    sqlite::CommitNews news;
    sqlite::Writer writer{{.path = path}, OpenOptions(), news};
    sqlite::Reader reader{{.path = path, .query_only = true}, {}, &news};

    void run(Work work) {
        std::promise<void> over;
        writer.submit(std::move(work), [&](std::exception_ptr failure) {
            EXPECT_FALSE(failure);
            over.set_value();
        });
        over.get_future().wait();
    }
    void commit_audit() {
        run([&](Transaction& transaction) { transaction.append_audit(caller.tenant, {}); });
    }
    // True when the next look is into the same snapshot.
    bool goes_on() {
        const auto before = reader.reused();
        reader.begin();
        return reader.reused() > before;
    }
};

TEST_F(SnapshotsWithNews, GoOnWhileOnlyAuditRowsAreCommitted) {
    commit_audit();
    reader.begin();
    for (int i = 0; i < 20; ++i) {
        commit_audit();
        EXPECT_TRUE(goes_on()) << i;
    }
    run([&](Transaction& transaction) {
        EXPECT_TRUE(transaction.tenant(caller).insert(user_row("ann")));
        transaction.append_audit(caller.tenant, {});
    });
    EXPECT_FALSE(goes_on());
    EXPECT_TRUE(goes_on());
}

// Whatever order the commits of two processes come in, a look sees every row that was acknowledged.
TEST_F(SnapshotsWithNews, AreNeverBehindAnybodysCommit) {
    const auto other = open_store("sqlite:" + path);
    std::mt19937 dice(20'261);
    int64_t made = 0;
    const auto insert = [&](Transaction& transaction) {
        EXPECT_TRUE(transaction.tenant(caller).insert(user_row("u" + std::to_string(made++))));
    };
    int went_on = 0;
    for (int step = 0; step < 2'000; ++step) {
        switch (dice() % 6) {
            case 0:
                run(insert);
                break;
            case 1:
                write_and_wait(*other, insert);
                break;
            case 2:
                run([](Transaction&) {});
                break;
            case 3:
                write_and_wait(*other, [](Transaction&) {});
                break;
            default:
                commit_audit();
                break;
        }
        if (dice() % 2 == 0) continue;
        Query all;
        all.types = {{&user_type(), nullptr}};
        all.limit = 0;
        const auto before = reader.reused();
        ASSERT_EQ(reader.begin().tenant(caller).query(all)->total, made) << step;
        if (reader.reused() > before) ++went_on;
    }
    EXPECT_GT(went_on, 200);  // or nothing was proven
}

// What is kept of a snapshot outlives it only as long as the next one shows the same, whoever commits.
TEST_F(SnapshotsWithNews, KeptAnswersAreNeverBehindAnybodysCommit) {
    const auto other = open_store("sqlite:" + path);
    std::mt19937 dice(20'262);
    int64_t made = 0;
    const auto insert = [&](Transaction& transaction) {
        EXPECT_TRUE(transaction.tenant(caller).insert(user_row("u" + std::to_string(made++))));
    };
    const AnswerKey key{"how many", nullptr};
    int were_kept = 0;
    int were_kept_by_another = 0;
    for (int step = 0; step < 4'000; ++step) {
        const auto roll = dice() % 40;
        if (roll == 0) run(insert);
        if (roll == 1) write_and_wait(*other, insert);
        if (roll == 2) write_and_wait(*other, [](Transaction&) {});
        if (roll < 10) commit_audit();
        if (roll % 3 == 0) reader.end();
        Query all;
        all.types = {{&user_type(), nullptr}};
        all.limit = 0;
        const auto before = reader.reused();
        auto& tenant = reader.begin().tenant(caller);
        const std::string* kept = tenant.kept_answer(key);
        if (kept == nullptr) {
            for (int i = 0; i < 2; ++i) tenant.keep_answer(key, std::to_string(tenant.query(all)->total));
            kept = tenant.kept_answer(key);
        } else {
            ++were_kept;
            if (reader.reused() == before) ++were_kept_by_another;
        }
        ASSERT_NE(kept, nullptr);
        ASSERT_EQ(*kept, std::to_string(made)) << step;
    }
    EXPECT_GT(were_kept, 2'000);  // or nothing was proven
    EXPECT_GT(were_kept_by_another, 500);
}

TEST_F(SnapshotsWithNews, KeptAnswersAreOfATenantAndOfWhatItsCallersSee) {
    const auto stranger = make_tenant(*store, "other");
    auto client = caller;
    client.channel = Channel::Scim;
    auto administrator = caller;
    administrator.channel = Channel::Admin;
    const AnswerKey key{"the same words", nullptr};
    auto& transaction = reader.begin();
    for (int i = 0; i < 2; ++i) transaction.tenant(client).keep_answer(key, "acme's");
    EXPECT_NE(transaction.tenant(client).kept_answer(key), nullptr);
    EXPECT_EQ(transaction.tenant(stranger).kept_answer(key), nullptr);
    EXPECT_EQ(transaction.tenant(administrator).kept_answer(key), nullptr);
}

TEST_F(Snapshots, EndWithACommit) {
    sqlite::Reader reader({.path = path, .query_only = true}, {});
    const auto row = user_row("ann");
    EXPECT_FALSE(reader.begin().tenant(caller).find("User", row.id));
    EXPECT_FALSE(reader.begin().tenant(caller).find("User", row.id));
    EXPECT_EQ(reader.reused(), 1U);
    add(*store, row);
    EXPECT_TRUE(reader.begin().tenant(caller).find("User", row.id));
    EXPECT_EQ(reader.reused(), 1U);
}

TEST_F(Snapshots, SeeCommitsOfAnotherStore) {
    const auto other = open_store("sqlite:" + path);
    for (int i = 0; i < 100; ++i) {
        const auto row = user_row("u" + std::to_string(i));
        EXPECT_FALSE(reading(*store, caller).find("User", row.id));
        add(*other, row);
        EXPECT_TRUE(reading(*store, caller).find("User", row.id));
        EXPECT_TRUE(reading(*other, caller).find("User", row.id));
    }
}

TEST_F(Snapshots, SeeCommitsOfAnotherProcess) {
    const auto row = user_row("ann");
    EXPECT_FALSE(reading(*store, caller).find("User", row.id));
    // The child opens the file anew: nothing of SQLite may be carried over a fork.
    int written[2];
    int wanted[2];
    ASSERT_EQ(pipe(written), 0);
    ASSERT_EQ(pipe(wanted), 0);
    const pid_t child = fork();
    if (child == 0) {
        char byte = 0;
        (void)!read(wanted[0], &byte, 1);
        const auto theirs = open("sqlite:" + path);
        bool inserted = false;
        write_and_wait(**theirs, [&](Transaction& transaction) {
            inserted = transaction.tenant(caller).insert(row).has_value();
        });
        (void)!::write(written[1], inserted ? "y" : "n", 1);
        (void)!read(wanted[0], &byte, 1);  // stays until it is told, as a command beside a server does
        _exit(0);
    }
    EXPECT_FALSE(reading(*store, caller).find("User", row.id));
    (void)!::write(wanted[1], "x", 1);
    char answer = 0;
    (void)!read(written[0], &answer, 1);
    EXPECT_EQ(answer, 'y');
    EXPECT_TRUE(reading(*store, caller).find("User", row.id));
    (void)!::write(wanted[1], "x", 1);
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(reading(*store, caller).find("User", row.id));
}

TEST_F(Snapshots, OfThreadsThatEndAreUsedAgain) {
    for (int i = 0; i < 50; ++i) {
        std::thread([&] { reading(*store, caller).find("User", ResourceId::create()); }).join();
    }
    for (const auto& [name, value] : store->statistics()) {
        if (name != "store_readers") continue;
        EXPECT_LE(value, 2.0);
    }
}

TEST_F(Snapshots, SurviveTheirStore) {
    std::vector<std::unique_ptr<Store>> stores;
    for (int i = 0; i < 5; ++i) {
        stores.push_back(open_store("sqlite:" + directory.file("s" + std::to_string(i))));
        make_tenant(*stores.back(), "acme");
    }
    for (int round = 0; round < 3; ++round) {
        for (const auto& one : stores) EXPECT_TRUE(one->read().find_tenant("acme"));
    }
    std::thread reader([&] {
        for (const auto& one : stores) EXPECT_TRUE(one->read().find_tenant("acme"));
        for (const auto& one : stores) one->end_read();
        stores.clear();
    });
    reader.join();
    EXPECT_TRUE(store->read().find_tenant("acme"));
}

// A reader on the writer's heels: whatever has been acknowledged when a read begins, it sees.
TEST_F(Snapshots, AreNeverBehindAnAcknowledgement) {
    std::atomic<int64_t> acknowledged{0};
    std::atomic<bool> stop{false};
    const auto row = user_row("counter");
    add(*store, row);
    std::vector<std::thread> readers;
    for (int i = 0; i < 2; ++i) {
        readers.emplace_back([&] {
            while (!stop) {
                const int64_t before = acknowledged;
                EXPECT_GE(reading(*store, caller).find("User", row.id)->version, before);
            }
            store->end_read();
        });
    }
    for (int64_t version = 2; version < 1'500; ++version) {
        change(*store, caller, [&](TenantTransaction& tenant) {
            auto next = row;
            next.version = version;
            EXPECT_TRUE(tenant.update(next));
        });
        acknowledged = version;
    }
    stop = true;
    for (auto& reader : readers) reader.join();
}

// The log starts over although readers never pause.
TEST_F(Snapshots, LogStaysShortUnderReaders) {
    std::atomic<bool> stop{false};
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i) {
        readers.emplace_back([&] {
            while (!stop) reading(*store, caller).find("User", ResourceId::create());
            store->end_read();
        });
    }
    uintmax_t longest = 0;
    for (int i = 0; i < 600; ++i) {
        change(*store, caller, [&](TenantTransaction& tenant) {
            for (int n = 0; n < 40; ++n) {
                auto row = user_row("u" + std::to_string(i) + "-" + std::to_string(n));
                lengthen(row, 2'000);
                EXPECT_TRUE(tenant.insert(row));
            }
        });
        longest = std::max(longest, std::filesystem::file_size(path + "-wal"));
    }
    stop = true;
    for (auto& reader : readers) reader.join();
    EXPECT_LT(longest, 100U << 20);
    EXPECT_GT(longest, 8U << 20);  // else nothing was tested
}

}  // namespace
}  // namespace rollcall::store
