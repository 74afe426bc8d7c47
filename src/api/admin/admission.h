// Who may ask the admin API.
#pragma once

#include "api/call.h"

namespace rollcall::api::admin {

// Errors: Unauthorized, Forbidden.
Result<void> admit(Call& call);

}  // namespace rollcall::api::admin
