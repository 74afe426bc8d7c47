// What readers know beforehand is never wrong: whoever commits what, and whenever a survey goes over the
// file.
#include "store/sqlite/survey.h"

#include <future>
#include <map>
#include <random>
#include <set>

#include "fixture.h"
#include "store/sqlite/readers.h"
#include "store/sqlite/writer.h"

namespace rollcall::store {
namespace {

class Surveys : public testing::Test {
protected:
    const TemporaryDirectory directory;
    const std::string path = directory.file("store.db");
    // Another process, as far as the parts below can tell.
    const std::unique_ptr<Store> other = open_store("sqlite:" + path);
    const Caller caller = make_tenant(*other, "acme");
    sqlite::CommitNews news;
    sqlite::Survey survey{{.path = path, .query_only = true}, news, std::chrono::milliseconds(1)};
    sqlite::Writer writer{{.path = path}, OpenOptions(), news, &survey};
    sqlite::Reader reader{{.path = path, .query_only = true}, {}, &news, &survey};
    const std::unique_ptr<sqlite::Connection> own =
        sqlite::Connection::open({.path = path, .query_only = true});
    const sqlite::WalIndex log{*own};

    void run(Work work) {
        std::promise<void> over;
        writer.submit(std::move(work), [&](std::exception_ptr failure) {
            EXPECT_FALSE(failure);
            over.set_value();
        });
        over.get_future().wait();
    }
    TenantTransaction& look() { return reader.begin().tenant(caller); }
    bool may_be_in_group(ResourceId user) {
        return survey.may_be_in_group(caller.tenant, user, log.change());
    }
};

TEST_F(Surveys, TellWhoIsInNoGroup) {
    const auto group = group_row("Everyone");
    const auto member = user_row("ann");
    const auto nobody = user_row("bob");
    run([&](Transaction& transaction) {
        auto& tenant = transaction.tenant(caller);
        for (const auto& row : {group, member, nobody}) EXPECT_TRUE(tenant.insert(row));
        EXPECT_TRUE(tenant.add_member(group.id, {member.id, "User", "ann"}));
    });
    EXPECT_TRUE(may_be_in_group(nobody.id));  // nobody has looked yet
    survey.wait();
    EXPECT_TRUE(may_be_in_group(member.id));
    EXPECT_FALSE(may_be_in_group(nobody.id));
    // Another process has committed: what it did is not known.
    write_and_wait(*other, [&](Transaction& transaction) {
        EXPECT_TRUE(transaction.tenant(caller).add_member(group.id, {nobody.id, "User", "bob"}));
    });
    EXPECT_TRUE(may_be_in_group(nobody.id));
    EXPECT_EQ(look().groups_of(nobody.id).size(), 1U);
}

TEST_F(Surveys, AreBelievedAgainAfterTheNext) {
    survey.wait();
    const auto user = user_row("ann");
    write_and_wait(*other,
                   [&](Transaction& transaction) { EXPECT_TRUE(transaction.tenant(caller).insert(user)); });
    EXPECT_TRUE(may_be_in_group(user.id));
    run([&](Transaction& transaction) { transaction.append_audit(caller.tenant, {}); });
    survey.wait();
    EXPECT_FALSE(may_be_in_group(user.id));
}

// A row that is not shown to all takes as long to be not found as one that is not there.
TEST_F(Surveys, NoteThePlacesOfWhatIsShown) {
    const auto shown = user_row("ann");
    auto hidden = user_row("bob");
    hidden.hidden = true;
    run([&](Transaction& transaction) {
        for (const auto& row : {shown, hidden}) EXPECT_TRUE(transaction.tenant(caller).insert(row));
    });
    survey.wait();
    EXPECT_TRUE(survey.places().find({caller.tenant, 0, shown.id}));
    EXPECT_FALSE(survey.places().find({caller.tenant, 0, hidden.id}));
}

TEST_F(Surveys, NeverHideAMembership) {
    std::mt19937 dice(20'262);
    std::vector<ResourceRow> groups;
    std::vector<ResourceRow> users;
    run([&](Transaction& transaction) {
        const auto add = [&](auto& rows, ResourceRow row) {
            EXPECT_TRUE(transaction.tenant(caller).insert(row));
            rows.push_back(std::move(row));
        };
        for (int i = 0; i < 5; ++i) add(groups, group_row("g" + std::to_string(i)));
        for (int i = 0; i < 300; ++i) add(users, user_row("u" + std::to_string(i)));
    });
    std::map<ResourceId, std::set<ResourceId>> expected;
    const auto change = [&](Transaction& transaction) {
        const auto& group = groups[dice() % groups.size()].id;
        const auto& user = users[dice() % users.size()].id;
        auto& tenant = transaction.tenant(caller);
        if (expected[user].erase(group) != 0) {
            EXPECT_TRUE(tenant.remove_member(group, user));
        } else {
            EXPECT_TRUE(tenant.add_member(group, {user, "User", "somebody"}));
            expected[user].insert(group);
        }
    };
    int known = 0;
    for (int step = 0; step < 3'000; ++step) {
        const auto throw_of_dice = dice() % 100;
        if (throw_of_dice < 2)
            survey.wait();
        else if (throw_of_dice < 30)
            run(change);
        else if (throw_of_dice < 32)
            write_and_wait(*other, change);
        const auto& user = users[dice() % users.size()].id;
        if (!may_be_in_group(user)) ++known;
        ASSERT_EQ(look().groups_of(user).size(), expected[user].size()) << step;
    }
    EXPECT_GT(known, 300);  // or nothing was proven
}

}  // namespace
}  // namespace rollcall::store
