#include "base/seal.h"

#include <gtest/gtest.h>

namespace rollcall {
namespace {

const Sha256 kKey = sha256("a key");
const Sha256 kOther = sha256("another key");

TEST(Seal, C_CUR_29_NothingChangedOpens) {
    const auto sealed = seal(kKey, "context", "what is inside");
    for (size_t i = 0; i < sealed.size() * 8; ++i) {
        std::string changed = sealed;
        changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << (i % 8)));
        EXPECT_FALSE(unseal(kKey, "context", changed)) << "bit " << i;
    }
    for (size_t size = 0; size < sealed.size(); ++size) {
        EXPECT_FALSE(unseal(kKey, "context", std::string_view(sealed).substr(0, size))) << size;
    }
    EXPECT_FALSE(unseal(kKey, "context", sealed + '\0'));
}

TEST(Seal, C_CUR_29_NoOtherKeyAndNoOtherContextOpensIt) {
    const auto sealed = seal(kKey, "context", "x");
    EXPECT_FALSE(unseal(kOther, "context", sealed));
    EXPECT_FALSE(unseal(kKey, "context2", sealed));
    EXPECT_FALSE(unseal(kKey, "", sealed));
}

TEST(Seal, OpensToWhatWasSealed) {
    for (const std::string& plain : {std::string(), std::string("x"), std::string(70'000, 'y')}) {
        EXPECT_EQ(unseal(kKey, "context", seal(kKey, "context", plain)), plain);
    }
}

TEST(Seal, SaysNothingOfWhatIsInside) {
    const auto first = seal(kKey, "context", "ann@example.com");
    EXPECT_NE(first, seal(kKey, "context", "ann@example.com"));
    EXPECT_EQ(first.find("ann"), std::string::npos);
}

}  // namespace
}  // namespace rollcall
