// When two values of an attribute are the same, and the rule that follows for immutable ones. Pure functions;
// values are in canonical spelling and of the right type.
#pragma once

#include <string>

#include "model/resource.h"

namespace rollcall {

// Missing, null or false: a missing primary is false (S-MV-04).
bool is_false(const json::value* value);

// Equal for the schema: caseExact and dateTime respected, a missing primary is false, order of members
// without effect.
bool same_value(const Attribute& attribute, const json::value& a, const json::value& b);

// The same text for values that are equal as same_value() says, but for lists and objects.
std::string value_identity(const Attribute& attribute, const json::value& value);

// Two elements with one identity are one element: the same (type, value), or for elements without a value the
// same in everything but a primary that is false.
std::string element_identity(const Attribute& attribute, const json::value& element);

// Whether the attribute or a part of it is immutable.
bool holds_immutable(const Attribute& attribute);

// What was set and is immutable stays as it is (RFC 7643 §7, S-SCH-08): the attribute, or the sub-attribute
// of it, that had a value in `before` and has another one or none in `after`; nullptr when there is none.
// Either value may be missing (nullptr). A complex value that is not immutable itself may go, and its parts
// with it, as members of groups do; so may elements of a list, known by their identity (P-PATCH-67).
const Attribute* changed_immutable(const Attribute& attribute, const json::value* before,
                                   const json::value* after);

}  // namespace rollcall
