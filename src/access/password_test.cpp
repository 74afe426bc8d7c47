#include "access/password.h"

#include <gtest/gtest.h>

namespace rollcall::access {
namespace {

TEST(Password, TheWrongOneIsRefused) {
    const auto kept = hash_password("correct horse battery");
    EXPECT_FALSE(is_password("correct horse batterx", kept));
    EXPECT_FALSE(is_password("", kept));
    EXPECT_FALSE(is_password("correct horse battery", ""));
    EXPECT_FALSE(is_password("correct horse battery", password_of_nobody()));
    EXPECT_TRUE(is_password("correct horse battery", kept));
}

TEST(Password, ParametersAreThoseThatAreDocumented) {
    const auto kept = hash_password("correct horse battery");
    EXPECT_TRUE(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << kept;
    EXPECT_NE(kept, hash_password("correct horse battery")) << "salted";
}

TEST(Password, TooShortAndTooLongOnesAreRefused) {
    EXPECT_FALSE(check_new_password(""));
    EXPECT_FALSE(check_new_password("12345678901"));
    EXPECT_FALSE(check_new_password(std::string(129, 'x')));
    EXPECT_FALSE(check_new_password("not utf-8: \xff\xff\xff\xff"));
    EXPECT_TRUE(check_new_password("123456789012"));
    EXPECT_TRUE(check_new_password(std::string(128, 'x')));
}

}  // namespace
}  // namespace rollcall::access
