// Roles and entitlements that a tenant offers (draft-ietf-scim-roles-entitlements): resources of the types
// Role and Entitlement, which clients of SCIM read and only an operator changes. The list that is given is
// the whole list.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "directory/schemas.h"

namespace rollcall::directory {

// A kind of value that users have and a tenant may list.
struct ListedKind {
    std::string_view list;    // in the file of the operator, and the attribute of User: "roles"
    std::string_view type;    // resource type that lists them: "Role"
    std::string_view schema;  // its schema
};
inline constexpr ListedKind kListedKinds[] = {
    {"roles", "Role", "urn:ietf:params:scim:schemas:core:2.0:Role"},
    {"entitlements", "Entitlement", "urn:ietf:params:scim:schemas:core:2.0:Entitlement"},
};

// The type under which the catalogue lists the kind, or nullptr: then the tenant does not list it.
const ResourceType* listing_type(const Catalogue& catalogue, const ListedKind& kind);

// The Schema and ResourceType documents of the kind, as they come with the program.
std::vector<SchemaDocument> listing_documents(const ListedKind& kind);

struct ListChange {
    int64_t added = 0;
    int64_t changed = 0;
    int64_t removed = 0;
    bool empty() const { return added + changed + removed == 0; }
};

// Makes `wanted` the resources of the type: attributes by the schema, with `value` in each. `containedBy`
// follows from `contains`, whatever is there. What users have already stays with them. `context.catalogue`
// has the type. Errors: InvalidValue, whose detail names the value's place: missing or repeated value,
// `contains` that names none of the list or goes round in a circle, too many.
Result<ListChange> replace_listed(Context& context, const ResourceType& type,
                                  std::vector<json::object> wanted);

}  // namespace rollcall::directory
