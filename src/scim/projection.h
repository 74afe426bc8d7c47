// attributes and excludedAttributes (RFC 7644 §3.9, §3.10): which parts of a representation a client gets.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/attribute_path.h"

namespace rollcall::scim {

class Projection {
public:
    enum class Mode { Default, Only, Except };

    // `only` and `except` are names as sent, already split at commas and trimmed. Unknown names are ignored
    // (AMB-17), empty lists count as absent. Error: InvalidValue when both are given (AMB-16).
    static Result<Projection> create(const ResourceType& type, const std::vector<std::string>& only,
                                     const std::vector<std::string>& except);

    // Also return these, although they are returned:request (the client sent them in this request,
    // P-POST-13).
    void add_requested(const std::vector<AttributePath>& paths);

    // True when every attribute of a complete representation is shown, so that it can be sent as it is. Never
    // true for a type that stores attributes which are returned on request or never.
    bool is_default() const { return mode_ == Mode::Default && !hides_; }
    // False when nothing of the attribute would be shown: the store need not be asked (P-PROJ-18).
    bool shows(std::string_view attribute_name) const;

    // Reduces a complete representation to what is shown. Attributes that are never returned are dropped in
    // any mode, always-returned ones and schemas are kept in any mode; schemas lists the extensions that are
    // shown (S-RES-11).
    json::object apply(const json::object& representation) const;

private:
    // What the parameters say about one attribute.
    struct Wish {
        bool whole = false;                        // named without a sub-attribute
        std::vector<const Attribute*> parts = {};  // sub-attributes named
    };
    Wish wish_for(const std::vector<AttributePath>& paths, const Schema* extension,
                  const Attribute& attribute) const;
    bool shows(const Schema* extension, const Attribute& attribute) const;
    bool shows_part(const Wish& named, const Wish& requested, const Attribute& attribute,
                    const Attribute& sub) const;
    json::value reduce(const Schema* extension, const Attribute& attribute, const json::value& value) const;

    const ResourceType* type_ = nullptr;
    Mode mode_ = Mode::Default;
    bool hides_ = false;
    std::vector<AttributePath> named_;
    std::vector<AttributePath> requested_;
};

}  // namespace rollcall::scim
