// Filters (RFC 7644 §3.4.2.2) in two states: ParsedFilter is what the client wrote; CheckedFilter has every attribute
// resolved against the schema, every literal of the right type and every comparison allowed. Only check_filter()
// makes the second from the first, and only the second reaches a store.
//
// Trees are arenas: a vector of nodes that name their children by index, so that no recursion is needed to destroy
// them; depth is bounded while lexing (reliability T38).
#pragma once

#include <cstdint>
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
    };
    // `emails[type eq "work"].value eq "x"` (AMB-31) is parsed into emails[(type eq "work") and value eq "x"].
    std::vector<Node> nodes;
    int32_t root = -1;
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

// Canonical text of a parsed filter; parse_filter(print_filter(f)) gives the same tree (fuzz oracle).
std::string print_filter(const ParsedFilter& filter);

// ---------------------------------------------------------------------------------------------- checked

class CheckedFilter {
public:
    enum class Kind {
        And, Or, Not,
        Present,      // path is assigned
        Compare,      // path op literal
        ValuePath,    // some element of path.attribute matches the child
        Nothing,      // an attribute this type lacks, at the root (P-LIST-09): never present
    };
    struct Node {
        Kind kind;
        std::vector<int32_t> children = {};
        // Resolved. Inside a ValuePath, `path` is the complete path too (emails.type), but stands for the one element.
        // Bare complex attributes with a `value` sub-attribute have been completed (emails -> emails.value, AMB-30).
        // A multi-valued simple attribute inside its own value path is written `value` (EID 7122): sub_attribute null.
        AttributePath path = {};
        CompareOperator op = CompareOperator::Eq;
        // NullLiteral only with Eq and Ne. Strings of dateTime attributes have been checked to be dateTimes.
        // For integer and decimal attributes always int64_t or double; for boolean always bool ("True" converted).
        Literal literal = NullLiteral{};
        // For string-like attributes (string, reference, binary, dateTime): comparison_key(target, literal).
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
// literals of the wrong type, bare complex attributes without `value`, nested value paths.
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

// References to SCIM resources compare by what they point at ("Users/2819..."), whatever host, prefix or version
// segment stands before (S-MV-06). Empty when the text does not end in "/<endpoint>/<id>".
std::string resource_reference_key(std::string_view uri);

// ---------------------------------------------------------------------------------------------- the reference meaning

// Does the resource match? `representation` is the complete resource as shown, canonical spelling, computed
// attributes and meta included, nothing projected away. This evaluator defines the meaning of every filter; engines
// must agree with it (tests/agreement).
//   - missing, null, "", [] and {} are "unassigned": Present is false, Eq false, Ne true (AMB-26, 28), others false
//   - multi-valued: any element; Ne: any element differs, or there is none (AMB-28)
//   - a boolean sub-attribute `primary` that is missing counts as false (S-MV-04)
bool matches(const CheckedFilter& filter, const json::object& representation);

// Does one element of the multi-valued (or the value of a singular complex) attribute match an inner filter?
bool matches_element(const CheckedFilter& filter, const json::value& element);

// The value by which a resource is sorted (RFC 7644 §3.4.2.3): of a multi-valued attribute the primary element's, else
// the first one's. Absent when unassigned.
struct SortValue {
    // Order between kinds never matters: one attribute has one kind.
    std::variant<std::monostate, bool, int64_t, double, std::string> value;   // strings are comparison keys
    bool absent() const { return value.index() == 0; }
};
SortValue sort_value(const AttributePath& path, const json::object& representation);
// <0, 0, >0 in ascending order; absent last (P-SORT-06).
int compare_sort_values(const SortValue& a, const SortValue& b);

}  // namespace rollcall
