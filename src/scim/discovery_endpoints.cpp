// /ServiceProviderConfig, /Schemas, /ResourceTypes (RFC 7644 §4): what this server does, told by the same
// data that makes it do so. Read only; paging and projection are ignored, a filter is refused (P-DISC-06,
// 07).
#include "base/text.h"
#include "directory/roles.h"
#include "scim/call.h"
#include "scim/discovery_answers.h"
#include "scim/query_parameters.h"
#include "scim/response.h"

namespace rollcall::scim {
namespace {

using http::Outcome;
using http::Response;

std::optional<Response> refuse_filter(const Call& call) {
    const auto filtered = names_filter(call.head->query);
    if (!filtered) return error_response(filtered.error(), call.head);
    if (!*filtered) return std::nullopt;
    return error_response(403, "", "Discovery endpoints take no filter (RFC 7644 section 4).", call.head);
}

json::object supported(bool value) {
    return json::object{{"supported", value}};
}

json::object scheme(std::string_view type, std::string_view name, std::string_view description,
                    std::string_view specification) {
    return json::object{
        {"type", type}, {"name", name}, {"description", description}, {"specUri", specification}};
}

// What the tenant takes. RFC 7643 §5 has no type for a token in a header of its own; it is a bearer token all the same.
json::array authentication_schemes(const Policy& policy) {
    json::array schemes;
    schemes.push_back(scheme("oauthbearertoken", "OAuth Bearer Token",
                             "A bearer token of the tenant in the Authorization header (RFC 6750).",
                             "https://www.rfc-editor.org/info/rfc6750"));
    schemes.back().get_object()["primary"] = true;
    if (policy.oauth_client_credentials) {
        schemes.push_back(scheme("oauth2", "OAuth 2.0 Client Credentials",
                                 "An access token from /oauth/token, for a client id and its secret (RFC 6749).",
                                 "https://www.rfc-editor.org/info/rfc6749"));
    }
    if (policy.basic_authentication) {
        schemes.push_back(scheme("httpbasic", "HTTP Basic",
                                 "The id or slug of a credential as user name, its token as password (RFC 7617).",
                                 "https://www.rfc-editor.org/info/rfc7617"));
    }
    if (policy.api_key_authentication) {
        schemes.push_back(scheme("oauthbearertoken", "API Key", "A bearer token of the tenant in the header X-API-Key.",
                                 "https://www.rfc-editor.org/info/rfc6750"));
    }
    return schemes;
}

// RFC 9865 §4. Index is what a request gets that names no method (AMB-C3).
json::object pagination(const Limits& limits) {
    return json::object{{"cursor", true},
                        {"index", true},
                        {"defaultPaginationMethod", "index"},
                        {"defaultPageSize", std::min(limits.page_size_default, limits.page_size_max)},
                        {"maxPageSize", limits.page_size_max},
                        {"cursorTimeout", limits.cursor_timeout_s}};
}

// draft-ietf-scim-roles-entitlements, "ServiceProviderConfig Extension": what is said of the attributes of User is
// what its schema says. Nothing where the tenant lists neither.
void add_roles_and_entitlements(const Catalogue& catalogue, json::object& config) {
    json::object all;
    bool any = false;
    for (const auto& kind : directory::kListedKinds) {
        const bool is_listed = directory::listing_type(catalogue, kind) != nullptr;
        any |= is_listed;
        json::object one = supported(is_listed);
        one[kind.list == "roles" ? "multipleRolesSupported" : "multipleEntitlementsSupported"] = true;
        one["primarySupported"] = true;
        one["typeSupported"] = true;
        all[kind.list] = std::move(one);
    }
    if (any) config["RolesAndEntitlements"] = std::move(all);
}

json::object with_location(json::object document, std::string_view type, const std::string& location) {
    auto& meta = document["meta"];
    if (!meta.is_object()) meta = json::object();
    meta.get_object()["resourceType"] = type;
    meta.get_object()["location"] = location;
    return document;
}

// A URI as one segment of a path: "http://..." would be several.
std::string as_segment(std::string_view uri) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string out;
    for (const char c : uri) {
        if (std::string_view("%/?#").contains(c)) {
            out += {'%', kDigits[static_cast<size_t>(c) / 16], kDigits[static_cast<size_t>(c) % 16]};
        } else {
            out += c;
        }
    }
    return out;
}

json::object schema_document(const Call& call, size_t index) {
    const auto& catalogue = *call.catalogue;
    return with_location(*catalogue.schema_documents()[index], "Schema",
                         call.base_url + "/Schemas/" + as_segment(catalogue.schemas()[index]->id));
}

json::object type_document(const Call& call, size_t index) {
    const auto& catalogue = *call.catalogue;
    return with_location(*catalogue.type_documents()[index], "ResourceType",
                         call.base_url + "/ResourceTypes/" + catalogue.types()[index]->name);
}

std::string list_of(json::array resources) {
    json::object list;
    list["schemas"] = json::array{"urn:ietf:params:scim:api:messages:2.0:ListResponse"};
    list["totalResults"] = static_cast<int64_t>(resources.size());
    list["startIndex"] = 1;
    list["itemsPerPage"] = static_cast<int64_t>(resources.size());
    list["Resources"] = std::move(resources);
    return to_json(list);
}

std::string service_provider_config(const Call& call) {
    json::object config;
    config["schemas"] = json::array{"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"};
    if (!call.service->documentation_uri.empty())
        config["documentationUri"] = call.service->documentation_uri;
    config["patch"] = supported(true);
    // Integers stay positive even where Bulk is off: a client takes maxOperations as its chunk size.
    config["bulk"] =
        json::object{{"supported", call.policy->bulk},
                     {"maxOperations", static_cast<int64_t>(call.service->limits.bulk_operations_max)},
                     {"maxPayloadSize", static_cast<int64_t>(call.service->limits.bulk_body_bytes_max)}};
    config["filter"] = json::object{{"supported", true}, {"maxResults", call.service->limits.page_size_max}};
    config["changePassword"] = supported(false);
    config["sort"] = supported(true);
    config["etag"] = supported(true);
    config["pagination"] = pagination(call.service->limits);
    add_roles_and_entitlements(*call.catalogue, config);
    config["authenticationSchemes"] = authentication_schemes(*call.policy);
    const auto location = call.base_url + "/ServiceProviderConfig";
    return to_json(with_location(std::move(config), "ServiceProviderConfig", location));
}

}  // namespace

