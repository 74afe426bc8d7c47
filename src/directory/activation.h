// The only way in and out of active (MOB-05, MOD-03, MOD-04, PLU-06, PLU-07): role and access of a member.
#pragma once

#include "directory/directory.h"

namespace rollcall::directory {

// Gives the member its role of an inactive one, and notes who did it and when. Nothing to do for an inactive one.
void deactivate(Member& member, const Caller& caller, const Policy& policy, Instant now);

// The other way: the role it had, or that of a new member, as the policy says.
void activate(Member& member, const Policy& policy);

// Whatever the member could go on with ends in this transaction (T68): credentials, sessions and API keys. Keys for
// good or until the member returns, as the policy says; never for good where that `may_be_undone`.
void end_access(Context& context, ResourceId member, bool may_be_undone = false);

// What the policy gives back to a member that was activated: its API keys (MOD-04), or nothing (PLU-07).
void restore_access(Context& context, ResourceId member);

}  // namespace rollcall::directory
