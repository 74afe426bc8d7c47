// Reading of single values, below read_resource.h: what PATCH needs besides whole values. Pure functions.
#pragma once

#include "scim/read_resource.h"

namespace rollcall::scim {

// Where in a body a value stands, for details of errors; the text is only made when it is needed.
struct Place {
    std::string_view base;  // "emails", "urn:...:User:manager"
    ptrdiff_t index = -1;   // of the element, when there are several
    const Attribute* sub_attribute = nullptr;

    // "emails[2].type"
    std::string text() const;
};

enum class Completeness {
    Whole,  // required sub-attributes must be there
    Part,   // the object is laid over another one, or only names what to look for
};

// A value of a simple attribute; `parent` is the complex attribute it belongs to, or nullptr. Null when
// unassigned. Errors: InvalidValue.
Result<json::value> read_simple(const Attribute* parent, const Attribute& attribute, const Place& place,
                                const json::value& input, const ReadOptions& options);

// The sub-attributes of a complex value: canonical names, in the order of the schema; readOnly and computed
// ones and those that are unassigned are left out, but a computed $ref gives the value when there is none
// (S-GROUP-06). Errors: InvalidValue; InvalidSyntax for an undefined name in strict mode.
Result<json::object> read_parts(const Attribute& attribute, const Place& place, const json::object& input,
                                Completeness completeness, const ReadOptions& options);

// The object that stands for a singular complex attribute: itself, a text for its value, a list of one of
// them (ManagerAsText). Empty optional when unassigned. Error: InvalidValue.
Result<std::optional<json::object>> read_singular_object(const Attribute& attribute, const Place& place,
                                                         const json::value& input,
                                                         const ReadOptions& options);

// Null, "", [] or {}: RFC 7643 §2.5.
bool is_nothing(const json::value& input);

// May a client write it? Neither readOnly nor computed.
bool is_writable(const Attribute& attribute);

// Appends the path and those of its sub-attributes in `value` that are only returned on request (P-POST-13).
void note_requested(const AttributePath& path, const json::value& value,
                    std::vector<AttributePath>& requested);

// The password of RFC 7643 §4.1.1: checked, then discarded (decision 002); never an attribute like others.
bool is_password(const ResourceType& type, const AttributePath& path);
// Prepared and judged by the minimal policy: 8 characters at least, 1,024 bytes at most. Empty when
// unassigned. Error: InvalidValue, which never says anything about the text.
Result<std::string> read_password(const json::value& input);

}  // namespace rollcall::scim
