// How the purpose of what is sent to members is stored.
#pragma once

#include <string_view>

#include "model/administrator.h"

namespace rollcall::store::postgres {

inline std::string_view purpose_name(MemberToken::Purpose purpose) {
    return purpose == MemberToken::Purpose::Invitation ? "invitation" : "email";
}
inline MemberToken::Purpose purpose_named(std::string_view name) {
    return name == "invitation" ? MemberToken::Purpose::Invitation : MemberToken::Purpose::EmailVerification;
}

}  // namespace rollcall::store::postgres
