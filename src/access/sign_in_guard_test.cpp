#include "access/sign_in_guard.h"

#include <gtest/gtest.h>

namespace rollcall::access {
namespace {

constexpr Instant kNoon{1'800'000'000'000};
const Limits kLimits;

TEST(SignInGuard, AfterFiveFailuresANameWaitsLongerAndLonger) {
    SignInGuard guard;
    for (int i = 0; i < 5; ++i)
        EXPECT_TRUE(guard.try_now("acme ann", "192.0.2." + std::to_string(i), kLimits, kNoon));
    const auto sixth = guard.try_now("acme ann", "192.0.2.9", kLimits, kNoon);
    ASSERT_FALSE(sixth);
    EXPECT_EQ(sixth.error().kind, ErrorKind::TooManyRequests);
    EXPECT_EQ(sixth.error().note, "30");
    EXPECT_TRUE(guard.try_now("acme bob", "192.0.2.9", kLimits, kNoon)) << "others may";
    EXPECT_TRUE(guard.try_now("acme ann", "192.0.2.9", kLimits, {kNoon.ms + 30'000}));
    EXPECT_EQ(guard.try_now("acme ann", "192.0.2.9", kLimits, {kNoon.ms + 30'001}).error().note, "60");
}

TEST(SignInGuard, SuccessForgetsFailures) {
    SignInGuard guard;
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(guard.try_now("acme ann", "192.0.2.1", kLimits, kNoon));
    guard.succeeded("acme ann");
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(guard.try_now("acme ann", "192.0.2.1", kLimits, kNoon));
    EXPECT_FALSE(guard.try_now("acme ann", "192.0.2.1", kLimits, kNoon));
}

TEST(SignInGuard, AnAddressTriesTwentyTimesAMinute) {
    SignInGuard guard;
    for (int i = 0; i < 20; ++i)
        EXPECT_TRUE(guard.try_now("name " + std::to_string(i), "192.0.2.1", kLimits, kNoon));
    EXPECT_FALSE(guard.try_now("another", "192.0.2.1", kLimits, kNoon));
    EXPECT_TRUE(guard.try_now("another", "192.0.2.2", kLimits, kNoon));
    EXPECT_TRUE(guard.try_now("another", "192.0.2.1", kLimits, {kNoon.ms + 60'000}));
}

TEST(SignInGuard, HowManyFailuresAreFreeIsALimit) {
    Limits limits;
    limits.sign_in_failures_max = 2;
    SignInGuard guard;
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(guard.try_now("acme ann", "192.0.2.1", limits, kNoon));
    EXPECT_FALSE(guard.try_now("acme ann", "192.0.2.1", limits, kNoon));
}

TEST(SignInGuard, WhatItRemembersIsBounded) {
    SignInGuard guard;
    for (size_t i = 0; i < SignInGuard::kNamesMax + 100; ++i) {
        EXPECT_TRUE(guard.try_now(std::to_string(i), "192.0.2." + std::to_string(i / 20), kLimits, kNoon));
    }
}

}  // namespace
}  // namespace rollcall::access
