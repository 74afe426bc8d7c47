// Lists: order, paging, totals. What filters mean is the agreement test's business.
#include "fixture.h"

namespace rollcall::store {
namespace {

class Lists : public EngineTest {
protected:
    void SetUp() override {
        write([&](TenantTransaction& tenant) {
            for (uint64_t i = 0; i < 30; ++i) {
                const uint64_t number = (i * 7) % 30;
                std::string attributes =
                    R"({"userName":"user)" + std::to_string(number) + R"(","active":true)";
                if (number % 3 != 0) attributes += R"(,"title":"T)" + std::to_string(number % 5) + "\"";
                EXPECT_TRUE(tenant.insert(make_row(user_type(), numbered_id(number + 1), attributes + "}")));
            }
            for (uint64_t i = 0; i < 10; ++i) {
                EXPECT_TRUE(tenant.insert(make_row(group_type(), numbered_id(100 + i),
                                                   R"({"displayName":"group)" + std::to_string(i) + "\"}")));
            }
        });
    }
    static Query everything() {
        Query query;
        query.types = {{&user_type(), nullptr}, {&group_type(), nullptr}};
        query.base_url = kBaseUrl;
        return query;
    }
    static Query users() {
        Query query;
        query.types = {{&user_type(), nullptr}};
        query.base_url = kBaseUrl;
        return query;
    }
    static Query users_by(std::string_view path) {
        Query query = users();
        query.sorted = true;
        query.sort_paths = {*resolve_path(user_type(), path)};
        return query;
    }
};
FOR_EVERY_ENGINE(Lists);

TEST_P(Lists, ComeByTypeThenId) {
    const auto page = query(everything());
    EXPECT_EQ(page.total, 40);
    ASSERT_EQ(page.rows.size(), 40U);
    for (size_t i = 0; i < 40; ++i) EXPECT_EQ(page.rows[i].type, i < 30 ? "User" : "Group");
    for (size_t i = 1; i < 30; ++i) EXPECT_LT(page.rows[i - 1].id, page.rows[i].id);
}

TEST_P(Lists, PagesFitTogether) {
    const auto whole = ids_of(query(everything()));
    for (const int64_t limit : {1, 7, 13, 40}) {
        std::vector<std::string> pieces;
        auto piece = everything();
        piece.limit = limit;
        for (piece.offset = 0; piece.offset < 45; piece.offset += limit) {
            const auto page = query(piece);
            EXPECT_EQ(page.total, 40);
            for (const auto& id : ids_of(page)) pieces.push_back(id);
        }
        EXPECT_EQ(pieces, whole);
    }
}

// P-PAGE-12: what is kept of earlier pages must not show after something came or went in the middle.
TEST_P(Lists, PagesFitTogetherWhileRowsComeAndGo) {
    const auto pages_fit = [&] {
        const auto whole = ids_of(query(users()));
        for (const int64_t limit : {3, 7}) {
            std::vector<std::string> pieces;
            auto piece = users();
            piece.limit = limit;
            for (piece.offset = 0; piece.offset < 40; piece.offset += limit) {
                const auto page = query(piece);
                EXPECT_EQ(page.total, static_cast<int64_t>(whole.size()));
                for (const auto& id : ids_of(page)) pieces.push_back(id);
            }
            EXPECT_EQ(pieces, whole);
        }
    };
    pages_fit();
    write([&](TenantTransaction& tenant) { EXPECT_TRUE(tenant.erase("User", numbered_id(5), kNow)); });
    pages_fit();
    write([&](TenantTransaction& tenant) {
        EXPECT_TRUE(tenant.insert(make_row(user_type(), numbered_id(5), R"({"userName":"again"})")));
        EXPECT_TRUE(tenant.insert(make_row(user_type(), numbered_id(50), R"({"userName":"last"})")));
    });
    pages_fit();
    write([&](TenantTransaction& tenant) {
        EXPECT_TRUE(tenant.erase("User", numbered_id(1), kNow));
        EXPECT_TRUE(tenant.insert(make_row(user_type(), numbered_id(51), R"({"userName":"latest"})")));
    });
    pages_fit();
}

