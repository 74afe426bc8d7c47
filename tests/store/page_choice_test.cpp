// Pages chosen out of more rows than are kept are those of a whole sort.
#include "store/sqlite/page_choice.h"

#include <gtest/gtest.h>

#include <random>

#include "fixture.h"

namespace rollcall::store::sqlite {
namespace {

struct Row {
    SortValue value;
    ResourceId id;
    int64_t seq;
};

SortValue random_value(std::mt19937_64& random) {
    switch (random() % 4) {
        case 0:
            return {};
        case 1:
            return {static_cast<int64_t>(random() % 50)};
        default:
            return {std::to_string(random() % 2'000)};
    }
}

std::vector<Row> random_rows(std::mt19937_64& random, size_t count) {
    std::vector<Row> rows;
    for (size_t i = 0; i < count; ++i) {
        rows.push_back({random_value(random), numbered_id(i + 1), static_cast<int64_t>(i)});
    }
    std::ranges::shuffle(rows, random);
    return rows;
}

TEST(PageChoice, P_SORT_06_TheSamePageAsAWholeSort) {
    std::mt19937_64 random(20'261'122);
    for (int round = 0; round < 40; ++round) {
        const auto given = random_rows(random, random() % 9'000);
        auto sorted = given;
        const bool descending = random() % 2 == 0;
        std::ranges::sort(sorted, [&](const Row& a, const Row& b) {
            const int order = compare_sort_values(a.value, b.value);
            const bool before = order != 0 ? order < 0 : a.id < b.id;
            return descending ? !before && a.seq != b.seq : before;
        });
        const auto offset = random() % (given.size() + 10);
        const auto limit = random() % 300;
        PageChoice choice(static_cast<int64_t>(offset), static_cast<int64_t>(limit), descending);
        for (const auto& row : given) choice.add(row.seq, row.id, row.value);
        std::vector<int64_t> expected;
        for (size_t i = offset; i < std::min(offset + limit, sorted.size()); ++i) expected.push_back(sorted[i].seq);
        ASSERT_EQ(choice.take(), expected) << "round " << round << ", offset " << offset << ", limit " << limit;
        EXPECT_EQ(choice.total(), static_cast<int64_t>(given.size()));
    }
}

TEST(PageChoice, AnOffsetBeyondEverythingIsNoPage) {
    for (const int64_t offset : {int64_t{3}, std::numeric_limits<int64_t>::max()}) {
        PageChoice choice(offset, 1'000, false);
        for (int64_t i = 0; i < 3; ++i) choice.add(i, numbered_id(static_cast<uint64_t>(i) + 1), {});
        EXPECT_TRUE(choice.take().empty());
        EXPECT_EQ(choice.total(), 3);
    }
}

}  // namespace
}  // namespace rollcall::store::sqlite
