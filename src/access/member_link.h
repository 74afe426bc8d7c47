// Links to members: a token that is good once, for a time, for one purpose and one address.
#pragma once

#include "base/secret.h"
#include "model/administrator.h"
#include "store/store.h"

namespace rollcall::access {

struct MemberLink {
    Secret token;  // shown or sent once
    Instant expires;
};

// A new one in the place of what the member has for the purpose. An invitation is good for 7 days, a
// verification of an address for one.
MemberLink make_member_link(store::TenantTransaction& door, ResourceId member, MemberToken::Purpose purpose,
                            const std::string& email, Instant now);

}  // namespace rollcall::access
