#include "access/sign_in_guard.h"

#include <gtest/gtest.h>

namespace rollcall::access {
namespace {

constexpr Instant kNoon{1'800'000'000'000};

TEST(SignInGuard, AfterFiveFailuresANameWaitsLongerAndLonger) {
    SignInGuard guard;
    for (int i = 0; i < 5; ++i)
        EXPECT_TRUE(guard.try_now("acme ann", "192.0.2." + std::to_string(i), 20, kNoon));
    const auto sixth = guard.try_now("acme ann", "192.0.2.9", 20, kNoon);
    ASSERT_FALSE(sixth);
    EXPECT_EQ(sixth.error().kind, ErrorKind::TooManyRequests);
    EXPECT_EQ(sixth.error().note, "30");
    EXPECT_TRUE(guard.try_now("acme bob", "192.0.2.9", 20, kNoon)) << "others may";
    EXPECT_TRUE(guard.try_now("acme ann", "192.0.2.9", 20, {kNoon.ms + 30'000}));
    EXPECT_EQ(guard.try_now("acme ann", "192.0.2.9", 20, {kNoon.ms + 30'001}).error().note, "60");
}

TEST(SignInGuard, SuccessForgetsFailures) {
    SignInGuard guard;
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(guard.try_now("acme ann", "192.0.2.1", 20, kNoon));
    guard.succeeded("acme ann");
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(guard.try_now("acme ann", "192.0.2.1", 20, kNoon));
    EXPECT_FALSE(guard.try_now("acme ann", "192.0.2.1", 20, kNoon));
}

TEST(SignInGuard, AnAddressTriesTwentyTimesAMinute) {
    SignInGuard guard;
    for (int i = 0; i < 20; ++i)
        EXPECT_TRUE(guard.try_now("name " + std::to_string(i), "192.0.2.1", 20, kNoon));
    EXPECT_FALSE(guard.try_now("another", "192.0.2.1", 20, kNoon));
    EXPECT_TRUE(guard.try_now("another", "192.0.2.2", 20, kNoon));
    EXPECT_TRUE(guard.try_now("another", "192.0.2.1", 20, {kNoon.ms + 60'000}));
}

TEST(SignInGuard, WhatItRemembersIsBounded) {
    SignInGuard guard;
    for (size_t i = 0; i < SignInGuard::kNamesMax + 100; ++i) {
        EXPECT_TRUE(guard.try_now(std::to_string(i), "192.0.2." + std::to_string(i / 20), 20, kNoon));
    }
}

}  // namespace
}  // namespace rollcall::access
