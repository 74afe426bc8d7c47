// STD-14: success, speed and the alert of each tenant.
#include "ops/tenant_rates.h"

#include <gtest/gtest.h>

namespace rollcall::ops {
namespace {

constexpr Instant kNow{1'700'000'000'000};
constexpr TenantId kAcme{1}, kOther{2};

Instant after(int64_t minutes) {
    return Instant{kNow.ms + minutes * 60'000};
}

TEST(TenantRates, STD14_AlertAboveFivePercentAndNotBefore) {
    TenantRates rates;
    for (int i = 0; i < 95; ++i) rates.count(kAcme, "acme", 200, 1'000, kNow);
    for (int i = 0; i < 5; ++i) rates.count(kAcme, "acme", 500, 1'000, kNow);
    EXPECT_FALSE(rates.of(kAcme, kNow).is_alert);  // 5 of 100
    rates.count(kAcme, "acme", 400, 9'000, kNow);
    const auto rate = rates.of(kAcme, kNow);
    EXPECT_TRUE(rate.is_alert);
    EXPECT_EQ(rate.requests, 101);
    EXPECT_EQ(rate.errors, 6);
    EXPECT_EQ(rate.slowest_us, 9'000);
    EXPECT_NE(rates.render(kNow).find("rollcall_tenant_error_alert{tenant=\"acme\"} 1"), std::string::npos);
    EXPECT_FALSE(rates.of(kOther, kNow).is_alert);
}

TEST(TenantRates, STD14_AnAlertEndsAtHalfTheBound) {
    TenantRates rates;
    for (int i = 0; i < 90; ++i) rates.count(kAcme, "acme", 200, 1'000, kNow);
    for (int i = 0; i < 6; ++i) rates.count(kAcme, "acme", 500, 1'000, kNow);
    EXPECT_TRUE(rates.of(kAcme, kNow).is_alert);
    for (int i = 0; i < 100; ++i) rates.count(kAcme, "acme", 200, 1'000, kNow);
    EXPECT_TRUE(rates.of(kAcme, kNow).is_alert);  // 6 of 196
    for (int i = 0; i < 44; ++i) rates.count(kAcme, "acme", 200, 1'000, kNow);
    EXPECT_FALSE(rates.of(kAcme, kNow).is_alert);  // 6 of 240
}

TEST(TenantRates, STD14_AFewRequestsAreNoRate) {
    TenantRates rates;
    for (int i = 0; i < 19; ++i) rates.count(kAcme, "acme", 500, 1, kNow);
    EXPECT_FALSE(rates.of(kAcme, kNow).is_alert);
    rates.count(kAcme, "acme", 500, 1, kNow);
    EXPECT_TRUE(rates.of(kAcme, kNow).is_alert);
}

TEST(TenantRates, STD14_WhatAnIdentityProviderAsksOnPurposeIsNoError) {
    for (const int status : {200, 201, 204, 304, 404, 409, 412}) EXPECT_FALSE(TenantRates::is_error(status)) << status;
    for (const int status : {400, 401, 403, 413, 429, 500, 503}) EXPECT_TRUE(TenantRates::is_error(status)) << status;
}

TEST(TenantRates, STD14_AQuarterOfAnHourLaterItIsForgotten) {
    TenantRates rates;
    for (int i = 0; i < 30; ++i) rates.count(kAcme, "acme", 500, 1, kNow);
    EXPECT_TRUE(rates.of(kAcme, after(14)).is_alert);
    EXPECT_FALSE(rates.of(kAcme, after(15)).is_alert);
    rates.count(kAcme, "acme", 200, 1, after(15));
    EXPECT_EQ(rates.of(kAcme, after(15)).requests, 1);
    EXPECT_EQ(rates.of(kAcme, after(15)).all_errors, 30);
}

TEST(TenantRates, STD14_NamesAreBounded) {
    TenantRates rates;
    for (int64_t id = 1; id <= 1'010; ++id) {
        rates.count(TenantId{id}, "t" + std::to_string(id), 200, 1, kNow);
    }
    EXPECT_LE(rates.all(kNow).size(), TenantRates::kTenantsMax + 1);
    EXPECT_EQ(rates.all(kNow).front().tenant, "other");
    EXPECT_EQ(rates.all(kNow).front().requests, 10);
}

}  // namespace
}  // namespace rollcall::ops
