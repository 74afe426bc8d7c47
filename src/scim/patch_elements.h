// Inner part of apply_patch: what one operation does to the elements of a multi-valued attribute, and to
// single sub-attributes. Pure functions.
#pragma once

#include "scim/patch_target.h"

namespace rollcall::scim {

// How much text the operations of one request may compare. Folding costs about 0.1 us per character beyond
// ASCII, and apply_patch runs where only one request at a time may write: a thousand operations on a hundred
// long values would hold everybody up for 20 s. What clients really send is below a tenth of this.
inline constexpr size_t kComparedTextBytesMax = 1024 * 1024;

class TextBudget {
public:
    // False when the texts of `list` cannot be compared so many times any more.
    bool spend(const json::array& list, size_t times);

private:
    size_t left_ = kComparedTextBytesMax;
};

// Changes `now` (a list, or null when unassigned) as the operation says; duplicates and unassigned leftovers
// may remain. Errors, with the path in front: NoTarget, InvalidValue (two primaries, more text than the
// budget allows), Mutability (the path names an immutable part that has another value). Whether the list as a
// whole lost something immutable is for the caller to judge.
Result<void> apply_to_elements(const PatchOperation& operation, json::value& now, const ReadOptions& options,
                               TextBudget& budget);

// Sets or, with a null value, unassigns the sub-attribute of the operation in one complex value; a
// multi-valued one is added to and removed from like a list of its own. Errors: InvalidValue (too many values,
// or more text than the budget allows). Immutable parts are for the caller to judge.
Result<void> set_part(const PatchOperation& operation, json::object& object, const ReadOptions& options,
                      TextBudget& budget);

// A required sub-attribute that a complex value, or an element of it, lacks; nullptr when there is none.
const Attribute* missing_part(const Attribute& attribute, const json::value& value);

}  // namespace rollcall::scim
