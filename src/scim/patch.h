// PATCH (RFC 7644 §3.5.2) in two steps: parse_patch resolves and checks everything that does not depend on
// the resource; apply_patch is a pure function from the resource before to what is wanted after. Operations
// on attributes that are stored as rows (Group.members) become MembershipEdits and never touch a list.
#pragma once

#include <vector>

#include "directory/user_groups.h"
#include "model/resource.h"
#include "scim/read_resource.h"

namespace rollcall::scim {

struct PatchOperation {
    enum class Op { Add, Remove, Replace };
    Op op;
    AttributePath path;  // resolved; whole extension possible; `schemas` possible
    std::optional<ParsedFilter> parsed =
        {};  // filter of a value path as written, for making a missing element from it
    std::optional<CheckedFilter> filter = {};  // the same, checked
    json::value value = {};  // read and normalised (read_value / read_element); null when there is none
    size_t index = 0;        // in Operations, for details: "Operations[2]"
    // For members: what the operation does to rows.
    std::optional<MembershipEdit> membership = {};
};

struct PatchRequest {
    // A no-path operation has been taken apart into one operation per attribute it names (AMB-08).
    std::vector<PatchOperation> operations;
    std::vector<AttributePath> sent_on_request;
    std::optional<std::string> password;  // last word on the password; "" removes it
    bool touches_members = false;
    std::vector<directory::GroupsEdit> groups;  // of a user (STD-08); carried out beside apply_patch()
};

// Errors, each naming the index of the operation: InvalidSyntax (schemas, Operations, op), InvalidPath,
// InvalidFilter, NoTarget (remove without path), InvalidValue (no value, wrong type), Mutability (path names
// a readOnly attribute, sub-attributes of a member, removal of a required attribute).
Result<PatchRequest> parse_patch(const ResourceType& type, const json::value& body,
                                 const ReadOptions& options);

// Errors: NoTarget, Mutability (immutable already set), InvalidValue (two primaries).
Result<Edited> apply_patch(const Resource& before, const PatchRequest& patch, const ReadOptions& options);

}  // namespace rollcall::scim
