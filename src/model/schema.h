// Schemas and resource types: the data that drives validation, mutability, filters, PATCH paths, projection and
// /Schemas (RFC 7643 §2, §6, §7). Nothing in the program knows an attribute that is not declared in a schema file,
// except the common attributes of RFC 7643 §3.1, which every resource type has and which are declared here too.
//
// Schema files are Schema resources in the form of RFC 7643 §7 with three additions of ours, never shown at /Schemas:
//   "x-index": true        the attribute is looked up often; the store keeps its values in an index
//   "x-preparation": "UsernameCaseMapped"   compared as a user name (RFC 8265 §3.3) instead of by plain case folding
//   "x-storage": "rows"    the values are rows of their own and never part of the document (Group.members)
//   "x-computed": true     the value is derived by the server when the resource is shown, never stored
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace rollcall {

enum class AttributeType { String, Boolean, Decimal, Integer, DateTime, Binary, Reference, Complex };
enum class Mutability { ReadOnly, ReadWrite, Immutable, WriteOnly };
enum class Returned { Always, Default, Request, Never };
enum class Uniqueness { None, Server, Global };
enum class Preparation { Plain, UserName };

struct Attribute {
    std::string name;
    std::string description;
    AttributeType type = AttributeType::String;
    bool multi_valued = false;
    bool required = false;
    bool case_exact = false;   // binary and reference are always case exact, whatever the file says (EID 6000, 6001)
    Mutability mutability = Mutability::ReadWrite;
    Returned returned = Returned::Default;
    Uniqueness uniqueness = Uniqueness::None;
    std::vector<std::string> canonical_values;
    std::vector<std::string> reference_types;
    std::vector<Attribute> sub_attributes;   // in the order of the file; addresses are stable once loaded
    bool indexed = false;                    // x-index
    bool stored_as_rows = false;             // x-storage: rows
    bool computed = false;                   // x-computed
    Preparation preparation = Preparation::Plain;

    bool is_complex() const { return type == AttributeType::Complex; }
    // Sub-attribute by name in ASCII without regard to case, or nullptr.
    const Attribute* find(std::string_view sub_name) const;
};

struct Schema {
    std::string id;            // the URI
    std::string name;
    std::string description;
    std::vector<Attribute> attributes;

    const Attribute* find(std::string_view name) const;
};

struct SchemaExtension {
    const Schema* schema;
    bool required;
};

struct ResourceType {
    std::string name;          // "User": meta.resourceType
    std::string endpoint;      // "/Users"
    std::string description;
    const Schema* schema;
    std::vector<SchemaExtension> extensions;
    bool read_only = false;    // x-readOnly: clients only read its resources; an operator makes them

    // The extension with that URI, without regard to case, or nullptr.
    const SchemaExtension* find_extension(std::string_view uri) const;

    // The attribute whose values are rows of their own (Group.members), or nullptr: resources of such a type can be
    // very large.
    const Attribute* attribute_in_rows() const;
};

// id, externalId, schemas and meta with its sub-attributes: RFC 7643 §3.1, whose characteristics win over any file
// (S-COM-19). One set for all resource types.
const Schema& common_attributes();

// A Schema or ResourceType document as somebody wrote it.
struct SchemaDocument {
    std::string source;   // the file it comes from, for details of errors; empty when there is none
    json::object content;
};

// Kind and name of a document: {"Schema", URI} or {"ResourceType", name}; texts are empty where it states none.
struct SchemaDocumentName {
    std::string_view kind;   // "Schema", "ResourceType", or empty for a document that is neither
    std::string name;
    friend auto operator<=>(const SchemaDocumentName&, const SchemaDocumentName&) = default;
};
SchemaDocumentName name_of_document(const json::object& document);

// A file holds one document or a list of at least one. Errors (InvalidValue) name the file.
Result<std::vector<SchemaDocument>> read_schema_file(const std::string& path);

// A consistent, immutable set of schemas and resource types. A tenant with schemas of its own has a catalogue of its
// own, which shares the schemas of the installation. Shared between threads; pointers into it live as long as it does.
class Catalogue {
public:
    using Documents = std::vector<std::shared_ptr<const json::object>>;

    // `documents` are Schema and ResourceType resources in any order. Errors (InvalidValue) name document, attribute
    // and rule: unknown data type, bad attribute name (S-ATTR-04), sub-attributes of a simple attribute, complex in
    // complex (S-ATTR-08), unknown reference type (S-SCH-12), two types with one name or endpoint (S-RT-01, 02), a
    // resource type whose schema is missing (S-RT-03). An extension that redefines a core attribute is a warning.
    static Result<std::shared_ptr<const Catalogue>> load(const std::vector<json::object>& documents);

    // The RFC 7643 definitions that are compiled into the program (schemas/ of the source tree).
    static std::shared_ptr<const Catalogue> standard();

    // The standard ones plus every *.json file of `directory`, sorted by name; a file holds one document or a list. A
    // ResourceType with name, endpoint and schema of a standard one takes its place: so User gets more extensions.
    static Result<std::shared_ptr<const Catalogue>> with_directory(const std::string& directory);

    // This one plus documents of a tenant, by the rules of with_directory(). Errors as for load(); the detail begins
    // with the source of the document when it has one.
    Result<std::shared_ptr<const Catalogue>> extended(const std::vector<SchemaDocument>& documents) const;

    const std::vector<std::shared_ptr<const ResourceType>>& types() const { return types_; }
    const std::vector<std::shared_ptr<const Schema>>& schemas() const { return schemas_; }
    const ResourceType* find_type(std::string_view name) const;          // exact
    const ResourceType* type_at(std::string_view endpoint) const;        // "/Users", exact
    const Schema* find_schema(std::string_view uri) const;               // without regard to case

    // The documents as /Schemas and /ResourceTypes show them, without meta.location (that depends on the base URL)
    // and without our x- additions; same order as schemas() and types().
    const Documents& schema_documents() const { return schema_documents_; }
    const Documents& type_documents() const { return type_documents_; }
    const std::vector<std::string>& warnings() const { return warnings_; }

private:
    Result<void> add(const std::vector<SchemaDocument>& documents);
    Result<void> add_type(const json::object& document);

    std::vector<std::shared_ptr<const Schema>> schemas_;
    std::vector<std::shared_ptr<const ResourceType>> types_;
    Documents schema_documents_;
    Documents type_documents_;
    std::vector<std::string> warnings_;   // of the documents added last, not of those extended
};

}  // namespace rollcall
