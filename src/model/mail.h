// What is to be sent to members.
#pragma once

#include <optional>
#include <string>

#include "model/administrator.h"

namespace rollcall {

// A mail that waits to be sent. It holds no token: that is made when the mail goes out, unless the mail only
// tells.
struct Mail {
    ResourceId member;
    MemberToken::Purpose purpose = MemberToken::Purpose::Invitation;
    // Nothing is sent when the member's address is another one by then; but AddressChanged is sent to the
    // former one.
    std::string email;
    Instant created;
    Instant due;  // it is not tried earlier
    int64_t attempts = 0;
    std::optional<Instant> held = {};  // since then it waits for somebody to confirm it (T36)
    friend bool operator==(const Mail&, const Mail&) = default;
};

}  // namespace rollcall
