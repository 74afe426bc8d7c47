#include <filesystem>
#include <fstream>

#include "base/check.h"
#include "base/embedded.h"
#include "base/text.h"
#include "model/attribute_path.h"
#include "model/schema.h"
#include "model/schema_reader.h"

namespace rollcall {
namespace {

// Endpoints that are not resources (RFC 7644 §3.2), and the segment that names a tenant.
constexpr std::string_view kReservedEndpoints[] = {"/ServiceProviderConfig", "/ResourceTypes", "/Schemas",
                                                   "/Bulk", "/Me", "/tenants"};

std::unexpected<Error> refuse(std::string detail) { return failure(ErrorKind::InvalidValue, std::move(detail)); }

std::string text_of(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

bool says_schema(const json::object& document, std::string_view uri) {
    const json::value* schemas = document.if_contains("schemas");
    if (!schemas || !schemas->is_array()) return false;
    return std::ranges::any_of(schemas->as_array(), [&](const json::value& entry) {
        return entry.is_string() && equals_ignoring_case(entry.as_string(), uri);
    });
}

bool is_resource_type(const json::object& document) { return says_schema(document, kResourceTypeUri); }

bool is_endpoint(std::string_view text) {
    if (text.size() < 2 || text.size() > 64 || text.front() != '/') return false;
    if (!is_attribute_name(text.substr(1)) || text[1] == '$') return false;
    // "/v3" would be a version of the protocol (RFC 7644 §3.13).
    const bool is_version = (text[1] == 'v' || text[1] == 'V') && text.size() > 2 &&
                            text.find_first_not_of("0123456789", 2) == std::string_view::npos;
    if (is_version) return false;
    return std::ranges::none_of(kReservedEndpoints,
                                [&](std::string_view taken) { return equals_ignoring_case(taken, text); });
}

json::object publish_type(const ResourceType& type) {
    json::object out;
    out["schemas"] = json::array{kResourceTypeUri};
    out["id"] = type.name;
    out["name"] = type.name;
    out["description"] = type.description;
    out["endpoint"] = type.endpoint;
    out["schema"] = type.schema->id;
    json::array extensions;
    for (const SchemaExtension& extension : type.extensions) {
        extensions.push_back({{"schema", extension.schema->id}, {"required", extension.required}});
    }
    out["schemaExtensions"] = std::move(extensions);
    out["meta"] = json::object{{"resourceType", "ResourceType"}};
    return out;
}

Result<std::unique_ptr<ResourceType>> read_type(const json::object& document, const Catalogue& catalogue) {
    auto type = std::make_unique<ResourceType>();
    type->name = text_of(document, "name");
    if (!is_attribute_name(type->name)) {
        return refuse("A ResourceType document must have a name of letters and digits.");
    }
    const std::string where = "Resource type " + type->name;
    type->endpoint = text_of(document, "endpoint");
    if (!is_endpoint(type->endpoint)) {
        return refuse(where + ": the endpoint must be a slash and one word that is not taken by the protocol.");
    }
    type->description = text_of(document, "description");
    if (type->description.empty()) type->description = type->name;
    const std::string uri = text_of(document, "schema");
    type->schema = catalogue.find_schema(uri);
    if (!type->schema) return refuse(where + ": there is no schema \"" + uri + "\".");
    if (const json::value* read_only = document.if_contains("x-readOnly")) {
        if (!read_only->is_bool()) return refuse(where + ": x-readOnly must be true or false.");
        type->read_only = read_only->as_bool();
    }

    const json::value* extensions = document.if_contains("schemaExtensions");
    if (!extensions) return type;
    if (!extensions->is_array()) return refuse(where + ": schemaExtensions must be a list.");
    for (const json::value& entry : extensions->as_array()) {
        const json::object* object = entry.if_object();
        const json::value* required = object ? object->if_contains("required") : nullptr;
        if (!required || !required->is_bool()) {
            return refuse(where + ": every schema extension must have a schema and required true or false.");
        }
        const std::string extension_uri = text_of(*object, "schema");
        const Schema* schema = catalogue.find_schema(extension_uri);
        if (!schema) return refuse(where + ": there is no schema \"" + extension_uri + "\".");
        if (schema == type->schema || type->find_extension(schema->id)) {
            return refuse(where + ": the schema " + schema->id + " is named twice.");
        }
        type->extensions.push_back({schema, required->as_bool()});
    }
    return type;
}

Result<void> check_reference_types(const Catalogue& catalogue, const Schema& schema,
                                   const std::vector<Attribute>& attributes) {
    for (const Attribute& attribute : attributes) {
        for (const std::string& name : attribute.reference_types) {
            if (name == "external" || name == "uri" || catalogue.find_type(name)) continue;
            return refuse("Schema " + schema.id + ", attribute " + attribute.name + ": the reference type \"" + name +
                          "\" is neither external, uri nor a resource type.");
        }
        TRY_VOID(check_reference_types(catalogue, schema, attribute.sub_attributes));
    }
    return {};
}

// S-RES-17.
void note_redefinitions(const ResourceType& type, std::vector<std::string>& warnings) {
    for (const SchemaExtension& extension : type.extensions) {
        for (const Attribute& attribute : extension.schema->attributes) {
            if (!type.schema->find(attribute.name) && !common_attributes().find(attribute.name)) continue;
            warnings.push_back("The extension " + extension.schema->id + " of " + type.name + " redefines \"" +
                               attribute.name + "\".");
        }
    }
}

Result<std::vector<SchemaDocument>> read_documents(std::string_view name, std::string_view content) {
    auto parsed = parse_json(content);
    if (!parsed) return refuse("File " + std::string(name) + ": " + parsed.error().detail);
    json::array list;
    if (parsed->is_array()) {
        list = parsed->as_array();
    } else {
        list.push_back(*parsed);
    }
    if (list.empty()) return refuse("File " + std::string(name) + " holds an empty list: no schema, no resource type.");
    std::vector<SchemaDocument> documents;
    for (const json::value& entry : list) {
        if (!entry.is_object()) return refuse("File " + std::string(name) + " must hold documents that are objects.");
        documents.push_back({std::string(name), entry.as_object()});
    }
    return documents;
}

std::vector<SchemaDocument> embedded_documents() {
    std::vector<SchemaDocument> all;
    for (const EmbeddedFile& file : embedded_files()) {
        // What lies in folders below is for tenants that ask for it.
        if (!file.name.starts_with("schemas/") || file.name.rfind('/') != file.name.find('/')) continue;
        auto documents = read_documents(file.name, file.content);
        CHECK(documents);
        all.insert(all.end(), documents->begin(), documents->end());
    }
    return all;
}

// A resource type may take the place of one that is there to give it other extensions; name, endpoint and schema
// stay.
bool replaces(const ResourceType& there, const json::object& document) {
    return there.name == text_of(document, "name") && there.endpoint == text_of(document, "endpoint") &&
           equals_ignoring_case(there.schema->id, text_of(document, "schema"));
}

Result<std::string> read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::string content((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (!in) return refuse("File " + path.filename().string() + " cannot be read.");
    return content;
}

}  // namespace

SchemaDocumentName name_of_document(const json::object& document) {
    if (is_resource_type(document)) return {"ResourceType", text_of(document, "name")};
    if (says_schema(document, kSchemaUri)) return {"Schema", text_of(document, "id")};
    return {"", ""};
}

Result<std::vector<SchemaDocument>> read_schema_file(const std::string& path) {
    const std::filesystem::path file(path);
    return read_documents(file.filename().string(), TRY(read_file(file)));
}

Result<void> Catalogue::add_type(const json::object& document) {
    auto type = TRY(read_type(document, *this));
    if (find_type(type->name)) return refuse("Two resource types have the name " + type->name + ".");
    if (const ResourceType* other = type_at(type->endpoint)) {
        return refuse("The resource types " + other->name + " and " + type->name + " have the same endpoint.");
    }
    note_redefinitions(*type, warnings_);
    type_documents_.push_back(std::make_shared<const json::object>(publish_type(*type)));
    types_.push_back(std::move(type));
    return {};
}

Result<void> Catalogue::add(const std::vector<SchemaDocument>& documents) {
    const auto in_file = [](const SchemaDocument& document, Result<void> outcome) {
        if (!outcome && !document.source.empty()) {
            outcome.error().detail = "File " + document.source + ": " + outcome.error().detail;
        }
        return outcome;
    };
    const auto add_schema = [this](const json::object& document) -> Result<void> {
        auto schema = TRY(read_schema(document));
        if (find_schema(schema->id)) return refuse("The schema " + schema->id + " is defined twice.");
        schema_documents_.push_back(std::make_shared<const json::object>(publish_schema(*schema)));
        schemas_.push_back(std::move(schema));
        return {};
    };
    const size_t schemas_before = schemas_.size();
    for (size_t index = 0; index < documents.size(); ++index) {
        const auto& [source, content] = documents[index];
        if (is_resource_type(content)) continue;
        if (!says_schema(content, kSchemaUri)) {
            return in_file(documents[index], refuse("Document " + std::to_string(index + 1) +
                                                    " is neither a Schema nor a ResourceType; schemas must hold " +
                                                    std::string(kSchemaUri) + " or " +
                                                    std::string(kResourceTypeUri) + "."));
        }
        TRY_VOID(in_file(documents[index], add_schema(content)));
    }
    // Types that were there give way to those that take their place, once: two of one name in `documents` are refused.
    for (size_t i = types_.size(); i-- > 0;) {
        const bool gives_way = std::ranges::any_of(documents, [&](const SchemaDocument& document) {
            return is_resource_type(document.content) && replaces(*types_[i], document.content);
        });
        if (!gives_way) continue;
        types_.erase(types_.begin() + static_cast<ptrdiff_t>(i));
        type_documents_.erase(type_documents_.begin() + static_cast<ptrdiff_t>(i));
    }
    for (const SchemaDocument& document : documents) {
        if (is_resource_type(document.content)) TRY_VOID(in_file(document, add_type(document.content)));
    }
    for (size_t i = schemas_before; i < schemas_.size(); ++i) {
        TRY_VOID(check_reference_types(*this, *schemas_[i], schemas_[i]->attributes));
    }
    return {};
}

Result<std::shared_ptr<const Catalogue>> Catalogue::load(const std::vector<json::object>& documents) {
    std::vector<SchemaDocument> nameless;
    for (const json::object& document : documents) nameless.push_back({"", document});
    return Catalogue().extended(nameless);
}

Result<std::shared_ptr<const Catalogue>> Catalogue::extended(const std::vector<SchemaDocument>& documents) const {
    auto catalogue = std::make_shared<Catalogue>(*this);
    catalogue->warnings_.clear();
    TRY_VOID(catalogue->add(documents));
    return catalogue;
}

std::shared_ptr<const Catalogue> Catalogue::standard() {
    static const std::shared_ptr<const Catalogue> catalogue = [] {
        auto loaded = Catalogue().extended(embedded_documents());
        CHECK(loaded);
        return *loaded;
    }();
    return catalogue;
}

Result<std::shared_ptr<const Catalogue>> Catalogue::with_directory(const std::string& directory) {
    std::error_code code;
    std::vector<std::filesystem::path> files;
    for (std::filesystem::directory_iterator entry(directory, code), end; !code && entry != end;
         entry.increment(code)) {
        if (entry->path().extension() == ".json") files.push_back(entry->path());
    }
    if (code) return refuse("The folder of schemas " + directory + " cannot be read: " + code.message() + ".");
    std::ranges::sort(files);
    std::vector<SchemaDocument> own;
    for (const auto& file : files) {
        auto documents = TRY(read_schema_file(file.string()));
        own.insert(own.end(), documents.begin(), documents.end());
    }
    return standard()->extended(own);
}

const ResourceType* Catalogue::find_type(std::string_view name) const {
    for (const auto& type : types_) {
        if (type->name == name) return type.get();
    }
    return nullptr;
}

const ResourceType* Catalogue::type_at(std::string_view endpoint) const {
    for (const auto& type : types_) {
        if (type->endpoint == endpoint) return type.get();
    }
    return nullptr;
}

const Schema* Catalogue::find_schema(std::string_view uri) const {
    for (const auto& schema : schemas_) {
        if (equals_ignoring_case(schema->id, uri)) return schema.get();
    }
    return nullptr;
}

}  // namespace rollcall
