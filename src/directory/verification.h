// E-mail addresses that are known to be the person's (MOB-14, MOD-02). Who calls has seen the proof: a token
// that was sent there, or the word of an operator.
#pragma once

#include "directory/directory.h"

namespace rollcall::directory {

// The member's first address is verified; its account is the one of that address, which is made if there is
// none. Never by SCIM. Errors: NotFound; InvalidValue, when it has no address; Uniqueness, when another member of
// the tenant is that account.
Result<void> verify_email(Context& context, const ResourceType& type, ResourceId id);

}  // namespace rollcall::directory
