// Rates in memory (T31, T70, T71) and the unusual (T32).
#include "access/rates.h"

#include <gtest/gtest.h>

#include <array>

#include "access/credential.h"
#include "access/usage.h"
#include "store/open.h"

namespace rollcall::access {
namespace {

constexpr Instant kNoon{1'800'000'000'000};  // a whole minute

TEST(RefusalRates, LimitAnAddressByTheMinute_T31) {
    RefusalRates rates(20);
    for (int i = 0; i < 20; ++i) EXPECT_FALSE(rates.count("192.0.2.1", kNoon).is_over) << i;
    const auto over = rates.count("192.0.2.1", Instant{kNoon.ms + 15'000});
    EXPECT_TRUE(over.is_over);
    EXPECT_EQ(over.retry_after_s, 45);
    EXPECT_FALSE(rates.count("192.0.2.2", kNoon).is_over);  // T71: nobody pays for another
    EXPECT_FALSE(rates.count("192.0.2.1", Instant{kNoon.ms + 60'000}).is_over);
    RefusalRates off(0);
    for (int i = 0; i < 1'000; ++i) EXPECT_FALSE(off.count("192.0.2.1", kNoon).is_over);
}

TEST(RefusalRates, OneSubscriberOfIPv6IsOneAddress_T71) {
    RefusalRates rates(1);
    EXPECT_FALSE(rates.count("2001:db8:1:2:3:4:5:6", kNoon).is_over);
    EXPECT_TRUE(rates.count("2001:db8:1:2:ffff::1", kNoon).is_over);
    EXPECT_FALSE(rates.count("2001:db8:1:3::1", kNoon).is_over);
}

TEST(RefusalRates, AFloodIsOneRow_T70) {
    RefusalRates rates(20);
    for (int i = 0; i < 1'000'000; ++i) rates.count("192.0.2.1", kNoon);
    EXPECT_TRUE(rates.take(kNoon).empty());  // the minute is not over
    const auto floods = rates.take(Instant{kNoon.ms + 60'000});
    ASSERT_EQ(floods.size(), 1U);
    EXPECT_EQ(floods[0].address, "192.0.2.1");
    EXPECT_EQ(floods[0].refusals, 999'980);
    EXPECT_EQ(floods[0].minute, kNoon);
    EXPECT_TRUE(rates.take(Instant{kNoon.ms + 120'000}).empty());
    for (int i = 0; i < 21; ++i) rates.count("192.0.2.1", kNoon);
    EXPECT_EQ(rates.take(kNoon, true).size(), 1U);
}

TEST(RefusalRates, ManyAddressesCostLittle_T70) {
    RefusalRates rates(20);
    for (int i = 0; i < 100'000; ++i)
        rates.count("10.0." + std::to_string(i / 256) + "." + std::to_string(i), kNoon);
    EXPECT_LE(rates.take(kNoon, true).size(), 1U);  // all beyond the 10,000th share one place
}

TEST(RequestBudgets, HoldInTheLongRun) {
    RequestBudgets budgets;
    int64_t served = 0, wait = 0;
    for (int64_t ms = 0; ms < 100'000; ms += 10) {
        if (auto seconds = budgets.spend("a", 10, Instant{kNoon.ms + ms}))
            wait = *seconds;
        else
            ++served;
    }
    EXPECT_NEAR(static_cast<double>(served), 1'000 + 80, 5);
    EXPECT_EQ(wait, 1);
    EXPECT_FALSE(budgets.spend("b", 10, kNoon));
}

class Usage : public testing::Test {
protected:
    Usage() : store_(std::move(*store::open("memory:", {}))) {
        store::write_and_wait(*store_, [&](store::Transaction& transaction) {
            Tenant tenant;
            tenant.slug = "acme";
            tenant.profile = "standard";
            tenant.policy = "{}";
            tenant = *transaction.insert_tenant(tenant);
            caller_ = Caller::operator_of(tenant.id, "acme");
            auto& door = transaction.tenant(caller_);
            credential_ = issue(door, {"Okta", "okta", {}}, Policy(), kNoon, tenant.id)->credential;
        });
    }
    template <class Body>
    void in_job(Body body) {
        store::write_and_wait(*store_,
                              [&](store::Transaction& transaction) { body(transaction.tenant(caller_)); });
    }

    std::unique_ptr<store::Store> store_;
    Caller caller_;
    Credential credential_;
};

TEST_F(Usage, FiveTimesTheUsualIsTold_T32) {
    const auto after = [](int64_t hours) { return Instant{kNoon.ms + hours * 3'600'000}; };
    in_job([&](store::TenantTransaction& door) {
        for (int64_t hour = 0; hour < 30; ++hour)
            EXPECT_FALSE(judge_volume(door, credential_.id, 200, after(hour)));
        EXPECT_FALSE(judge_volume(door, credential_.id, 1'000, after(30)));
        EXPECT_TRUE(judge_volume(door, credential_.id, 1, after(30)));
        EXPECT_FALSE(judge_volume(door, credential_.id, 500, after(30)));  // once
        ASSERT_EQ(door.notices(10).size(), 1U);
        EXPECT_EQ(door.notices(10)[0].kind, "volume");
        EXPECT_EQ(door.notices(10)[0].requests, 1'001);
        EXPECT_EQ(door.notices(10)[0].usual, 200);
    });
}

TEST_F(Usage, TheFirstDayHasNothingUsual_T32) {
    in_job([&](store::TenantTransaction& door) {
        EXPECT_FALSE(judge_volume(door, credential_.id, 10, kNoon));
        EXPECT_FALSE(judge_volume(door, credential_.id, 1'000'000, Instant{kNoon.ms + 3'600'000}));
    });
}

// Requests as they come, over the hours: what the watch counts reaches the store, and what is unusual is
// told.
TEST_F(Usage, TheWatchTellsOfVolumesAndAddresses_T32_T67) {
    UsageWatch watch(*store_);
    Authenticated known;
    known.caller = caller_;
    known.caller.credential = credential_.id;
    known.caller.address = "192.0.2.1";
    known.policy = std::make_shared<const Policy>();
    const auto push = [&](int64_t hour, int requests) {
        const Instant begun{kNoon.ms + hour * 3'600'000};
        for (int i = 1; i < requests; ++i) watch.note(known, begun);
        watch.note(known, Instant{begun.ms + UsageWatch::kFlushMs});  // a minute later: they are written
    };
    const auto kinds = [&] {
        std::vector<std::string> found;
        in_job([&](store::TenantTransaction& door) {
            for (const auto& notice : door.notices(10)) found.push_back(notice.kind);
        });
        return found;
    };
    for (int64_t hour = 0; hour < 30; ++hour) push(hour, 200);
    EXPECT_TRUE(kinds().empty());
    push(30, 900);
    EXPECT_TRUE(kinds().empty()) << "less than five times as many";
    push(31, 5'000);
    EXPECT_EQ(kinds(), std::vector<std::string>{"volume"});
    known.caller.address = "198.51.100.7";
    watch.note(known, Instant{kNoon.ms + 32 * 3'600'000});
    EXPECT_EQ(kinds(), (std::vector<std::string>{"new_address", "volume"}));
    for (const auto& [name, value] : watch.gauges())
        EXPECT_EQ(value, name == "credentials_due_for_rotation" ? 0 : 1) << name;
}

TEST_F(Usage, RotationKeepsTheCredential_STD_11) {
    in_job([&](store::TenantTransaction& door) {
        const auto first = rotate(door, "okta", 3'600'000, {}, Policy(), kNoon);
        ASSERT_TRUE(first);
        EXPECT_EQ(first->credential.id, credential_.id);
        EXPECT_EQ(door.tokens(credential_.id, kNoon).size(), 1U);
        EXPECT_TRUE(door.tokens(credential_.id, Instant{kNoon.ms + 3'600'000}).empty());
        // Another rotation does not make the first token live longer.
        ASSERT_TRUE(rotate(door, "okta", 7'200'000, {}, Policy(), Instant{kNoon.ms + 1}));
        EXPECT_EQ(door.tokens(credential_.id, kNoon)[0].expires.ms, kNoon.ms + 3'600'000);
        // After a leak: everything ends.
        ASSERT_TRUE(rotate(door, "okta", 0, {}, Policy(), Instant{kNoon.ms + 2}));
        EXPECT_TRUE(door.tokens(credential_.id, Instant{kNoon.ms + 2}).empty());
        EXPECT_FALSE(rotate(door, "unknown", 0, {}, Policy(), kNoon));
        EXPECT_FALSE(rotate(door, "", 0, {}, Policy(), kNoon));
        EXPECT_FALSE(rotate(door, "okta", 31LL * 24 * 3'600'000, {}, Policy(), kNoon));
        EXPECT_FALSE(rotate(door, "okta", 0, Instant{kNoon.ms - 1}, Policy(), kNoon));
        ASSERT_TRUE(change_credential(door, "okta", CredentialChange::Revoke, kNoon));
        EXPECT_EQ(rotate(door, "okta", 0, {}, Policy(), kNoon).error().kind, ErrorKind::Conflict);
    });
}

TEST(Duration, IsRead) {
    EXPECT_EQ(*parse_duration("24h"), 86'400'000);
    EXPECT_EQ(*parse_duration("90m"), 5'400'000);
    EXPECT_EQ(*parse_duration("30s"), 30'000);
    EXPECT_EQ(*parse_duration("7d"), 604'800'000);
    EXPECT_EQ(*parse_duration("0"), 0);
    for (const char* text : {"", "h", "1", "-1h", "1.5h", "1w", "1hh", "99999999d"})
        EXPECT_FALSE(parse_duration(text));
}

// T37: letters of many tokens are all as frequent as chance would have them.
TEST(Token, LettersAreEven_T37) {
    std::array<int64_t, 256> seen{};
    constexpr int64_t kTokens = 100'000;
    for (int64_t i = 0; i < kTokens; ++i) {
        const std::string token = make_token("x_").reveal();
        for (size_t at = 2; at < 2 + 42; ++at)
            ++seen[static_cast<unsigned char>(token[at])];  // 252 random bits
    }
    const double expected = static_cast<double>(kTokens) * 42 / 64;
    double chi_square = 0;
    int64_t kinds = 0;
    for (const auto count : seen) {
        if (count == 0) continue;
        ++kinds;
        chi_square +=
            (static_cast<double>(count) - expected) * (static_cast<double>(count) - expected) / expected;
    }
    EXPECT_EQ(kinds, 64);
    EXPECT_LT(chi_square, 142);  // 63 degrees of freedom: exceeded once in ten million runs
}

}  // namespace
}  // namespace rollcall::access
