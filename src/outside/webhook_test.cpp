#include "outside/webhook.h"

#include <gtest/gtest.h>

namespace rollcall::outside {
namespace {

constexpr std::string_view kKey = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

// T64: the example that the libraries of Standard Webhooks are tested with.
TEST(Webhooks, SignAsReceiversExpect) {
    const auto keys = parse_webhook_keys(kKey);
    ASSERT_TRUE(keys);
    const Webhook webhook{"https://alerts.example/", *keys};
    EXPECT_EQ(webhook_signature(webhook, "msg_p5jXN8AQM9LWM0D4loKWxJek", Instant{1'614'265'330'000},
                                R"({"test": 2432232314})"),
              "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(Webhooks, TwoKeysMakeTwoSignatures) {
    const auto keys =
        parse_webhook_keys(std::string(kKey) + "\n\nwhsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA  \n");
    ASSERT_TRUE(keys);
    ASSERT_EQ(keys->size(), 2U);
    const std::string text = webhook_signature({"", *keys}, "id", Instant{1'000}, "{}");
    EXPECT_EQ(text.substr(0, 3), "v1,");
    EXPECT_NE(text.find("= v1,"), std::string::npos);
}

TEST(Webhooks, KeysThatAreNone) {
    for (const std::string_view text :
         {"", "\n", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_AAAA",
          "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-w", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
          "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw extra"}) {
        EXPECT_FALSE(parse_webhook_keys(text)) << text;
    }
    const std::string line = std::string(kKey) + "\n";
    EXPECT_FALSE(parse_webhook_keys(line + line + line));
}

}  // namespace
}  // namespace rollcall::outside
