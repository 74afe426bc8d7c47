// One SCIM request as the endpoints see it, and the settings they share. Endpoints are plain functions from a
// Call to an http::Outcome; they never know which address, subdomain or path the request came by.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "directory/catalogues.h"
#include "directory/directory.h"
#include "http/call.h"
#include "scim/tolerances.h"

namespace rollcall::scim {

struct Call;
using CallPointer = std::shared_ptr<Call>;
using Handler = http::Outcome (*)(const CallPointer& call);

// The same for all requests; lives as long as the server.
struct Service {
    store::Store& store;
    std::shared_ptr<directory::Catalogues> catalogues;
    Limits limits;
    Clock clock;
    std::string documentation_uri;  // shown in ServiceProviderConfig when set
    // Names of attributes; filters on them must come by POST (P-FILT-50).
    std::vector<std::string> sensitive_attributes = {};
    bool sends_mail = false;  // there is a relay

    // Bulk: an operation meets the same route table, and leaves the same audit row, as a request of its own.
    // The handler of an operation on one resource or on the endpoint of a type, by call.head->method and the
    // path below the base URL; sets type and id of the call. Errors: BadRequest, NotFound, MethodNotAllowed,
    // InvalidValue (an endpoint that is no resource's).
    std::function<Result<Handler>(Call& call, std::string_view path)> route_operation = {};
    std::function<void(const Call& call, int status, int64_t duration_us, store::Transaction&)>
        record_operation = {};
};

// What an operation of a Bulk has that a request of its own has not.
struct BulkPart {
    json::value data;               // its body, parsed with the whole
    std::optional<ResourceId> id;   // of what it creates: others may refer to it already
    directory::Together* together;  // with the other operations
};

struct Call : http::Call {
    const Service* service = nullptr;
    // Of the tenant, as its row stated when the request was admitted; at open endpoints that of the
    // installation.
    std::shared_ptr<const Catalogue> catalogue;
    int64_t schema_version = 0;          // of the tenant, to which `catalogue` belongs
    const ResourceType* type = nullptr;  // of the endpoint; null at the root and at discovery endpoints
    std::string id;                      // last segment of the path, decoded; empty for collections
    BulkPart* bulk_part = nullptr;       // set: one operation of a Bulk, whose answer shows no resource
    std::string base_url;                // "https://host/scim/v2", with the tenant when the path names one

    bool by_alias = false;  // the caller said /Me

    // Canary of P14 only: owners as they were before the change came to its turn.
    std::optional<std::vector<ResourceId>> owners_before_lock = {};

    Leniency leniency() const;  // strict by policy or by `Prefer: handling=strict` (RFC 7240)
};

// ---- resource_endpoints.cpp: one resource (RFC 7644 §3.3, §3.4.1, §3.5, §3.6)
http::Outcome get_resource(const CallPointer& call);
http::Outcome create_resource(const CallPointer& call);
http::Outcome replace_resource(const CallPointer& call);
http::Outcome patch_resource(const CallPointer& call);
http::Outcome delete_resource(const CallPointer& call);

// ---- bulk_endpoint.cpp: many changes in one request (RFC 7644 §3.7)
http::Outcome change_in_bulk(const CallPointer& call);

// ---- list_endpoints.cpp: many (RFC 7644 §3.4.2, §3.4.3); at the root when Call::type is null
http::Outcome list_resources(const CallPointer& call);
http::Outcome search_resources(const CallPointer& call);

// ---- discovery_endpoints.cpp (RFC 7644 §4)
http::Outcome get_service_provider_config(const CallPointer& call);
http::Outcome list_schemas(const CallPointer& call);
http::Outcome get_schema(const CallPointer& call);
http::Outcome list_resource_types(const CallPointer& call);
http::Outcome get_resource_type(const CallPointer& call);

// ---- me_endpoints.cpp: the user behind the credential (RFC 7644 §3.11); 404 where there is none
http::Outcome get_me(const CallPointer& call);
http::Outcome replace_me(const CallPointer& call);
http::Outcome patch_me(const CallPointer& call);
http::Outcome delete_me(const CallPointer& call);

// ---- what is switched off or not there
http::Outcome not_implemented(const CallPointer& call);

}  // namespace rollcall::scim
