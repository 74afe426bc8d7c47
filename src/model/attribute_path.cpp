#include "model/attribute_path.h"

#include "base/text.h"

namespace rollcall {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_character(char c) { return is_letter(c) || is_digit(c) || c == '$' || c == '-' || c == '_'; }

bool starts_with_ignoring_case(std::string_view text, std::string_view start) {
    return text.size() >= start.size() && equals_ignoring_case(text.substr(0, start.size()), start);
}

std::unexpected<Error> invalid(std::string detail) { return failure(ErrorKind::InvalidPath, std::move(detail)); }

// The schema of the type whose URI is the longest that starts `text` and ends there or at a colon.
const Schema* schema_at_start(const ResourceType& type, std::string_view text) {
    const Schema* best = nullptr;
    auto consider = [&](const Schema* schema) {
        const std::string& uri = schema->id;
        if (!starts_with_ignoring_case(text, uri)) return;
        if (text.size() > uri.size() && text[uri.size()] != ':') return;
        if (!best || best->id.size() < uri.size()) best = schema;
    };
    consider(type.schema);
    for (const SchemaExtension& extension : type.extensions) consider(extension.schema);
    return best;
}

// A bare name that only an extension defines: Entra asks for `manager eq "..."` without the URI (AMB-30). The first
// extension of the type that has it is meant.
const Schema& schema_of_bare(const ResourceType& type, std::string_view notation) {
    const std::string_view name = notation.substr(0, notation.find('.'));
    if (common_attributes().find(name) || type.schema->find(name)) return *type.schema;
    for (const SchemaExtension& extension : type.extensions) {
        if (extension.schema->find(name)) return *extension.schema;
    }
    return *type.schema;
}

// `notation` is "name" or "name.sub", without a URI.
Result<AttributePath> resolve_in(const ResourceType& type, const Schema& schema, std::string_view notation) {
    const size_t dot = notation.find('.');
    const std::string_view name = notation.substr(0, dot);
    if (!is_attribute_name(name)) return invalid("This is no attribute name.");
    AttributePath path;
    const bool is_core = &schema == type.schema;
    if (!is_core) path.extension = &schema;
    if (is_core) path.attribute = common_attributes().find(name);   // S-COM-19: these win over the file
    if (!path.attribute) path.attribute = schema.find(name);
    if (!path.attribute) {
        if (!is_core) {
            return invalid("\"" + std::string(name) + "\" is no attribute of the extension " + schema.id + ".");
        }
        return invalid("\"" + std::string(name) + "\" is no attribute of " + type.name + "; the schema " +
                       type.schema->id + " lists what there is.");
    }
    if (dot == std::string_view::npos) return path;
    const std::string_view sub_name = notation.substr(dot + 1);
    if (!is_attribute_name(sub_name)) return invalid("After the dot stands one name of a sub-attribute.");
    if (!path.attribute->is_complex()) return invalid("\"" + path.attribute->name + "\" has no sub-attributes.");
    path.sub_attribute = path.attribute->find(sub_name);
    if (!path.sub_attribute) {
        std::string known;
        for (const Attribute& sub : path.attribute->sub_attributes) known += (known.empty() ? "" : ", ") + sub.name;
        return invalid("\"" + path.attribute->name + "\" has no sub-attribute \"" + std::string(sub_name) +
                       "\"; it has " + known + ".");
    }
    return path;
}

}  // namespace

bool is_attribute_name(std::string_view text) {
    if (text.size() > 128) return false;
    if (text.starts_with('$')) text.remove_prefix(1);
    if (text.empty() || !is_letter(text.front())) return false;
    for (char c : text) {
        if (!is_name_character(c)) return false;
    }
    return true;
}

bool is_word_character(char c) {
    return is_name_character(c) || std::string_view(".:/%~+@#?=&;!*").find(c) != std::string_view::npos;
}

bool is_schema_uri(std::string_view text) {
    const size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon + 1 == text.size() || !is_letter(text.front())) return false;
    for (char c : text.substr(0, colon)) {
        if (!is_letter(c) && !is_digit(c) && c != '+' && c != '-' && c != '.') return false;
    }
    for (char c : text) {
        if (!is_word_character(c)) return false;
    }
    return text.back() != ':';
}

std::string AttributePath::text() const {
    std::string out;
    if (extension) out = extension->id;
    if (attribute) out += (out.empty() ? "" : ":") + attribute->name;
    if (sub_attribute) out += "." + sub_attribute->name;
    return out;
}

Result<AttributePath> resolve_path(const ResourceType& type, std::string_view text) {
    if (text.find(':') == std::string_view::npos) return resolve_in(type, schema_of_bare(type, text), text);
    const Schema* schema = schema_at_start(type, text);
    if (!schema) {
        std::string known = type.schema->id;
        for (const SchemaExtension& extension : type.extensions) known += ", " + extension.schema->id;
        return invalid("No schema of " + type.name + " has this URI; there is " + known + ".");
    }
    if (text.size() == schema->id.size()) {
        if (schema != type.schema) return AttributePath{.extension = schema};
        return invalid("The URI of the base schema is no attribute; name an attribute.");
    }
    return resolve_in(type, *schema, text.substr(schema->id.size() + 1));
}

}  // namespace rollcall
