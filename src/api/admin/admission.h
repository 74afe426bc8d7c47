// Who may ask the admin API, and what the rows of its route table need:
//
//   ""                 everybody
//   "session"          whoever has signed in
//   "administer"       an administrator of a tenant: a member of it whose role is high enough, or an operator
//   who names the
//                      tenant with `?tenant=SLUG`
//   "operator"         an operator
//   "... recently"     ... and the password was given at most five minutes ago
#pragma once

#include "access/administrator.h"
#include "api/call.h"

namespace rollcall::api::admin {

// Errors: Unauthorized, Forbidden, BadRequest.
Result<void> admit(Call& call);

}  // namespace rollcall::api::admin
