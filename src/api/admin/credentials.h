// Credentials as the endpoints of the admin API find them.
#pragma once

#include "api/call.h"

namespace rollcall::api::admin {

// The one that the path names, by id or slug. Error: NotFound.
Result<Credential> find_credential(const Call& call, store::TenantTransaction& door);

}  // namespace rollcall::api::admin
