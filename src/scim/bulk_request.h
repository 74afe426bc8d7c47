// The BulkRequest message (RFC 7644 §3.7): its operations taken apart, each bulkId replaced by the id that
// the resource is going to have, and who refers to whom. Nothing here depends on the directory.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "http/message.h"
#include "scim/read_resource.h"

namespace rollcall::scim {

struct BulkOperation {
    http::Method method = http::Method::Other;
    std::string method_text;               // as sent; empty when it is no text
    std::optional<std::string> bulk_id;    // as sent, when it is a text
    std::string path;                      // a bulkId in it replaced
    std::string version;                   // for If-Match; empty when there is none
    json::value data;                      // every bulkId in it replaced
    std::optional<ResourceId> id;          // of what a POST with a bulkId is going to create
    std::vector<size_t> refers_to;         // operations whose resources are named in path or data
    std::optional<size_t> path_refers_to;  // the one named in path
    std::optional<Error> refusal;          // fault of form: the operation cannot be run
};

struct BulkRequest {
    std::vector<BulkOperation> operations;
    size_t errors_max = SIZE_MAX;  // failOnErrors (AMB-63): after so many nothing more is run
};

// Errors: InvalidSyntax (no object, schemas, Operations), InvalidValue (failOnErrors), PayloadTooLarge (more
// operations than limits allow). Faults of single operations are told in them: InvalidSyntax (method, path or
// data missing or of a wrong type), InvalidValue (bulkId missing, repeated, or referred to and unknown).
Result<BulkRequest> read_bulk_request(json::value body, const ReadOptions& options);

// How deep the text of a BulkRequest may be nested, and how many values it may hold.
JsonLimits bulk_json_limits();

}  // namespace rollcall::scim
