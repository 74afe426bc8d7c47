// The schema URIs of a request body, and what stands for them (LegacySchemaUris).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "scim/read_resource.h"

namespace rollcall::scim {

inline constexpr std::string_view kPatchOp = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

// The schema of `type` that a URI of a body means, any letter case, legacy names included where they are
// tolerated; nullptr for none.
const Schema* schema_of_uri(const ResourceType& type, std::string_view uri, const ReadOptions& options);

// A URI of messages (PatchOp, ListResponse, ...), never of a resource.
bool is_message_uri(std::string_view uri);

// The texts of a `schemas` value: a list, or one text (LoneValueForList). Errors: InvalidSyntax when it is
// missing, empty, or holds anything but texts.
Result<std::vector<std::string_view>> read_schema_uris(const json::value* schemas,
                                                       const ReadOptions& options);

// Judges `schemas` of a POST or PUT body. Errors: InvalidSyntax (missing, a message, base URI missing; in
// strict mode a URI the type does not have).
Result<void> check_schemas(const ResourceType& type, const json::value* schemas, const ReadOptions& options);

}  // namespace rollcall::scim
