// A reference to an attribute, resolved against a resource type: what filters, PATCH paths, sortBy, attributes and
// excludedAttributes have in common (RFC 7644 §3.10). Names and URIs are matched without regard to case; the longest
// known schema URI is taken first, so that dots and colons in it do no harm (P-FILT-26).
#pragma once

#include <string>
#include <string_view>

#include "model/schema.h"

namespace rollcall {

struct AttributePath {
    const Schema* extension = nullptr;          // set when the attribute belongs to an extension of the type
    const Attribute* attribute = nullptr;       // null: the whole extension is meant ("urn:...:2.0:User" alone)
    const Attribute* sub_attribute = nullptr;   // set for "name.givenName"

    bool is_whole_extension() const { return extension != nullptr && attribute == nullptr; }
    // The attribute that holds the simple value: the sub-attribute when there is one.
    const Attribute& target() const { return sub_attribute ? *sub_attribute : *attribute; }
    friend bool operator==(const AttributePath&, const AttributePath&) = default;

    // Canonical text: "name.givenName", "urn:...:enterprise:2.0:User:manager.value".
    std::string text() const;
};

// ATTRNAME of RFC 7643 §2.1 with one leading "$" allowed (EID 8924): "userName", "$ref", "x-y_1". At most 128 bytes.
bool is_attribute_name(std::string_view text);

// A character that may stand in an attribute name, a schema URI or a number; what the lexer takes as one word.
bool is_word_character(char c);

// An absolute URI made of word characters only, so that it can be written in a filter.
bool is_schema_uri(std::string_view text);

// Resolves `text`. A core attribute may carry the URI of the base schema, and so may id, externalId, schemas and
// meta; the bare URI of the base schema is no attribute (InvalidPath), that of an extension is the whole extension.
// A name without URI that only an extension defines means that one (AMB-30); text() writes the URI. Errors: InvalidPath
// when the text is no attribute notation or when no schema of the type defines the name; the detail names the part that
// is unknown and what would be possible. Callers in filters turn the kind into InvalidFilter.
Result<AttributePath> resolve_path(const ResourceType& type, std::string_view text);

}  // namespace rollcall
