// verify() of members: each has its user, and state, role and visibility agree with document and policy.
#pragma once

#include <functional>
#include <map>
#include <string_view>

#include "model/policy.h"
#include "store/sqlite/connection.h"

namespace rollcall::store::sqlite {

// `report(invariant, tenant, id)` is called for each violation; `id` are 16 bytes or none.
using Report = std::function<void(std::string_view invariant, int64_t tenant, std::string_view id)>;
void check_members(Connection& connection, const std::map<int64_t, Policy>& policies, const Report& report);

}  // namespace rollcall::store::sqlite
