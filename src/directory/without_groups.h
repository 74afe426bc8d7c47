// The catalogue of a tenant that has no groups (MOD-11, policy value `groups`).
#pragma once

#include <memory>

#include "model/schema.h"

namespace rollcall::directory {

// `catalogue` without the resource type Group, its schema, and `groups` of users. Those made last are kept,
// so that one catalogue has one such counterpart as long as it is used. Any thread.
std::shared_ptr<const Catalogue> without_groups(const std::shared_ptr<const Catalogue>& catalogue);

}  // namespace rollcall::directory
