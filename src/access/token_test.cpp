// Tokens: shape, checksum, randomness (threats T31, T37).
#include "access/token.h"

#include <gtest/gtest.h>

#include <set>

#include "access/credential.h"

namespace rollcall::access {
namespace {

TEST(Token, RefusesWhatHasNoRightChecksum) {
    const std::string good = make_token("rc_scim_").reveal();
    for (const std::string& text :
         {std::string(), std::string("Bearer"), std::string("rc_scim_"), good.substr(1).substr(0, 47),
          good.substr(0, good.size() - 1), good + "A", std::string(300, 'A')}) {
        EXPECT_FALSE(is_token(text)) << text;
    }
    for (size_t i = 8; i < good.size(); ++i) {
        std::string bad = good;
        bad[i] = bad[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(is_token(bad)) << i;
    }
    EXPECT_TRUE(is_token(good));
}

TEST(Token, IsNeverTheSame_P_AUTH_19) {
    std::set<std::string> seen;
    for (int i = 0; i < 10'000; ++i) {
        const std::string text = make_token("ms_scim_").reveal();
        ASSERT_EQ(text.size(), 8u + 48u);
        ASSERT_TRUE(text.starts_with("ms_scim_"));
        ASSERT_TRUE(seen.insert(text).second);
    }
}

TEST(Credential, ReadsDatesOfExpiry) {
    for (auto text : {"", "tomorrow", "2027-02-30", "2027-1-1", "20270131"})
        EXPECT_FALSE(parse_expiry(text)) << text;
    EXPECT_EQ(format_instant(*parse_expiry("2027-01-31")), "2027-01-31T23:59:59.000Z");
    EXPECT_EQ(format_instant(*parse_expiry("2027-01-31T12:00:00Z")), "2027-01-31T12:00:00.000Z");
}

TEST(Credential, ReadsSlugs) {
    for (auto text : {"", "-a", "a-", "A", "a_b", "a.b", "a b"}) EXPECT_FALSE(check_slug(text)) << text;
    EXPECT_FALSE(check_slug(std::string(64, 'a')));
    EXPECT_TRUE(check_slug(std::string(63, 'a')));
    EXPECT_TRUE(check_slug("acme-2"));
}

}  // namespace
}  // namespace rollcall::access
