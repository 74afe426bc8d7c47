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

// The value of the last cookie of that name; empty when there is none.
std::string cookie_named(const http::Head& head, std::string_view wanted);

}  // namespace rollcall::api::admin
