// Inner part of apply_patch: what one operation does to the elements of a multi-valued attribute, and to
// single sub-attributes. Pure functions.
#pragma once

#include "scim/patch_target.h"

namespace rollcall::scim {

// Changes `now` (a list, or null when unassigned) as the operation says; duplicates and unassigned leftovers
// may remain. Errors, with the path in front: NoTarget, Mutability (immutable sub-attribute), InvalidValue
// (two primaries).
Result<void> apply_to_elements(const PatchOperation& operation, json::value& now, const ReadOptions& options);

// Sets or, with a null value, unassigns the sub-attribute of the operation in one complex value. Error:
// Mutability.
Result<void> set_part(const PatchOperation& operation, json::object& object);

// A required sub-attribute that a complex value, or an element of it, lacks; nullptr when there is none.
const Attribute* missing_part(const Attribute& attribute, const json::value& value);

}  // namespace rollcall::scim
