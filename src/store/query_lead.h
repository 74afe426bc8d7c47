// What leads a query: the part of a filter that an index answers. The rest is judged on the rows that it
// names. Every engine chooses alike and has an index of each kind; how it is asked is the engine's own.
//
//   "and": the cheapest part that an index answers leads; the others are judged
//   "or":  leads when an index answers every part
//   value path: the part inside leads, and the whole is judged on the element
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "model/filter.h"
#include "model/schema.h"

namespace rollcall::store {

// Where the value of an attribute is kept.
enum class Source {
    Document,  // JSON
    Id,
    UserName,
    ExternalId,
    Active,   // columns
    Meta,     // columns and constants
    Manager,  // JSON, but displayName and $ref are those of the resource it names
    Members,  // a row of membership that has the resource as its group
    Groups,   // a group that the resource is in, directly or through others
};
// Of the attribute of `path`, whatever its sub-attribute.
Source source_of(const ResourceType& type, const AttributePath& path);

// Which index answers a comparison.
enum class Index { None, Id, UserName, ExternalId, ValueIndex, UniqueValue, Member, Group, LastModified };
Index index_of(const ResourceType& type, const CheckedFilter::Node& node);

struct Lead {
    int cost = 0;       // 0 one row, 1 a few, 2 a group, 3 a range of names or times
    int32_t node = -1;  // the Compare or Or node that leads
    // Nodes that are true of every row it names. Empty when it only names candidates.
    std::set<int32_t> satisfied;
    bool is_range_of_times = false;  // of meta.lastModified
};

// Nothing: the filter must be judged on every resource of the type.
std::optional<Lead> lead_of(const ResourceType& type, const CheckedFilter& filter);
// The Compare nodes whose rows together are those of the lead: itself, or one for each part of an "or".
std::vector<int32_t> leaves_of(const ResourceType& type, const CheckedFilter& filter, const Lead& lead);

// Milliseconds of a date key, and whether it has something beyond them.
struct KeyInstant {
    int64_t ms;
    bool has_more;
};
KeyInstant instant_of_key(const std::string& key);

// The smallest text above all that start with `prefix`; empty when there is none.
std::string end_of_prefix(std::string prefix);

}  // namespace rollcall::store
