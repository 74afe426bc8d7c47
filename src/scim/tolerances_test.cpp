#include "scim/tolerances.h"

#include <gtest/gtest.h>

#include <set>

namespace rollcall::scim {
namespace {

TEST(Tolerances, EveryToleranceHasOneRow) {
    std::set<Tolerance> seen;
    std::set<std::string_view> names;
    for (const ToleranceRow& row : tolerance_table()) {
        EXPECT_TRUE(seen.insert(row.tolerance).second) << row.name;
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_FALSE(row.sent_by.empty() || row.accepted.empty() || row.why_safe.empty()) << row.name;
    }
    EXPECT_EQ(seen.size(), static_cast<size_t>(Tolerance::BulkPatchList) + 1);
}

TEST(Tolerances, EveryQuirkHasOneRow) {
    std::multiset<int> quirks;
    for (const ToleranceRow& row : tolerance_table()) quirks.insert(row.quirk);
    for (int quirk = 1; quirk <= 34; ++quirk) EXPECT_EQ(quirks.count(quirk), 1u) << quirk;
}

TEST(Tolerances, StrictModeRefusesTheRowsThatSaySo) {
    for (const ToleranceRow& row : tolerance_table()) {
        EXPECT_EQ(Leniency(false).allows(row.tolerance), !row.never) << row.name;
        EXPECT_EQ(Leniency(true).allows(row.tolerance), !row.never && !row.strict_refuses) << row.name;
    }
    EXPECT_FALSE(Leniency(false).allows(Tolerance::EmptyOperations));
}

}  // namespace
}  // namespace rollcall::scim
