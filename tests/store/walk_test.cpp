// C-CUR-35: who follows cursors through a directory of 100,000 users, while others create, change and delete,
// meets every user that is left alone exactly once.
#include <atomic>
#include <chrono>
#include <iostream>
#include <thread>
#include <unordered_map>

#include "fixture.h"

namespace rollcall::store {
namespace {

constexpr uint64_t kUsers = 100'000;
constexpr uint64_t kStep = 1'000;  // between the numbers of two users: others are created in between

// The part of a user in the test. Nine of ten are left alone.
enum class Fate { LeftAlone, Changed, Deleted };
Fate fate_of(uint64_t user) {
    if (user % 20 == 7) return Fate::Changed;
    return user % 20 == 13 ? Fate::Deleted : Fate::LeftAlone;
}

// Names and titles have another order than ids.
ResourceRow row_of(uint64_t number, std::string_view suffix = {}) {
    const uint64_t mixed = number * 2'654'435'761 % 1'000'003;
    std::string title = mixed % 3 == 0 ? "" : R"(,"title":"t)" + std::to_string(mixed % 50) + "\"";
    return make_row(user_type(), numbered_id(number),
                    R"({"userName":"u)" + std::to_string(mixed) + "." + std::to_string(number) +
                        std::string(suffix) + R"(","active":true)" + title + "}");
}

class Walk : public testing::Test {
protected:
    const TemporaryDirectory directory;
    const std::unique_ptr<Store> store = open_store("sqlite:" + directory.file("store.db"), patient());
    // As SCIM asks: who sees removed members too cannot follow the index of names.
    const Caller caller = [&] {
        Caller made = make_tenant(*store, "acme");
        made.channel = Channel::Scim;
        return made;
    }();

    // Nobody's deadline: this is about what is found, on machines of any speed.
    static OpenOptions patient() {
        OpenOptions options;
        options.limits.query_deadline_ms = 600'000;
        return options;
    }

    void SetUp() override {
        for (uint64_t start = 0; start < kUsers; start += 10'000) {
            change(*store, caller, [&](TenantTransaction& tenant) {
                for (uint64_t user = start; user < start + 10'000; ++user)
                    EXPECT_TRUE(tenant.insert(row_of((user + 1) * kStep)));
            });
        }
    }

    // Creates, changes and deletes all over the directory until `done`. Returns how often.
    uint64_t disturb(const std::atomic<bool>& done) {
        uint64_t writes = 0;
        for (uint64_t round = 0; !done; ++round) {
            change(*store, caller, [&](TenantTransaction& tenant) {
                for (uint64_t n = 0; n < 20; ++n) {
                    const uint64_t user = (round * 20 + n) * 7'919 % kUsers;
                    const uint64_t number = (user + 1) * kStep;
                    const uint64_t created = number + 1 + round % (kStep - 2);
                    if (!tenant.find("User", numbered_id(created))) {
                        EXPECT_TRUE(tenant.insert(row_of(created)));
                    }
                    if (fate_of(user) == Fate::Deleted) tenant.erase("User", numbered_id(number), kNow);
                    if (fate_of(user) == Fate::Changed) {
                        EXPECT_TRUE(tenant.update(row_of(number, "x" + std::to_string(round))));
                    }
                    ++writes;
                }
            });
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return writes;
    }

    // How often each id was met on a walk with pages of `limit`.
    std::unordered_map<ResourceId, int> walk(Query query, int64_t limit) {
        std::unordered_map<ResourceId, int> met;
        query.limit = limit;
        for (;;) {
            const auto page = reading(*store, caller).query(query);
            EXPECT_TRUE(page);
            if (!page) break;
            for (const auto& row : page->rows) ++met[row.id];
            store->end_read();
            if (!page->more) break;
            query.wants_total = false;
            query.position = query.start == Query::Start::Before ? page->positions.front() : page->positions.back();
        }
        return met;
    }

    void expect_each_once(const Query& query, int64_t limit) {
        std::atomic<bool> done = false;
        uint64_t writes = 0;
        std::thread others([&] { writes = disturb(done); });
        const auto met = walk(query, limit);
        done = true;
        others.join();
        for (uint64_t user = 0; user < kUsers; ++user) {
            if (fate_of(user) != Fate::LeftAlone) continue;
            const auto found = met.find(numbered_id((user + 1) * kStep));
            ASSERT_EQ(found == met.end() ? 0 : found->second, 1) << "user " << user;
        }
        EXPECT_GE(writes, 20U);
        std::cout << met.size() << " met, " << writes << " writes meanwhile" << std::endl;
    }

    static Query users(std::string_view sort_by = {}) {
        Query query;
        query.start = Query::Start::After;
        query.base_url = kBaseUrl;
        query.types = {{&user_type(), nullptr}};
        if (!sort_by.empty()) {
            query.sorted = true;
            query.sort_paths = {*resolve_path(user_type(), sort_by)};
        }
        return query;
    }
};

TEST_F(Walk, C_CUR_35_InOrderOfIdsAndBack) {
    expect_each_once(users(), 100);
    auto back = users();
    back.start = Query::Start::Before;
    expect_each_once(back, 100);
}

TEST_F(Walk, C_CUR_35_InOrderOfNames) {
    expect_each_once(users("userName"), 500);
    auto descending = users("userName");
    descending.descending = true;
    const auto filter = filter_for(user_type(), "active eq true and not (nickName pr)");
    descending.types = {{&user_type(), &filter}};
    expect_each_once(descending, 500);
}

TEST_F(Walk, C_CUR_35_InOrderOfNamesBack) {
    auto back = users("userName");
    back.start = Query::Start::Before;
    expect_each_once(back, 500);
    back.descending = true;
    const auto filter = filter_for(user_type(), "userName sw \"u\" and active eq true");
    back.types = {{&user_type(), &filter}};
    expect_each_once(back, 9'999);
}

// All have the time of the beginning; those that are changed move to the end.
TEST_F(Walk, C_CUR_35_InOrderOfTimes) {
    const auto filter = filter_for(user_type(), "active eq true");
    auto query = users("meta.lastModified");
    query.types = {{&user_type(), &filter}};
    expect_each_once(query, 500);
    query.start = Query::Start::Before;
    expect_each_once(query, 500);
}

// Without an index for the order, with ties and absent values at the edges of pages.
TEST_F(Walk, C_CUR_35_InOrderOfTitles) {
    auto query = users("title");
    const auto filter = filter_for(user_type(), "active eq true");
    query.types = {{&user_type(), &filter}};
    expect_each_once(query, 14'999);
    query.descending = true;
    query.start = Query::Start::Before;
    expect_each_once(query, 20'001);
}

}  // namespace
}  // namespace rollcall::store