Outcome get_service_provider_config(const CallPointer& call) {
    if (auto refusal = refuse_filter(*call)) return std::move(*refusal);
    return discovery_answer(*call, "/ServiceProviderConfig", [&] { return service_provider_config(*call); });
}

Outcome list_schemas(const CallPointer& call) {
    if (auto refusal = refuse_filter(*call)) return std::move(*refusal);
    return discovery_answer(*call, "/Schemas", [&] {
        json::array resources;
        for (size_t i = 0; i < call->catalogue->schemas().size(); ++i) {
            resources.push_back(schema_document(*call, i));
        }
        return list_of(std::move(resources));
    });
}

Outcome get_schema(const CallPointer& call) {
    if (auto refusal = refuse_filter(*call)) return std::move(*refusal);
    const auto& schemas = call->catalogue->schemas();
    for (size_t i = 0; i < schemas.size(); ++i) {
        if (!equals_ignoring_case(schemas[i]->id, call->id)) continue;
        return discovery_answer(*call, "/Schemas/" + schemas[i]->id,
                                [&] { return to_json(schema_document(*call, i)); });
    }
    return error_response(404, "", "There is no schema with this URI.", call->head);
}

Outcome list_resource_types(const CallPointer& call) {
    if (auto refusal = refuse_filter(*call)) return std::move(*refusal);
    return discovery_answer(*call, "/ResourceTypes", [&] {
        json::array resources;
        for (size_t i = 0; i < call->catalogue->types().size(); ++i) {
            resources.push_back(type_document(*call, i));
        }
        return list_of(std::move(resources));
    });
}

Outcome get_resource_type(const CallPointer& call) {
    if (auto refusal = refuse_filter(*call)) return std::move(*refusal);
    const auto& types = call->catalogue->types();
    for (size_t i = 0; i < types.size(); ++i) {
        if (types[i]->name != call->id) continue;
        return discovery_answer(*call, "/ResourceTypes/" + types[i]->name,
                                [&] { return to_json(type_document(*call, i)); });
    }
    return error_response(404, "", "There is no resource type with this name.", call->head);
}

Outcome not_implemented(const CallPointer& call) {
    return error_response(501, "", "This server does not offer this operation.", call->head);
}

}  // namespace rollcall::scim
