#include "model/schema_reader.h"

#include "base/text.h"
#include "model/attribute_path.h"

namespace rollcall {
namespace {

constexpr std::string_view kApiUris = "urn:ietf:params:scim:api:";

constexpr std::string_view kCharacteristics[] = {
    "name",       "type",     "multiValued", "description", "required",        "canonicalValues",
    "caseExact",  "mutability", "returned",  "uniqueness",  "referenceTypes",  "subAttributes",
    "x-index",    "x-preparation", "x-storage", "x-computed",
};

// "string, boolean, decimal": what would be allowed.
template <class Words>
std::string one_of(const Words& words) {
    std::string list;
    for (const std::string_view word : words) list += (list.empty() ? "" : ", ") + std::string(word);
    return list;
}

// Reads the attributes of one document; `where` names the place for details.
class AttributeReader {
public:
    explicit AttributeReader(std::string document) : document_(std::move(document)) {}

    // `depth` 0: attributes of the schema; 1: sub-attributes; 2: only the Schema schema has complex in complex
    // (S-ATTR-08), and so one level more.
    Result<std::vector<Attribute>> read_list(const json::value& list, const std::string& where, int depth) {
        if (!list.is_array() || list.as_array().empty()) return refuse(where, "must be a list of attributes");
        std::vector<Attribute> attributes;
        for (const json::value& entry : list.as_array()) {
            Attribute attribute = TRY(read(entry, where, depth));
            for (const Attribute& other : attributes) {
                if (equals_ignoring_case(other.name, attribute.name)) {
                    return refuse(where_of(where, attribute.name), "is defined twice");
                }
            }
            attributes.push_back(std::move(attribute));
        }
        return attributes;
    }

private:
    static std::string where_of(const std::string& where, std::string_view name) {
        return (where.empty() ? "" : where + ".") + std::string(name);
    }

    std::unexpected<Error> refuse(const std::string& where, const std::string& rule) const {
        return failure(ErrorKind::InvalidValue, "Schema " + document_ + ", " +
                                                    (where.empty() ? "attributes" : "attribute " + where) + ": " +
                                                    rule + ".");
    }

    Result<Attribute> read(const json::value& entry, const std::string& parent, int depth) {
        if (!entry.is_object()) return refuse(parent, "every attribute must be an object");
        const json::object& object = entry.as_object();
        const json::value* name = object.if_contains("name");
        if (!name || !name->is_string()) return refuse(parent, "every attribute must have a name");
        Attribute attribute;
        attribute.name = std::string(name->as_string());
        if (!is_attribute_name(attribute.name)) {
            return refuse(where_of(parent, attribute.name),
                          "the name must be a letter followed by letters, digits, \"$\", \"-\" or \"_\"");
        }
        const std::string where = where_of(parent, attribute.name);
        for (const auto& member : object) {
            const std::string_view key = member.key();
            if (std::ranges::find(kCharacteristics, key) == std::end(kCharacteristics)) {
                return refuse(where, "\"" + std::string(key) + "\" is no characteristic; there are " +
                                         one_of(kCharacteristics));
            }
        }
        TRY_VOID(read_characteristics(object, where, attribute));
        TRY_VOID(read_sub_attributes(object, where, depth, attribute));
        TRY_VOID(read_additions(object, where, attribute));
        return attribute;
    }

    Result<void> read_characteristics(const json::object& object, const std::string& where, Attribute& attribute) {
        attribute.description = TRY(text(object, "description", where)).value_or("");
        attribute.type = TRY(word(object, "type", where, attribute_type_of)).value_or(AttributeType::String);
        attribute.multi_valued = TRY(boolean(object, "multiValued", where));
        attribute.required = TRY(boolean(object, "required", where));
        attribute.case_exact = TRY(boolean(object, "caseExact", where));
        attribute.mutability = TRY(word(object, "mutability", where, mutability_of)).value_or(Mutability::ReadWrite);
        const std::optional<Returned> returned = TRY(word(object, "returned", where, returned_of));
        attribute.uniqueness = TRY(word(object, "uniqueness", where, uniqueness_of)).value_or(Uniqueness::None);
        attribute.canonical_values = TRY(texts(object, "canonicalValues", where));
        attribute.reference_types = TRY(texts(object, "referenceTypes", where));

        const bool is_reference = attribute.type == AttributeType::Reference;
        if (!is_reference && !attribute.reference_types.empty()) {
            return refuse(where, "only references have referenceTypes");
        }
        // A value that may be written but not read has no other sensible value of "returned" (S-SCH-09).
        const bool is_write_only = attribute.mutability == Mutability::WriteOnly;
        attribute.returned = returned.value_or(is_write_only ? Returned::Never : Returned::Default);
        if (is_write_only && attribute.returned != Returned::Never) {
            return refuse(where, "a writeOnly attribute must have returned \"never\"");
        }
        if (is_reference || attribute.type == AttributeType::Binary) attribute.case_exact = true;
        if (attribute.is_complex()) attribute.case_exact = false;   // S-ATTR-09
        if (attribute.is_complex() || attribute.type == AttributeType::Binary ||
            attribute.type == AttributeType::Boolean) {
            attribute.uniqueness = Uniqueness::None;
        }
        return {};
    }

