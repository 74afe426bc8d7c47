// E-mail addresses that are known to be the person's (MOB-14, MOD-02). Who calls has seen the proof: a token
// that was sent there, or the word of an operator.
#pragma once

#include "directory/directory.h"

namespace rollcall::directory {

// The member's first address is verified; its account is the one of that address, which is made if there is
// none. Never by SCIM. Errors: NotFound; InvalidValue, when it has no address; Uniqueness, when another
// member of the tenant is that account.
Result<void> verify_email(Context& context, const ResourceType& type, ResourceId id);

// T4: after a change of a member, whoever has the verified address that it had is told, when it is another
// one now; by mail if there is a relay. The event "user.address_change" says whether: {"notice": "mail"} or
// "none". An address that nobody has verified is not written to.
void tell_former_address(Context& context, const Resource& before, const Resource& after);

}  // namespace rollcall::directory
