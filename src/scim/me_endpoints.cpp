// /Me: another name for the user behind the credential. Rules, rights and answers are those of the user's own
// address, which the answer names (P-ME-03).
#include "base/check.h"
#include "scim/call.h"
#include "scim/response.h"

namespace rollcall::scim {
namespace {

using Handler = http::Outcome (*)(const CallPointer& call);

http::Outcome as_user(const CallPointer& call, Handler handler) {
    if (call->caller.user.is_nil()) {
        return error_response(
            {ErrorKind::NotFound,
             "The credential belongs to no user, so that /Me means nobody (RFC 7644 section 3.11)."},
            call->head);
    }
    call->type = call->catalogue->find_type("User");
    CHECK(call->type != nullptr);
    call->id = call->caller.user.text();
    call->by_alias = true;
    return handler(call);
}

}  // namespace

http::Outcome get_me(const CallPointer& call) {
    return as_user(call, get_resource);
}

http::Outcome replace_me(const CallPointer& call) {
    return as_user(call, replace_resource);
}

http::Outcome patch_me(const CallPointer& call) {
    return as_user(call, patch_resource);
}

http::Outcome delete_me(const CallPointer& call) {
    return as_user(call, delete_resource);
}

}  // namespace rollcall::scim
