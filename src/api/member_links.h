// Links that members are sent, whoever asks for them: administrators or the application.
#pragma once

#include "api/call.h"
#include "model/administrator.h"

namespace rollcall::api {

// With a mail relay and an address: the link waits to be mailed, 202. Else the token is in the answer, once, for who
// asked to send it on, 201. Leaves an event. Error: Conflict, when the member is not active, or has no e-mail address
// to be verified.
Result<http::Response> make_link(Call& call, store::Transaction& transaction, const store::ResourceRow& user,
                                 const Member& member, MemberToken::Purpose purpose);

}  // namespace rollcall::api
