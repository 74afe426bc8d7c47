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

    // `only` and `except` are names as sent, already split at commas and trimmed. Unknown names are ignored (AMB-17),
    // empty lists count as absent. Error: InvalidValue when both are given (AMB-16).
    static Result<Projection> create(const ResourceType& type, const std::vector<std::string>& only,
                                     const std::vector<std::string>& except);

    // Also return these, although they are returned:request (the client sent them in this request, P-POST-13).
    void add_requested(const std::vector<AttributePath>& paths);

    bool is_default() const { return mode_ == Mode::Default && requested_.empty(); }
    // False when nothing of the attribute would be shown: the store need not be asked (P-PROJ-18).
    bool shows(std::string_view attribute_name) const;

    // Reduces a complete representation to what is shown. Attributes that are never returned are dropped in any mode,
    // always-returned ones and schemas are kept in any mode.
    json::object apply(const json::object& representation) const;

private:
    const ResourceType* type_ = nullptr;
    Mode mode_ = Mode::Default;
    std::vector<AttributePath> named_;
    std::vector<AttributePath> requested_;
};

}  // namespace rollcall::scim
