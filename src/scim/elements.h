// What follows from values being the same for the elements of a multi-valued attribute: none twice
// (RFC 7643 §2.4), at most one primary, "already there" for PATCH add (AMB-34). Used by reading, PUT and
// PATCH. Pure functions; values are in canonical spelling and of the right type.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "base/json.h"
#include "model/same_value.h"

namespace rollcall::scim {

// Does the element have every sub-attribute of `parts` with the same value?
bool has_parts(const Attribute& attribute, const json::object& element, const json::object& parts);

// Finds the element of a list that a new one is already in, or is an update of. Keys are computed once per
// element, so that adding many elements does not fold every text again.
class ElementFinder {
public:
    ElementFinder(const Attribute& attribute, const json::array& elements);
    // The index of the element with the identity of `parts`, else of the first that has all parts, else -1.
    // `elements` is the list that was given, plus what was added since, in that order.
    ptrdiff_t find(const json::array& elements, const json::value& parts) const;
    // To be called after an element was put at the end of the list.
    void add(const json::value& element);

private:
    std::string value_key(const json::value& element) const;

    const Attribute& attribute_;
    const Attribute* value_;
    std::unordered_map<std::string, size_t> by_identity_;
    std::vector<std::string> value_keys_;
};

// Writes the sub-attributes of `parts` over those of the element. A primary that is false and was missing
// stays so.
void overlay(json::object& element, const json::object& parts);

// Later elements with the identity of an earlier one are laid over it and dropped; order is kept (S-MV-08,
// S-MV-11).
void collapse_duplicates(const Attribute& attribute, json::array& elements);

size_t count_primaries(const json::array& elements);
// Sets primary to false wherever it is true, except at `kept`.
void demote_other_primaries(json::array& elements, size_t kept);

// What a client cannot change by replacing a complex value goes over from `old` to `now` where `now` lacks
// it: readOnly, computed, writeOnly and immutable sub-attributes. Another value of an immutable one stays: see
// changed_immutable().
void carry_protected_parts(const Attribute& attribute, const json::object& old, json::object& now);
// The same for the elements of a list, matched by identity.
void carry_protected_parts(const Attribute& attribute, const json::array& old, json::array& now);

// Sub-attributes in the order of the schema, so that equal values are equal bytes (S-TYPE-18).
void order_parts(const Attribute& attribute, json::object& value);

// Removes what RFC 7643 §2.5 calls unassigned at every level, and puts parts in order. True when something is
// left.
bool tidy_value(const Attribute& attribute, json::value& value);

// Copies with the default storage: values read from a body must outlive the body's storage.
json::value keep(const json::value& value);
json::object keep(const json::object& object);

}  // namespace rollcall::scim
