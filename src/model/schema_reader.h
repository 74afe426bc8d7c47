// One Schema document (RFC 7643 §7) to and from its C++ form. Used by the catalogue only; it knows the rules that can
// be judged within one document, the catalogue knows those between documents.
#pragma once

#include "model/schema.h"

namespace rollcall {

inline constexpr std::string_view kSchemaUri = "urn:ietf:params:scim:schemas:core:2.0:Schema";
inline constexpr std::string_view kResourceTypeUri = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";

// Errors: InvalidValue, whose detail names document, attribute and rule.
Result<std::unique_ptr<Schema>> read_schema(const json::object& document);

// The document as /Schemas shows it: every characteristic that applies stated, none of our additions, no location.
json::object publish_schema(const Schema& schema);

// Words of RFC 7643 §7 and back. Empty for a word that is none of them.
std::optional<AttributeType> attribute_type_of(std::string_view word);
std::string_view word_of(AttributeType type);
std::optional<Mutability> mutability_of(std::string_view word);
std::string_view word_of(Mutability mutability);
std::optional<Returned> returned_of(std::string_view word);
std::string_view word_of(Returned returned);
std::optional<Uniqueness> uniqueness_of(std::string_view word);
std::string_view word_of(Uniqueness uniqueness);
// All words for a characteristic; the argument only tells which.
std::vector<std::string_view> words_of(AttributeType);
std::vector<std::string_view> words_of(Mutability);
std::vector<std::string_view> words_of(Returned);
std::vector<std::string_view> words_of(Uniqueness);

}  // namespace rollcall
