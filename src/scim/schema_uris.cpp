#include "scim/schema_uris.h"

#include "base/text.h"

namespace rollcall::scim {
namespace {

constexpr std::string_view kMessages = "urn:ietf:params:scim:api:messages:";
constexpr std::string_view kEnterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

struct LegacyUri {
    std::string_view uri;
    std::string_view means;  // empty: the base schema of the type
};

constexpr LegacyUri kLegacyUris[] = {
    {"urn:scim:schemas:core:1.0", ""},  // OneLogin templates
    {"urn:scim:schemas:core:2.0", ""},
    {"urn:scim:schemas:core:2.0:User", ""},
    {"urn:scim:schemas:core:2.0:Group", ""},
    {"urn:scim:schemas:extension:enterprise:1.0", kEnterprise},
    {"urn:scim:schemas:extension:enterprise:2.0", kEnterprise},
    {"urn:scim:schemas:extension:enterprise:2.0:User", kEnterprise},
    {"urn:ietf:params:scim:schemas:extension:enterprise:2.0User", kEnterprise},  // a sample of Entra
};

const Schema* schema_with(const ResourceType& type, std::string_view uri) {
    if (equals_ignoring_case(type.schema->id, uri)) return type.schema;
    const SchemaExtension* extension = type.find_extension(uri);
    return extension ? extension->schema : nullptr;
}

std::unexpected<Error> invalid(std::string detail) {
    return failure(ErrorKind::InvalidSyntax, std::move(detail));
}

}  // namespace

const Schema* schema_of_uri(const ResourceType& type, std::string_view uri, const ReadOptions& options) {
    if (const Schema* schema = schema_with(type, uri)) return schema;
    if (!options.leniency.allows(Tolerance::LegacySchemaUris)) return nullptr;
    for (const LegacyUri& legacy : kLegacyUris) {
        if (!equals_ignoring_case(legacy.uri, uri)) continue;
        return legacy.means.empty() ? type.schema : schema_with(type, legacy.means);
    }
    return nullptr;
}

bool is_message_uri(std::string_view uri) {
    return uri.size() > kMessages.size() && equals_ignoring_case(uri.substr(0, kMessages.size()), kMessages);
}

Result<std::vector<std::string_view>> read_schema_uris(const json::value* schemas,
                                                       const ReadOptions& options) {
    if (!schemas || schemas->is_null())
        return invalid("schemas is missing: a list of the URIs of the body's schemas.");
    std::vector<std::string_view> uris;
    if (schemas->is_string() && options.leniency.allows(Tolerance::LoneValueForList)) {
        uris.push_back(schemas->get_string());
        return uris;
    }
    const json::array* list = schemas->if_array();
    if (!list || list->empty()) return invalid("schemas must be a list with at least one URI.");
    for (const json::value& uri : *list) {
        if (!uri.is_string()) return invalid("schemas must be a list of texts.");
        uris.push_back(uri.get_string());
    }
    return uris;
}

Result<void> check_schemas(const ResourceType& type, const json::value* schemas, const ReadOptions& options) {
    bool has_base = false;
    for (const std::string_view uri : TRY(read_schema_uris(schemas, options))) {
        if (is_message_uri(uri)) {
            return invalid("This is a message, not a " + type.name +
                           "; send it to the endpoint it is meant for.");
        }
        const Schema* schema = schema_of_uri(type, uri, options);
        has_base = has_base || schema == type.schema;
        if (!schema && !options.leniency.allows(Tolerance::UnknownSchemaUris)) {
            return invalid("schemas holds a URI that is no schema of " + type.name + ".");
        }
    }
    if (!has_base) return invalid("schemas must hold " + type.schema->id + ".");
    return {};
}

}  // namespace rollcall::scim
