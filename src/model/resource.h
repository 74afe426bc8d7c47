// A SCIM resource in memory: a tree of JSON values in the canonical spelling of its schema.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/json.h"
#include "base/time.h"
#include "model/filter.h"
#include "model/member.h"
#include "model/schema.h"

namespace rollcall {

struct Resource {
    const ResourceType* type = nullptr;
    ResourceId id;
    // Assigned attributes only: no null, no "", no [], no {}. Extensions are objects under their canonical URI.
    // Never in here: schemas, id, meta, computed attributes (x-computed) and attributes stored as rows (members).
    // externalId is in here.
    json::object attributes;
    Instant created;
    Instant last_modified;
    int64_t version = 1;        // grows by one with every change of state; shown as W/"<version>"
    std::optional<Member> member = {};  // of a User, where the directory loaded or made it
};

// One step of an edit of an attribute that is stored as rows (Group.members). Steps are executed in order on the
// rows; none of them needs the list of members in memory, unless RemoveMatching has a filter that is not on `value`.
struct MembershipEdit {
    enum class Kind { Add, Remove, RemoveMatching, RemoveAll, ReplaceAll };
    Kind kind;
    std::vector<ResourceId> members = {};          // Add, Remove, ReplaceAll; no duplicates
    std::optional<CheckedFilter> filter = {};      // RemoveMatching: check_value_filter of `members`
    size_t unknown = 0;                            // values that are no id at all: nobody's; policy decides
    std::string operation = {};                    // "Operations[2]" for details of errors; empty for POST and PUT
};

// What a request wants a resource to be: attributes, and edits of the rows beside it.
struct Edited {
    json::object attributes;                       // as Resource::attributes
    std::vector<MembershipEdit> memberships;
    // Checked and prepared; the directory discards it, because nobody signs in with it here (decision 002).
    std::optional<std::string> new_password;
    // What an administrator or the application wants of the member; nothing: what follows from the attributes.
    std::optional<Member> member = {};
};

// The attribute at `path` in Resource::attributes or in a representation, or nullptr when unassigned. A path with a
// sub-attribute of a multi-valued attribute gives the array of elements, not the sub-values.
const json::value* find_value(const json::object& attributes, const AttributePath& path);

// True for null, "", [], {} and objects or arrays of nothing but those: RFC 7643 §2.5, S-NULL-06.
bool is_unassigned(const json::value& value);

// The id in a value that refers to a resource (members.value, groups.value): its letter case says nothing there, as the
// schemas publish (RFC 7643 §8.7.1). An id as such has small letters only (S-COM-06).
std::optional<ResourceId> parse_reference(std::string_view text);

// The text shown for a resource where another one refers to it (members[].display, groups[].display,
// manager.displayName): displayName, else name.formatted, else userName; empty when it has none of them.
std::string display_of(const ResourceType& type, const json::object& attributes);

}  // namespace rollcall