// Rows in the order of their ids may be read without the index: with rows of others between them, from a
// place that an earlier page left behind, and after a row came into the middle.
TEST_P(Lists, PagesFitTogetherWhateverLiesBetween) {
    const auto other = make_tenant(store(), "other");
    std::vector<std::string> expected;
    uint64_t foreign = 1'000;
    for (uint64_t i = 0; i < 60; ++i) {
        const ResourceId id = numbered_id(200 + i);
        expected.push_back(id.text());
        write([&](TenantTransaction& tenant) {
            EXPECT_TRUE(tenant.insert(make_row(group_type(), id, R"({"displayName":"x"})")));
        });
        // Few at first, then so many that the next row is out of reach.
        const uint64_t between = i < 30 ? i % 3 : (i % 15 == 0 ? 200 : 0);
        change(store(), other, [&](TenantTransaction& tenant) {
            for (uint64_t j = 0; j < between; ++j) {
                EXPECT_TRUE(
                    tenant.insert(make_row(group_type(), numbered_id(++foreign), R"({"displayName":"y"})")));
            }
        });
    }
    const auto pages_fit = [&] {
        for (int round = 0; round < 2; ++round) {
            std::vector<std::string> pieces;
            Query piece;
            piece.types = {{&group_type(), nullptr}};
            piece.base_url = kBaseUrl;
            piece.limit = 6;
            for (piece.offset = 10; piece.offset < 80; piece.offset += piece.limit) {
                for (const auto& id : ids_of(query(piece))) pieces.push_back(id);
            }
            EXPECT_EQ(pieces, expected);
        }
    };
    pages_fit();
    const ResourceId middle = numbered_id(150);
    write([&](TenantTransaction& tenant) {
        EXPECT_TRUE(tenant.insert(make_row(group_type(), middle, R"({"displayName":"late"})")));
    });
    expected.insert(expected.begin(), middle.text());
    pages_fit();
}

TEST_P(Lists, LimitZeroGivesTheTotalOnly) {
    auto asked = everything();
    asked.limit = 0;
    EXPECT_EQ(query(asked).total, 40);
    EXPECT_TRUE(query(asked).rows.empty());
    const auto filter = filter_for(user_type(), "title eq \"t1\"");
    asked.types = {{&user_type(), &filter}};
    const auto counted = query(asked);
    EXPECT_GT(counted.total, 0);
    EXPECT_TRUE(counted.rows.empty());
    asked.limit = 100;
    EXPECT_EQ(static_cast<int64_t>(query(asked).rows.size()), counted.total);
}

TEST_P(Lists, TotalsFollowChanges) {
    write([&](TenantTransaction& tenant) {
        EXPECT_TRUE(tenant.erase("User", numbered_id(1), kNow));
        EXPECT_TRUE(tenant.erase("Group", numbered_id(100), kNow));
        EXPECT_TRUE(tenant.insert(user_row("one more")));
        EXPECT_TRUE(tenant.insert(user_row("and one")));
    });
    EXPECT_EQ(query(users()).total, 31);
    EXPECT_EQ(query(everything()).total, 40);
}

// P-SORT-06, P-SORT-09.
TEST_P(Lists, AbsentValuesComeLastThenFirst) {
    auto asked = users_by("title");
    const auto ascending = query(asked);
    EXPECT_EQ(ascending.total, 30);
    for (size_t i = 0; i < 30; ++i) {
        EXPECT_EQ(ascending.rows[i].document.find("title") == std::string::npos, i >= 20) << i;
    }
    for (size_t i = 21; i < 30; ++i) EXPECT_LT(ascending.rows[i - 1].id, ascending.rows[i].id);
    asked.descending = true;
    const auto descending = query(asked);
    for (size_t i = 0; i < 30; ++i) {
        EXPECT_EQ(descending.rows[i].document.find("title") == std::string::npos, i < 10) << i;
    }
    auto reversed = ids_of(ascending);
    std::ranges::reverse(reversed);
    EXPECT_EQ(ids_of(descending), reversed);
}

TEST_P(Lists, SortedPagesFitTogether) {
    for (const auto* path : {"title", "userName", "meta.created", "id"}) {
        for (const bool descending : {false, true}) {
            auto asked = users_by(path);
            asked.descending = descending;
            const auto whole = ids_of(query(asked));
            ASSERT_EQ(whole.size(), 30U);
            std::vector<std::string> pieces;
            asked.limit = 7;
            for (asked.offset = 0; asked.offset < 40; asked.offset += 7) {
                const auto page = query(asked);
                EXPECT_EQ(page.total, 30);
                for (const auto& id : ids_of(page)) pieces.push_back(id);
            }
            EXPECT_EQ(pieces, whole) << path;
        }
    }
}

TEST_P(Lists, UserNamesAreInOrder) {
    const auto user_name = [](const RowView& row) {
        return std::string(json::parse(row.document).at("userName").as_string());
    };
    const auto page = query(users_by("userName"));
    for (size_t i = 1; i < page.rows.size(); ++i)
        EXPECT_LT(user_name(page.rows[i - 1]), user_name(page.rows[i]));
}

