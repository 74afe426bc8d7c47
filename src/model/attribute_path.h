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

// Resolves `text`. Errors: InvalidPath when the text is no attribute notation or when no schema of the type defines
// the name; the detail names the part that is unknown and what would be possible. Callers in filters turn the kind
// into InvalidFilter.
Result<AttributePath> resolve_path(const ResourceType& type, std::string_view text);

}  // namespace rollcall
