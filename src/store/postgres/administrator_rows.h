// How the purpose of what is sent to members is stored.
#pragma once

#include <string_view>

#include "model/administrator.h"

namespace rollcall::store::postgres {

inline std::string_view purpose_name(MemberToken::Purpose purpose) {
    using enum MemberToken::Purpose;
    return purpose == Invitation ? "invitation" : purpose == EmailVerification ? "email" : "address_changed";
}
inline MemberToken::Purpose purpose_named(std::string_view name) {
    using enum MemberToken::Purpose;
    return name == "invitation" ? Invitation : name == "email" ? EmailVerification : AddressChanged;
}

}  // namespace rollcall::store::postgres