    Result<void> read_sub_attributes(const json::object& object, const std::string& where, int depth,
                                     Attribute& attribute) {
        const json::value* list = object.if_contains("subAttributes");
        if (!attribute.is_complex()) {
            if (list) return refuse(where, "only complex attributes have subAttributes");
            return {};
        }
        const int depth_max = document_ == kSchemaUri ? 1 : 0;
        if (depth > depth_max) return refuse(where, "a sub-attribute must not be complex");
        if (list) {
            attribute.sub_attributes = TRY(read_list(*list, where, depth + 1));
        } else if (attribute.multi_valued) {
            attribute.sub_attributes = default_sub_attributes();
        } else {
            return refuse(where, "a complex attribute must have subAttributes");
        }
        return {};
    }

    // RFC 7643 §2.4 (S-MV-05).
    static std::vector<Attribute> default_sub_attributes() {
        return {
            {.name = "type", .description = "A label indicating the attribute's function."},
            {.name = "primary", .description = "Whether this is the preferred value of the attribute.",
             .type = AttributeType::Boolean},
            {.name = "display", .description = "A human-readable name, used for display purposes."},
            {.name = "value", .description = "The attribute's significant value."},
            {.name = "$ref", .description = "The reference URI of a target resource.",
             .type = AttributeType::Reference, .case_exact = true, .reference_types = {"uri"}},
        };
    }

    Result<void> read_additions(const json::object& object, const std::string& where, Attribute& attribute) {
        attribute.indexed = TRY(boolean(object, "x-index", where));
        if (attribute.indexed && attribute.is_complex()) return refuse(where, "x-index is for simple attributes");
        attribute.computed = TRY(boolean(object, "x-computed", where));
        if (const auto preparation = TRY(text(object, "x-preparation", where))) {
            if (*preparation != "UsernameCaseMapped" || attribute.type != AttributeType::String) {
                return refuse(where, "x-preparation is \"UsernameCaseMapped\" and for strings only");
            }
            attribute.preparation = Preparation::UserName;
        }
        if (const auto storage = TRY(text(object, "x-storage", where))) {
            if (*storage != "rows" || !attribute.multi_valued || !attribute.find("value")) {
                return refuse(where, "x-storage is \"rows\" and for multi-valued attributes with a value");
            }
            attribute.stored_as_rows = true;
        }
        return {};
    }

    Result<std::optional<std::string>> text(const json::object& object, std::string_view key,
                                            const std::string& where) {
        const json::value* value = object.if_contains(key);
        if (!value) return std::nullopt;
        if (!value->is_string()) return refuse(where, std::string(key) + " must be a string");
        return std::string(value->as_string());
    }

    Result<bool> boolean(const json::object& object, std::string_view key, const std::string& where) {
        const json::value* value = object.if_contains(key);
        if (!value) return false;
        if (!value->is_bool()) return refuse(where, std::string(key) + " must be true or false");
        return value->as_bool();
    }

    Result<std::vector<std::string>> texts(const json::object& object, std::string_view key,
                                           const std::string& where) {
        std::vector<std::string> out;
        const json::value* value = object.if_contains(key);
        if (!value) return out;
        const bool is_list = value->is_array() && std::ranges::all_of(value->as_array(), [](const json::value& entry) {
            return entry.is_string() && !entry.as_string().empty();
        });
        if (!is_list) return refuse(where, std::string(key) + " must be a list of strings");
        for (const json::value& entry : value->as_array()) out.emplace_back(entry.as_string());
        return out;
    }

