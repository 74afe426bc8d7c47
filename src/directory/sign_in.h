// May a member sign in, and why not? The one place that says so: for applications that ask before they let
// somebody in, and for every session and key that is made.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "directory/directory.h"

namespace rollcall::directory {

struct SignIn {
    bool known = false;                     // the tenant has such a member
    std::vector<std::string_view> reasons;  // against it: "inactive"; see docs/application-api.md
    bool allowed() const { return known && reasons.empty(); }
};

SignIn may_sign_in(store::TenantTransaction& transaction, const Policy& policy, ResourceId member);

// Errors: NotFound; Conflict that names the reasons.
Result<void> check_sign_in(store::TenantTransaction& transaction, const Policy& policy, ResourceId member);

}  // namespace rollcall::directory
