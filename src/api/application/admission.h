// Who may ask the application API: service keys, by scope.
#pragma once

#include "api/call.h"

namespace rollcall::api::application {

// Errors: Unauthorized; Forbidden for a scope that the key lacks, and for credentials of identity providers,
// which are good for SCIM and nothing else (PLU-02, T16).
Result<void> admit(Call& call);

}  // namespace rollcall::api::application
