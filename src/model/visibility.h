// Who is hidden from SCIM.
#pragma once

#include "model/member.h"
#include "model/policy.h"

namespace rollcall {

// True for members that SCIM does not see: deleted ones, and with visibility "managed" manual ones and those whose
// role is above the ceiling (MOB-06, STD-06).
inline bool is_hidden(const Member& member, const Policy& policy) {
    if (member.removed_at) return true;
    if (policy.visibility == Visibility::All) return false;
    return member.managed != Managed::Scim || rank_of(policy, member.role) > rank_of(policy, policy.scim_ceiling_role);
}

}  // namespace rollcall
