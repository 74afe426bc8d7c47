// What is kept of the answers of a snapshot.
#include "store/kept_answers.h"

#include <gtest/gtest.h>

namespace rollcall::store {
namespace {

AnswerKey key(std::string request, const std::shared_ptr<const void>& catalogue = nullptr) {
    return {std::move(request), catalogue};
}

TEST(KeptAnswers, AreKeptFromTheSecondTimeOn) {
    KeptAnswers kept(1'000);
    kept.offer(key("a"), "one");
    EXPECT_EQ(kept.find(key("a")), nullptr);
    kept.offer(key("a"), "one");
    ASSERT_NE(kept.find(key("a")), nullptr);
    EXPECT_EQ(*kept.find(key("a")), "one");
    EXPECT_EQ(kept.find(key("b")), nullptr);
}

TEST(KeptAnswers, AreForgottenTogether) {
    KeptAnswers kept(1'000);
    for (int i = 0; i < 2; ++i) kept.offer(key("a"), "one");
    kept.clear();
    EXPECT_EQ(kept.find(key("a")), nullptr);
    kept.offer(key("a"), "two");
    EXPECT_EQ(kept.find(key("a")), nullptr);
}

TEST(KeptAnswers, BelongToTheSchemasTheyWereWrittenWith) {
    KeptAnswers kept(1'000);
    const auto old = std::make_shared<const int>(1);
    const auto current = std::make_shared<const int>(2);
    for (int i = 0; i < 2; ++i) kept.offer(key("a", old), "old");
    EXPECT_EQ(kept.find(key("a", current)), nullptr);
    kept.offer(key("a", current), "current");
    ASSERT_NE(kept.find(key("a", current)), nullptr);
    EXPECT_EQ(*kept.find(key("a", current)), "current");
    EXPECT_EQ(kept.find(key("a", old)), nullptr);
}

TEST(KeptAnswers, HaveRoomForSoManyBytes) {
    KeptAnswers kept(100);
    const std::string answer(60, 'x');
    for (int i = 0; i < 3; ++i) {
        kept.offer(key("a"), answer);
        kept.offer(key("b"), answer);
    }
    EXPECT_NE(kept.find(key("a")), nullptr);
    EXPECT_EQ(kept.find(key("b")), nullptr);
    kept.clear();
    for (int i = 0; i < 3; ++i) kept.offer(key("b"), answer);
    EXPECT_NE(kept.find(key("b")), nullptr);
}

}  // namespace
}  // namespace rollcall::store
