// Inner part of PATCH parsing: one operation is taken apart into operations on single attributes, each with a
// value that has been read against the schema.
#pragma once

#include "scim/patch_target.h"

namespace rollcall::scim {

// Whether a path names an attribute, or a larger value has it inside: a readOnly attribute is refused in the
// first case and ignored in the second (AMB-09).
enum class Origin { Path, Value };

// "Operations[2]"
std::string operation_name(size_t index);

class OperationReader {
public:
    OperationReader(const ResourceType& type, PatchOperation::Op op, size_t index, const ReadOptions& options,
                    PatchRequest& request)
        : type_(type), op_(op), index_(index), options_(options), request_(request) {}

    // add and replace without path: each name acts like an operation on what it names (AMB-08).
    Result<void> read_resource_object(const json::object& object);
    // add and replace with a path.
    Result<void> read_change(const Target& target, Origin origin, const json::value& value);
    // remove; `value` is null when there is none.
    Result<void> read_removal(const Target& target, const json::value* value);

private:
    Result<void> read_named(std::string_view name, const json::value& value);
    Result<void> read_named_path(std::string_view text, const json::value& value);
    Result<void> read_extension_object(const Schema& extension, const json::object& object);
    Result<void> refuse_unknown() const;

    Result<void> read_schemas(const json::value& value, Origin origin);
    Result<void> remove_schemas(const Target& target, const json::value* value);
    Result<void> read_extension(const Target& target, const json::value& value);
    Result<void> read_reference(const Target& target, Origin origin, const json::value& value);
    Result<void> read_groups(const Target& target, Origin origin, const json::value* value);
    Result<void> read_rows(const Target& target, const json::value* value);
    Result<void> read_multi_valued(const Target& target, const json::value& value);
    Result<void> read_singular_complex(const Target& target, const json::value& value);
    Result<json::value> read_listed(const Target& target, const json::value& value) const;

    bool is_readable_reference(const AttributePath& path) const;
    std::unexpected<Error> read_only(const Target& target) const;
    Result<void> emit(const Target& target, json::value value);

    const ResourceType& type_;
    PatchOperation::Op op_;
    size_t index_;
    const ReadOptions& options_;
    PatchRequest& request_;
};

}  // namespace rollcall::scim
