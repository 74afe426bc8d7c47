// The oracle: PATCH of a User written a second time, as a reader of RFC 7644 §3.5.2 and of the table of
// readings would do it by hand, on a flat picture of the resource and without parser, schema or JSON tree.
// Slow and plain on purpose; it shares no code with src/scim.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::scim::test {

// Values are JSON texts: "\"x\"", "true". An element is its sub-attributes by name.
using Parts = std::map<std::string, std::string>;

struct FlatUser {
    Parts singles;                                    // "title", "name.givenName", "ENT:department"
    std::map<std::string, std::vector<Parts>> lists;  // "emails"
    friend bool operator==(const FlatUser&, const FlatUser&) = default;
};

struct FlatStep {
    enum class Op { Add, Replace, Remove };
    enum class Target { Single, Complex, List, Selected };
    Op op = Op::Add;
    Target target = Target::Single;
    std::string name;                       // "title", "name", "emails"
    std::optional<std::string> value = {};  // Single, and Selected with a part; empty: null
    Parts parts = {};                       // Complex: what is given, "null" clears; Selected without a part
    std::vector<Parts> elements = {};       // List; Remove: what is listed
    bool lists_elements = false;            // Remove of a List: only those listed
    std::optional<Parts> filter = {};       // Selected: all these are equal; empty: every element
    bool contradicts = false;  // the filter also asks for another type: nothing matches, nothing is made
    std::string part = {};     // Selected: the sub-attribute
};

// "" when the step was done, else the scimType of the refusal.
std::string apply_step(FlatUser& user, const FlatStep& step);

}  // namespace rollcall::scim::test
