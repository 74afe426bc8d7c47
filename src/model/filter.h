// Filters (RFC 7644 §3.4.2.2) in two states: ParsedFilter is what the client wrote; CheckedFilter has every attribute
// resolved against the schema, every literal of the right type and every comparison allowed. Only check_filter()
// makes the second from the first, and only the second reaches a store.
//
// Trees are arenas: a vector of nodes that name their children by index, so that no recursion is needed to destroy
// them; depth is bounded while lexing (threat T38).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/limits.h"
#include "model/attribute_path.h"

namespace rollcall {

enum class CompareOperator { Eq, Ne, Co, Sw, Ew, Gt, Ge, Lt, Le };
std::string_view operator_name(CompareOperator op);   // "eq"

struct NullLiteral {
    friend bool operator==(NullLiteral, NullLiteral) { return true; }
};
// A JSON literal as written. Numbers keep int64 apart from double.
using Literal = std::variant<NullLiteral, bool, int64_t, double, std::string>;

// ---------------------------------------------------------------------------------------------- as written

struct ParsedFilter {
    enum class Kind { And, Or, Not, Present, Compare, ValuePath };
    struct Node {
        Kind kind;
        std::vector<int32_t> children = {};   // And, Or: two or more; Not: one; ValuePath: the inner filter
        std::string attribute = {};           // Present, Compare, ValuePath: the attribute as written
        CompareOperator op = CompareOperator::Eq;
        Literal literal = NullLiteral{};
        friend bool operator==(const Node&, const Node&) = default;
    };
    // Children stand before their parents; every node is reachable from the root.
    // `emails[type eq "work"].value eq "x"` (AMB-31) is parsed into emails[(type eq "work") and value eq "x"].
    std::vector<Node> nodes;
    int32_t root = -1;
    friend bool operator==(const ParsedFilter&, const ParsedFilter&) = default;
};

// Parses a complete filter. Error: InvalidFilter; the detail says where (character position) and what was expected;
// it quotes no more of the input than one word that cannot be a value (an unknown operator, P-FILT-44).
// Limits: bytes, depth, terms, literal length.
Result<ParsedFilter> parse_filter(std::string_view text, const Limits& limits = {});

// A PATCH path (RFC 7644 Figure 7): attribute, optional value filter, optional sub-attribute.
struct ParsedPath {
    std::string attribute;                // "emails", "urn:...:User:manager.value", or a bare schema URI
    std::optional<ParsedFilter> filter;   // emails[...]
    std::string sub_attribute;            // "value" of emails[...].value; empty when there is none
};
// Errors: InvalidPath for a malformed path (array indexes, empty, blanks), InvalidFilter for a bad filter inside.
Result<ParsedPath> parse_patch_path(std::string_view text, const Limits& limits = {});

// Canonical text of a parsed filter, never nested deeper than what was parsed; parse_filter(print_filter(f)) gives the
// same tree (fuzz oracle).
std::string print_filter(const ParsedFilter& filter);

// ---------------------------------------------------------------------------------------------- checked

class CheckedFilter {
public:
    enum class Kind {
        And, Or, Not,
        Present,      // path is assigned
        Compare,      // path op literal
        ValuePath,    // some element of path.attribute matches the child
        // An attribute this type lacks, at the root (P-LIST-09): always false. A comparison that is true for
        // unassigned attributes (ne, eq null) has been made a Not of it.
        Nothing,
    };
    struct Node {
        Kind kind;
        std::vector<int32_t> children = {};
        // Resolved; never a whole extension. Inside a ValuePath, `path` is the complete path too (emails.type), but
        // stands for the one element.
        // Present: the bare attribute or the sub-attribute as written. Compare: a bare complex attribute with a `value`
        // sub-attribute has been completed (emails -> emails.value, AMB-30), so that target() is never complex.
        // ValuePath: sub_attribute null; the attribute is multi-valued (simple or complex) or singular complex.
        // A multi-valued simple attribute inside its own value path is written `value` (EID 7122): sub_attribute null.
        AttributePath path = {};
        CompareOperator op = CompareOperator::Eq;
        // Compare only, and never null: `eq null` has been made Not(Present), `ne null` Present (AMB-27).
        // Strings of dateTime attributes have been checked to be dateTimes. For integer and decimal attributes always
        // int64_t or double, whichever was written; for boolean always bool ("True" converted).
        Literal literal = NullLiteral{};
        // For string-like attributes (string, reference, binary, dateTime): equality_key(target, literal) when `op` is
        // Eq or Ne, comparison_key(target, literal) otherwise. Values are turned into keys the same way.
        std::string key = {};
        // A unit inside a value path: true for every node below a ValuePath.
        bool inside_value_path = false;
    };
    const std::vector<Node>& nodes() const { return nodes_; }
    const Node& node(int32_t index) const { return nodes_[static_cast<size_t>(index)]; }
    int32_t root() const { return root_; }

private:
    friend class FilterChecker;
    CheckedFilter() = default;
    std::vector<Node> nodes_;
    int32_t root_ = -1;
};

enum class UnknownAttributes {
    Refuse,    // InvalidFilter (AMB-21): a type endpoint
    Absent,    // no value (P-LIST-09): the root
};

// Errors: InvalidFilter, whose detail names the attribute or operator at fault. Refuses attributes that are never
// returned (password, T42), co/sw/ew on anything but strings and references, ordering of booleans and binaries,
// literals of the wrong type, comparisons of bare complex attributes without `value` (but for null), value paths on
// singular simple attributes and on sub-attributes, nested value paths, a bare extension URI.
// Boolean literals written as text ("True") are taken when `booleans_as_text` (AMB-07).
Result<CheckedFilter> check_filter(const ResourceType& type, const ParsedFilter& filter, UnknownAttributes unknown,
                                   bool booleans_as_text);

// The inner filter of a PATCH value path, checked against the elements of `attribute`. The result is meant for
// matches_element(); its paths have `attribute` as their attribute.
Result<CheckedFilter> check_value_filter(const AttributePath& attribute, const ParsedFilter& filter,
                                         bool booleans_as_text);

// The bytes by which values of the attribute are compared: folded text when caseExact is false, date_time_key for
// dateTime, the text itself otherwise. One function for filters, uniqueness, sorting and indexes (P-I18N-07).
std::string comparison_key(const Attribute& attribute, std::string_view value);

// The bytes by which eq and ne compare: for references to resources (some reference type is neither external nor uri)
// resource_reference_key() when the value has one; in every other case comparison_key().
std::string equality_key(const Attribute& attribute, std::string_view value);

// References to SCIM resources compare by what they point at ("Users/2819..."), whatever host, prefix or version
// segment stands before (S-MV-06), relative references included (S-TYPE-13). Percent-encoded letters, digits, "-", ".",
// "_" and "~" are decoded first. Empty when the text does not end in "<endpoint>/<id>" behind a slash or the beginning,
// or has a query or fragment.
std::string resource_reference_key(std::string_view uri);

// ---------------------------------------------------------------------------------------------- the reference meaning

// Does the resource match? `representation` is the complete resource as shown, canonical spelling, computed
// attributes and meta included, nothing projected away. This evaluator defines the meaning of every filter; engines
// must agree with it (tests/agreement).
//   - missing, null, "", [] and {} are "unassigned": Present is false, Eq false, Ne true (AMB-26, 28), others false
//   - the values of a path are those of all assigned elements of a multi-valued attribute (of the attribute itself when
//     it is singular), through its sub-attribute when the path has one. A comparison is true when it is for any of
//     them; without an element only Ne is true (AMB-28)
//   - an element that lacks the sub-attribute is unassigned there: Ne is true for it. But a missing boolean `primary`
//     of an element of a multi-valued attribute counts as false in comparisons (S-MV-04), though not in Present
//   - strings, references and binaries compare by the bytes of their keys: Eq, Ne equality_key; Gt, Ge, Lt, Le order of
//     unsigned bytes of comparison_key; Co, Sw, Ew substring, prefix, suffix of comparison_key, so that "" is in every
//     assigned value. dateTimes compare by date_time_key, which is order in time
//   - numbers compare by their mathematical values: int64 against double exactly
//   - `schemas` compares without regard to case, as URIs of schemas do; id, externalId and meta.location with it
//   - a value of another JSON type than its attribute's differs from everything: Ne is true, others false
//   - Not is logical negation of the whole: not (emails.type eq "work") is false when any element is "work"
//   - ValuePath: some assigned element matches the child; without an element false, whatever the child is
bool matches(const CheckedFilter& filter, const json::object& representation);

// The same for an engine that knows the outcome of some parts already, from an index: `known` gives it for a node that
// is inside no value path, or nothing. The representation need not have what only such parts look at.
using KnownPart = std::function<std::optional<bool>(int32_t node)>;
bool matches(const CheckedFilter& filter, const json::object& representation, const KnownPart& known);

// Does one element of the multi-valued (or the value of a singular complex) attribute match an inner filter?
bool matches_element(const CheckedFilter& filter, const json::value& element);

// The value by which a resource is sorted (RFC 7644 §3.4.2.3): of a multi-valued attribute the primary element's, else
// the first one's. Absent when unassigned.
struct SortValue {
    // One attribute has one kind; at the root two types may have attributes of one name and different kinds: booleans
    // are 0 and 1 there, and numbers come before text.
    std::variant<std::monostate, bool, int64_t, double, std::string> value;   // strings are comparison keys
    bool absent() const { return value.index() == 0; }
};
SortValue sort_value(const AttributePath& path, const json::object& representation);
// <0, 0, >0 in ascending order; absent last (P-SORT-06). False before true; numbers by value; keys by bytes.
int compare_sort_values(const SortValue& a, const SortValue& b);

// Resolves a sortBy. Errors: InvalidValue for an unknown attribute, one that is never returned, and a complex one
// without `value` (P-SORT-05, 11, 13); a bare complex attribute with `value` is completed.
Result<AttributePath> resolve_sort_path(const ResourceType& type, std::string_view text);

}  // namespace rollcall
