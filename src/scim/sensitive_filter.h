// Filters that must not stand in an address, where logs and histories keep them (RFC 7644 §7.5.2).
#pragma once

#include "model/filter.h"
#include "scim/call.h"

namespace rollcall::scim {

// Error: Sensitive, when the request is a GET or HEAD and the filter names an attribute, or a part of one,
// that Service::sensitive_attributes holds. A body may name any.
Result<void> check_sensitive(const Call& call, const ResourceType& type, const CheckedFilter& filter);

}  // namespace rollcall::scim
