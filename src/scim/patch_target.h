// Inner parts of PATCH, shared by parsing and members: where an operation points, and how a path becomes
// that.
#pragma once

#include "scim/patch.h"

namespace rollcall::scim {

struct Target {
    AttributePath path;
    std::optional<ParsedFilter> parsed = {};  // of emails[...]
    std::optional<CheckedFilter> filter = {};

    // "emails[...].type": the path for details of errors; literals of the filter are input and left out.
    std::string text() const;
};

// Errors: InvalidPath, InvalidFilter. The detail starts with "path".
Result<Target> resolve_target(const ResourceType& type, std::string_view text, const ReadOptions& options);

// The attribute `schemas` of RFC 7643 §3, which stands for the extensions a resource has.
bool is_schemas(const AttributePath& path);

// What an operation on an attribute that is stored as rows does to them; nothing when it changes nothing.
// `value` is null when the operation has none. Errors: InvalidValue, Mutability (parts of a member cannot be
// changed).
Result<std::optional<MembershipEdit>> read_membership(PatchOperation::Op op, const Target& target,
                                                      const json::value* value, const ReadOptions& options);

// The groups that a user shows: readOnly in the schema, yet what PATCH may change where the policy says so
// (STD-08).
bool is_groups_of_user(const AttributePath& path);

// What an operation on them does; nothing when it changes nothing. Errors as of read_membership().
Result<std::optional<directory::GroupsEdit>> read_groups_edit(PatchOperation::Op op, const Target& target,
                                                              const json::value* value,
                                                              const ReadOptions& options);

// `value` when it is a list, else a list of it, made in `holder`: RFC 7644 §3.5.2.1 allows both.
const json::value& as_list(const json::value& value, json::value& holder);

}  // namespace rollcall::scim
