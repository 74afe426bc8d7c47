#include "base/text.h"
#include "scim/patch_operation.h"
#include "scim/schema_uris.h"

namespace rollcall::scim {
namespace {

using Op = PatchOperation::Op;

std::unexpected<Error> invalid(std::string detail) {
    return failure(ErrorKind::InvalidSyntax, std::move(detail));
}

Result<void> check_message(const json::object& body, const ReadOptions& options) {
    for (const std::string_view uri : TRY(read_schema_uris(find_ignoring_case(body, "schemas"), options))) {
        if (equals_ignoring_case(uri, kPatchOp)) return {};
    }
    return invalid("schemas must hold " + std::string(kPatchOp) + ".");
}

Result<const json::array*> find_operations(const json::object& body, const ReadOptions& options) {
    const json::value* operations = find_ignoring_case(body, "Operations");
    const json::array* list = operations ? operations->if_array() : nullptr;
    if (!list) return invalid("Operations must be a list of operations.");
    if (list->empty() && !options.leniency.allows(Tolerance::EmptyOperations)) {
        return invalid("Operations must hold at least one operation.");
    }
    if (list->size() > options.limits.patch_operations_max) {
        return failure(ErrorKind::InvalidValue,
                       "Operations holds more operations than one request may have (" +
                           std::to_string(options.limits.patch_operations_max) + ").");
    }
    return list;
}

Result<Op> read_op(const json::object& operation, const ReadOptions& options) {
    const json::value* given = find_ignoring_case(operation, "op");
    const json::string* text = given ? given->if_string() : nullptr;
    const auto is = [&](std::string_view word) {
        if (options.leniency.allows(Tolerance::OperationNameCase)) return equals_ignoring_case(*text, word);
        return std::string_view(*text) == word;
    };
    if (text) {
        if (is("add")) return Op::Add;
        if (is("remove")) return Op::Remove;
        if (is("replace")) return Op::Replace;
    }
    return invalid("op must be add, remove or replace.");
}

Result<void> read_operation(const ResourceType& type, const json::value& input, size_t index,
                            const ReadOptions& options, PatchRequest& request) {
    const json::object* operation = input.if_object();
    if (!operation) return invalid("must be an object with op, path and value.");
    const Op op = TRY(read_op(*operation, options));
    const json::value* path = find_ignoring_case(*operation, "path");
    const json::value* value = find_ignoring_case(*operation, "value");
    if (path && path->is_null()) path = nullptr;
    if (path && !path->is_string()) return failure(ErrorKind::InvalidPath, "path: must be a text.");
    if (op != Op::Remove && !value) return failure(ErrorKind::InvalidValue, "add and replace need a value.");

    OperationReader reader(type, op, index, options, request);
    if (!path) {
        if (op == Op::Remove)
            return failure(ErrorKind::NoTarget, "path: remove needs to know what to remove.");
        const json::object* object = value->if_object();
        if (object) return reader.read_resource_object(*object);
        return failure(ErrorKind::InvalidValue,
                       "value must be an object of attributes when there is no path.");
    }
    const Target target = TRY(resolve_target(type, path->get_string(), options));
    if (op == Op::Remove) return reader.read_removal(target, value);
    return reader.read_change(target, Origin::Path, *value);
}

}  // namespace

Result<PatchRequest> parse_patch(const ResourceType& type, const json::value& body,
                                 const ReadOptions& options) {
    const json::object* object = body.if_object();
    if (!object) return invalid("The body must be a JSON object.");
    TRY_VOID(check_message(*object, options));
    const json::array* operations = TRY(find_operations(*object, options));
    PatchRequest request;
    for (size_t index = 0; index < operations->size(); ++index) {
        auto read = read_operation(type, (*operations)[index], index, options, request);
        if (!read) {
            Error error = std::move(read).error();
            return failure(error.kind, operation_name(index) + ": " + error.detail, std::move(error.note));
        }
    }
    return request;
}

}  // namespace rollcall::scim
