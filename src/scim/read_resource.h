// From a JSON body to the attributes it stands for: names in canonical spelling, every value checked against
// its schema, tolerances applied, readOnly parts dropped. All refusals of form of POST and PUT happen here,
// before any transaction. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "model/resource.h"
#include "scim/tolerances.h"

namespace rollcall::scim {

struct ReadOptions {
    Leniency leniency{false};
    Limits limits = {};
    bool writable_groups = false;  // PATCH may change the groups of a user (STD-08)
};

// The content of a POST or PUT body.
struct ResourceBody {
    json::object attributes;  // as Resource::attributes; only what the client may write
    // Attributes that were named with null, "" or []: cleared by PUT, no default in POST (P-POST-06).
    std::vector<AttributePath> cleared;
    std::optional<std::vector<ResourceId>> members;  // set when `members` was named, also as null or []
    size_t unknown_members = 0;                      // member values that cannot be ids of ours
    std::optional<std::string> password;             // prepared cleartext
    std::vector<AttributePath> sent_on_request;  // returned:request attributes the client sent (P-POST-13)
};

// Errors: InvalidSyntax (no object, schemas missing or without the base URI, a message of another kind,
// undefined attribute in strict mode), InvalidValue (wrong type or format, required sub-attribute missing,
// two primaries, limits). Required attributes of the resource itself are not judged here but by the rules, on
// the result.
Result<ResourceBody> read_resource(const ResourceType& type, const json::value& body,
                                   const ReadOptions& options);

// One value of an attribute from JSON, normalised: what read_resource does for each member. Used by PATCH
// too. Unassigned input (null, "", [], {}) gives a null value. A single value for a multi-valued attribute
// becomes a list. ReadOnly sub-attributes are dropped. Errors: InvalidValue; the detail starts with the path.
Result<json::value> read_value(const Attribute& attribute, const std::string& path, const json::value& input,
                               const ReadOptions& options);
// The same for one element of a multi-valued attribute.
Result<json::value> read_element(const Attribute& attribute, const std::string& path,
                                 const json::value& input, const ReadOptions& options);

// Members from JSON: [{"value":id}], bare texts, {"$ref":".../Users/id"}, null sub-attributes. Duplicates
// collapse. Errors: InvalidValue (neither value nor $ref, value and $ref that disagree, more than limits
// allow).
struct MemberList {
    std::vector<ResourceId> members;
    size_t unknown = 0;
};
Result<MemberList> read_members(const json::value& input, const std::string& path,
                                const ReadOptions& options);

// The resource a POST asks for: server defaults added (active true unless named, S-USER-10).
Edited create_from(const ResourceType& type, ResourceBody body);

// The resource a PUT asks for: readWrite attributes that are left out are cleared, `active`, writeOnly,
// immutable and readOnly ones are kept (AMB-33, 46), members replaced. Another value of an immutable attribute
// is in the result; the rules of the directory refuse it.
Result<Edited> replace_with(const Resource& before, ResourceBody body);

}  // namespace rollcall::scim