// Far down the names are counted without looking at their rows, hidden ones and those of others left out.
TEST_P(Lists, PagesFarDownInOrderOfNames) {
    constexpr uint64_t kUsers = 12'000;
    std::vector<std::pair<std::string, std::string>> expected;  // name and id of whom SCIM sees
    const auto other = make_tenant(store(), "other");
    for (const auto& tenant_caller : {caller(), other}) {
        expected.clear();
        change(store(), tenant_caller, [&](TenantTransaction& tenant) {
            for (uint64_t i = 0; i < kUsers; ++i) {
                const std::string name = "many" + std::to_string(100'000 + i * 7'919 % kUsers);
                auto row = make_row(user_type(), numbered_id(1'000 + i), R"({"userName":")" + name + "\"}");
                row.hidden = i % 10 == 3;
                EXPECT_TRUE(tenant.insert(row));
                if (!row.hidden) expected.emplace_back(name, row.id.text());
            }
        });
    }
    std::ranges::sort(expected);
    Caller scim = other;
    scim.channel = Channel::Scim;
    auto asked = users_by("userName");
    asked.limit = 3;
    for (const int64_t offset : {9'999, 10'000, 10'001, 10'500, 10'797, 10'799, 10'800}) {
        asked.offset = offset;
        for (const bool descending : {false, true}) {
            asked.descending = descending;
            const auto page = reading(store(), scim).query(asked);
            ASSERT_TRUE(page);
            EXPECT_EQ(page->total, static_cast<int64_t>(expected.size()));
            std::vector<std::string> wanted;
            for (int64_t i = offset; i < std::min<int64_t>(offset + 3, page->total); ++i)
                wanted.push_back(expected[static_cast<size_t>(descending ? page->total - 1 - i : i)].second);
            EXPECT_EQ(ids_of(*page), wanted) << offset << " " << descending;
        }
    }
    store().end_read();
}

TEST_P(Lists, OfTypesThatLackTheSortAttribute) {
    auto asked = everything();
    asked.sorted = true;
    asked.sort_paths = {*resolve_path(user_type(), "userName"), std::nullopt};
    const auto page = query(asked);
    EXPECT_EQ(page.rows.front().type, "User");
    EXPECT_EQ(page.rows.back().type, "Group");
    asked.descending = true;
    EXPECT_EQ(query(asked).rows.front().type, "Group");
}

TEST_P(Lists, OffsetsBeyondTheEndAreEmpty) {
    auto asked = users();
    asked.offset = INT64_MAX / 2;
    EXPECT_EQ(query(asked).total, 30);
    EXPECT_TRUE(query(asked).rows.empty());
    asked = users_by("title");
    asked.offset = 30;
    EXPECT_EQ(query(asked).total, 30);
    EXPECT_TRUE(query(asked).rows.empty());
}

// T38: as deep and as long as a filter may be, in every shape; SQL has limits of its own on nesting.
TEST_P(Lists, T38_TheDeepestFiltersAreAnswered) {
    const int depth =
        static_cast<int>(Limits().filter_depth_max) - 3;  // the cores have brackets of their own
    const auto nested = [&](const std::string& before, const std::string& core, const std::string& after) {
        std::string text = core;
        for (int i = 0; i < depth; ++i) text = before + text + after;
        return text;
    };
    const std::string leaf = "title eq \"t1\"";
    const std::string element = "emails[type eq \"work\" and not (value co \"x\")]";
    const std::string id = "userName eq \"user1\"";
    for (const auto& core : {leaf, element, id}) {
        EXPECT_NO_THROW(query(user_type(), nested("not (", core, ")")));
        EXPECT_NO_THROW(query(user_type(), nested("(title pr or ", core, ")")));
        EXPECT_NO_THROW(query(user_type(), nested("(" + id + " or ", core, ")")));
        EXPECT_NO_THROW(query(user_type(), nested("(", core, " and title pr)")));
        EXPECT_NO_THROW(query(user_type(), nested("(title pr and active eq true or ", core, ")")));
        EXPECT_NO_THROW(query(user_type(), nested("(" + id + " and active eq true or ", core, ")")));
        EXPECT_NO_THROW(query(user_type(), nested("not (title pr and ", core, ")")));
    }
    std::string inside = "value eq \"x\"";
    for (int i = 0; i < depth - 1; ++i) inside = "not (type pr and " + inside + ")";
    EXPECT_NO_THROW(query(user_type(), "emails[" + inside + "]"));
    std::string ids = id;
    std::string all = leaf;
    for (int i = 1; i < 100; ++i) {
        ids += " or userName eq \"user" + std::to_string(i % 30) + "\"";
        all += i % 2 ? " and title pr" : " or title co \"t\"";
    }
    EXPECT_EQ(query(user_type(), ids).total, 30);
    EXPECT_NO_THROW(query(user_type(), all));
}

// T40: text that means something to SQL means nothing here.
TEST_P(Lists, T40_TextIsNeverSql) {
    for (const auto* text :
         {"' OR 1=1 --", "%", "_", "\\\\", "user%", "'; DROP TABLE resource; --", "?1", "$.title"}) {
        for (const auto* op : {"eq", "co", "sw", "ew"}) {
            const auto filter = std::string("userName ") + op + " \"" + text + "\"";
            EXPECT_EQ(query(user_type(), filter).total, 0) << filter;
        }
    }
    EXPECT_EQ(query(users()).total, 30);
}

}  // namespace
}  // namespace rollcall::store
