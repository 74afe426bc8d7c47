#include "model/schema.h"

#include "base/text.h"
#include "model/schema_reader.h"

namespace rollcall {
namespace {

template <class Enum>
struct Word {
    std::string_view word;
    Enum value;
};

constexpr Word<AttributeType> kTypes[] = {
    {"string", AttributeType::String},     {"boolean", AttributeType::Boolean},
    {"decimal", AttributeType::Decimal},   {"integer", AttributeType::Integer},
    {"dateTime", AttributeType::DateTime}, {"binary", AttributeType::Binary},
    {"reference", AttributeType::Reference}, {"complex", AttributeType::Complex},
};
constexpr Word<Mutability> kMutabilities[] = {
    {"readOnly", Mutability::ReadOnly},
    {"readWrite", Mutability::ReadWrite},
    {"immutable", Mutability::Immutable},
    {"writeOnly", Mutability::WriteOnly},
};
constexpr Word<Returned> kReturned[] = {
    {"always", Returned::Always},
    {"default", Returned::Default},
    {"request", Returned::Request},
    {"never", Returned::Never},
};
constexpr Word<Uniqueness> kUniqueness[] = {
    {"none", Uniqueness::None},
    {"server", Uniqueness::Server},
    {"global", Uniqueness::Global},
};

template <class Enum, size_t N>
std::optional<Enum> value_of(const Word<Enum> (&table)[N], std::string_view word) {
    for (const auto& row : table) {
        if (row.word == word) return row.value;
    }
    return std::nullopt;
}

template <class Enum, size_t N>
std::string_view word_in(const Word<Enum> (&table)[N], Enum value) {
    for (const auto& row : table) {
        if (row.value == value) return row.word;
    }
    return {};
}

template <class Enum, size_t N>
std::vector<std::string_view> words_in(const Word<Enum> (&table)[N]) {
    std::vector<std::string_view> words;
    for (const auto& row : table) words.push_back(row.word);
    return words;
}

const Attribute* find_in(const std::vector<Attribute>& attributes, std::string_view name) {
    for (const Attribute& attribute : attributes) {
        if (equals_ignoring_case(attribute.name, name)) return &attribute;
    }
    return nullptr;
}

Attribute make_meta_part(std::string name, AttributeType type, bool case_exact, std::string description) {
    return {.name = std::move(name), .description = std::move(description), .type = type, .case_exact = case_exact,
            .mutability = Mutability::ReadOnly};
}

Attribute make_meta() {
    Attribute meta{.name = "meta", .description = "What the server knows about the resource.",
                   .type = AttributeType::Complex, .mutability = Mutability::ReadOnly, .computed = true};
    meta.sub_attributes = {
        make_meta_part("resourceType", AttributeType::String, true, "The name of the resource type."),
        make_meta_part("created", AttributeType::DateTime, false, "When the resource was added."),
        make_meta_part("lastModified", AttributeType::DateTime, false, "When the resource was last changed."),
        make_meta_part("location", AttributeType::Reference, true, "The URI of the resource."),
        make_meta_part("version", AttributeType::String, true, "The version of the resource, as in its ETag."),
    };
    meta.sub_attributes[3].reference_types = {"uri"};
    return meta;
}

Schema make_common_attributes() {
    Schema schema;
    schema.name = "attributes of every resource";
    // Comparing schemas without regard to case is RFC 7644 §3.10: URIs of schemas are. Hence no case_exact.
    schema.attributes.push_back({.name = "schemas", .description = "The URIs of the schemas of the resource.",
                                 .type = AttributeType::Reference, .multi_valued = true, .required = true,
                                 .returned = Returned::Always, .reference_types = {"uri"}});
    schema.attributes.push_back({.name = "id", .description = "The identifier that the server gave the resource.",
                                 .case_exact = true, .mutability = Mutability::ReadOnly,
                                 .returned = Returned::Always, .uniqueness = Uniqueness::Server});
    schema.attributes.push_back({.name = "externalId",
                                 .description = "The identifier that the provisioning client gave the resource.",
                                 .case_exact = true});
    schema.attributes.push_back(make_meta());
    return schema;
}

}  // namespace

std::optional<AttributeType> attribute_type_of(std::string_view word) { return value_of(kTypes, word); }
std::string_view word_of(AttributeType type) { return word_in(kTypes, type); }
std::optional<Mutability> mutability_of(std::string_view word) { return value_of(kMutabilities, word); }
std::string_view word_of(Mutability mutability) { return word_in(kMutabilities, mutability); }
std::optional<Returned> returned_of(std::string_view word) { return value_of(kReturned, word); }
std::string_view word_of(Returned returned) { return word_in(kReturned, returned); }
std::optional<Uniqueness> uniqueness_of(std::string_view word) { return value_of(kUniqueness, word); }
std::string_view word_of(Uniqueness uniqueness) { return word_in(kUniqueness, uniqueness); }
std::vector<std::string_view> words_of(AttributeType) { return words_in(kTypes); }
std::vector<std::string_view> words_of(Mutability) { return words_in(kMutabilities); }
std::vector<std::string_view> words_of(Returned) { return words_in(kReturned); }
std::vector<std::string_view> words_of(Uniqueness) { return words_in(kUniqueness); }

const Attribute* Attribute::find(std::string_view sub_name) const { return find_in(sub_attributes, sub_name); }

const Attribute* Schema::find(std::string_view attribute_name) const { return find_in(attributes, attribute_name); }

const Attribute* ResourceType::attribute_in_rows() const {
    for (const Attribute& attribute : schema->attributes) {
        if (attribute.stored_as_rows) return &attribute;
    }
    return nullptr;
}

const SchemaExtension* ResourceType::find_extension(std::string_view uri) const {
    for (const SchemaExtension& extension : extensions) {
        if (equals_ignoring_case(extension.schema->id, uri)) return &extension;
    }
    return nullptr;
}

const Schema& common_attributes() {
    static const Schema schema = make_common_attributes();
    return schema;
}

}  // namespace rollcall