    template <class Enum>
    Result<std::optional<Enum>> word(const json::object& object, std::string_view key, const std::string& where,
                                     std::optional<Enum> (*meaning)(std::string_view)) {
        const auto written = TRY(text(object, key, where));
        if (!written) return std::nullopt;
        const std::optional<Enum> value = meaning(*written);
        if (!value) {
            return refuse(where, "\"" + *written + "\" is no known " + std::string(key) + "; there are " +
                                     one_of(words_of(Enum())));
        }
        return value;
    }

    std::string document_;
};

// S-COM-19: RFC 7643 §3.1 decides what id, externalId, schemas and meta are; a file may describe and require them.
void apply_shared_characteristics(Schema& schema) {
    for (Attribute& attribute : schema.attributes) {
        const Attribute* shared = common_attributes().find(attribute.name);
        if (!shared) continue;
        Attribute replacement = *shared;
        if (!attribute.description.empty()) replacement.description = attribute.description;
        replacement.required = attribute.required;
        attribute = std::move(replacement);
    }
}

json::array texts_of(const std::vector<std::string>& texts) {
    json::array out;
    for (const std::string& text : texts) out.emplace_back(text);
    return out;
}

json::object publish_attribute(const Attribute& attribute) {
    json::object out;
    out["name"] = attribute.name;
    out["type"] = word_of(attribute.type);
    out["multiValued"] = attribute.multi_valued;
    out["description"] = attribute.description.empty() ? attribute.name : attribute.description;
    out["required"] = attribute.required;
    if (!attribute.canonical_values.empty()) out["canonicalValues"] = texts_of(attribute.canonical_values);
    const bool is_text = attribute.type == AttributeType::String || attribute.type == AttributeType::Reference ||
                         attribute.type == AttributeType::Binary;
    if (is_text) out["caseExact"] = attribute.case_exact;
    out["mutability"] = word_of(attribute.mutability);
    out["returned"] = word_of(attribute.returned);
    const bool has_uniqueness = !attribute.is_complex() && attribute.type != AttributeType::Boolean &&
                                attribute.type != AttributeType::Binary;
    if (has_uniqueness) out["uniqueness"] = word_of(attribute.uniqueness);
    if (!attribute.reference_types.empty()) out["referenceTypes"] = texts_of(attribute.reference_types);
    if (attribute.is_complex()) {
        json::array subs;
        for (const Attribute& sub : attribute.sub_attributes) subs.push_back(publish_attribute(sub));
        out["subAttributes"] = std::move(subs);
    }
    return out;
}

}  // namespace

Result<std::unique_ptr<Schema>> read_schema(const json::object& document) {
    auto text = [&](std::string_view key) -> std::string {
        const json::value* value = document.if_contains(key);
        return value && value->is_string() ? std::string(value->as_string()) : std::string();
    };
    auto schema = std::make_unique<Schema>();
    schema->id = text("id");
    if (!is_schema_uri(schema->id)) {
        return failure(ErrorKind::InvalidValue, "A Schema document must have an absolute URI as its id; \"" +
                                                    schema->id + "\" is none.");
    }
    if (equals_ignoring_case(std::string_view(schema->id).substr(0, kApiUris.size()), kApiUris)) {
        return failure(ErrorKind::InvalidValue, "Schema " + schema->id + ": URIs of messages describe no resource.");
    }
    schema->name = text("name");
    if (schema->name.empty()) return failure(ErrorKind::InvalidValue, "Schema " + schema->id + " must have a name.");
    schema->description = text("description");
    const json::value* attributes = document.if_contains("attributes");
    if (!attributes) return failure(ErrorKind::InvalidValue, "Schema " + schema->id + " must have attributes.");
    schema->attributes = TRY(AttributeReader(schema->id).read_list(*attributes, "", 0));
    apply_shared_characteristics(*schema);
    return schema;
}

json::object publish_schema(const Schema& schema) {
    json::object out;
    out["schemas"] = json::array{kSchemaUri};
    out["id"] = schema.id;
    out["name"] = schema.name;
    out["description"] = schema.description.empty() ? schema.name : schema.description;
    json::array attributes;
    for (const Attribute& attribute : schema.attributes) attributes.push_back(publish_attribute(attribute));
    out["attributes"] = std::move(attributes);
    out["meta"] = json::object{{"resourceType", "Schema"}};
    return out;
}

}  // namespace rollcall
