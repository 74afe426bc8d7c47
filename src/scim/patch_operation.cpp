#include "scim/patch_operation.h"

#include "base/text.h"
#include "scim/elements.h"
#include "scim/read_value.h"
#include "scim/schema_uris.h"

namespace rollcall::scim {
namespace {

using Op = PatchOperation::Op;

std::unexpected<Error> fault(ErrorKind kind, const Target& target, std::string_view text) {
    return failure(kind, target.text() + " " + std::string(text));
}

// [{"$ref":null,"value":x}] for a singular value (WrappedValue).
const json::value& unwrap(const json::value& value, const ReadOptions& options) {
    const json::array* list = value.if_array();
    if (!list || list->size() != 1 || !options.leniency.allows(Tolerance::WrappedValue)) return value;
    const json::object* object = list->front().if_object();
    const json::value* inner = object ? find_ignoring_case(*object, "value") : nullptr;
    if (!inner || object->size() > (find_ignoring_case(*object, "$ref") ? 2u : 1u)) return value;
    return *inner;
}

bool is_path_like(std::string_view name) {
    return name.find_first_of(".:[") != std::string_view::npos;
}

}  // namespace

std::string operation_name(size_t index) {
    return "Operations[" + std::to_string(index) + "]";
}

// ------------------------------------------------------------------------------------------------ without
// path

Result<void> OperationReader::read_resource_object(const json::object& object) {
    for (const auto& [name, value] : object) TRY_VOID(read_named(name, value));
    return {};
}

Result<void> OperationReader::read_named(std::string_view name, const json::value& value) {
    const Attribute* attribute = common_attributes().find(name);
    if (!attribute) attribute = type_.schema->find(name);
    if (attribute) return read_change({{.attribute = attribute}}, Origin::Value, value);
    const Schema* schema = schema_of_uri(type_, name, options_);
    if (schema == type_.schema) {
        if (const json::object* object = value.if_object()) return read_resource_object(*object);
        return failure(ErrorKind::InvalidValue, schema->id + " must be an object of attributes.");
    }
    if (schema) return read_change({{.extension = schema}}, Origin::Value, value);
    // A bare name may mean an attribute of an extension, as it does in a path.
    if (is_path_like(name) || resolve_path(type_, name)) return read_named_path(name, value);
    return refuse_unknown();
}

Result<void> OperationReader::read_named_path(std::string_view text, const json::value& value) {
    if (!options_.leniency.allows(Tolerance::PathAsName)) return refuse_unknown();
    auto target = resolve_target(type_, text, options_);
    if (target) return read_change(*target, Origin::Value, value);
    // The object of an extension that this type does not have is an unknown attribute, as it would be in a
    // POST.
    const bool is_container = value.is_object() && is_schema_uri(text);
    if (is_container && target.error().kind == ErrorKind::InvalidPath) return refuse_unknown();
    return std::unexpected(std::move(target).error());
}

Result<void> OperationReader::read_extension_object(const Schema& extension, const json::object& object) {
    for (const auto& [name, value] : object) {
        if (const Attribute* attribute = extension.find(name)) {
            TRY_VOID(read_change({{.extension = &extension, .attribute = attribute}}, Origin::Value, value));
        } else if (is_path_like(name)) {
            TRY_VOID(read_named_path(extension.id + ":" + std::string(name), value));
        } else {
            TRY_VOID(refuse_unknown());
        }
    }
    return {};
}

Result<void> OperationReader::refuse_unknown() const {
    if (options_.leniency.allows(Tolerance::UnknownAttributes)) return {};
    return failure(ErrorKind::InvalidSyntax,
                   "value holds a name that is no attribute of " + type_.name + ".");
}

// ------------------------------------------------------------------------------------------------ add and
// replace

Result<void> OperationReader::read_change(const Target& target, Origin origin, const json::value& value) {
    const AttributePath& path = target.path;
    if (is_schemas(path)) return read_schemas(value, origin);
    if (path.is_whole_extension()) return read_extension(target, value);
    if (path.attribute->stored_as_rows) return read_rows(target, &value);
    if (is_readable_reference(path)) return read_reference(target, origin, value);
    if (options_.writable_groups && is_groups_of_user(path)) return read_groups(target, origin, &value);
    if (!is_writable(*path.attribute) || !is_writable(path.target())) {
        if (origin == Origin::Value) return {};
        return read_only(target);
    }
    if (is_password(type_, path)) {
        const std::string password = TRY(read_password(unwrap(value, options_)));
        if (!password.empty() || op_ == Op::Replace) request_.password = password;
        return {};
    }
    if (path.attribute->multi_valued) return read_multi_valued(target, value);
    if (path.target().is_complex()) return read_singular_complex(target, value);
    const Attribute* parent = path.sub_attribute ? path.attribute : nullptr;
    const std::string text = target.text();
    json::value holder;
    if (path.target().multi_valued) {
        return emit(target, TRY(read_value(path.target(), text, as_list(value, holder), options_)));
    }
    return emit(target, TRY(read_simple(parent, path.target(), {text}, unwrap(value, options_), options_)));
}

Result<void> OperationReader::read_extension(const Target& target, const json::value& value) {
    if (is_nothing(value)) {
        // {} has nothing to merge; null clears what is there.
        return value.is_object() ? Result<void>() : emit(target, json::value());
    }
    if (const json::object* object = value.if_object())
        return read_extension_object(*target.path.extension, *object);
    return fault(ErrorKind::InvalidValue, target, "must be an object of its attributes.");
}

// A client that replaces a user by all it read has its groups in there: they are no wish.
Result<void> OperationReader::read_groups(const Target& target, Origin origin, const json::value* value) {
    if (origin == Origin::Value && (op_ != Op::Add || target.path.sub_attribute)) return {};
    if (target.path.sub_attribute || (target.filter && op_ != Op::Remove)) return read_only(target);
    std::optional<directory::GroupsEdit> edit = TRY(read_groups_edit(op_, target, value, options_));
    if (!edit) return {};
    edit->operation = operation_name(index_);
    request_.groups.push_back(std::move(*edit));
    return {};
}

Result<void> OperationReader::read_rows(const Target& target, const json::value* value) {
    std::optional<MembershipEdit> edit = TRY(read_membership(op_, target, value, options_));
    if (!edit) return {};
    edit->operation = operation_name(index_);
    PatchOperation operation{.op = op_, .path = target.path, .index = index_};
    operation.membership = std::move(*edit);
    request_.operations.push_back(std::move(operation));
    request_.touches_members = true;
    return {};
}

// manager.$ref is computed, but says which value is meant.
bool OperationReader::is_readable_reference(const AttributePath& path) const {
    if (!path.sub_attribute || path.sub_attribute->name != "$ref" || !path.sub_attribute->computed)
        return false;
    const Attribute* value = path.attribute->find("value");
    return value && is_writable(*value) && is_writable(*path.attribute) && !path.attribute->multi_valued;
}

Result<void> OperationReader::read_reference(const Target& target, Origin origin, const json::value& value) {
    if (is_nothing(value)) return origin == Origin::Value ? Result<void>() : read_only(target);
    json::object object;
    object.emplace(target.path.sub_attribute->name, keep(unwrap(value, options_)));
    return read_singular_complex({{target.path.extension, target.path.attribute}},
                                 json::value(std::move(object)));
}

// The given sub-attributes are changed one by one, so that the others stay (AMB-36, P-PATCH-74).
Result<void> OperationReader::read_singular_complex(const Target& target, const json::value& value) {
    const Attribute& attribute = *target.path.attribute;
    const std::string text = target.text();
    const Place place{text};
    if (value.is_object() && value.get_object().empty()) return {};  // names nothing, so nothing changes
    const auto object = TRY(read_singular_object(attribute, place, value, options_));
    if (!object) return emit(target, json::value());
    json::object parts = TRY(read_parts(attribute, place, *object, Completeness::Part, options_));
    for (const Attribute& sub : attribute.sub_attributes) {
        const Target part{{target.path.extension, &attribute, &sub}};
        if (json::value* given = parts.if_contains(sub.name)) {
            TRY_VOID(emit(part, std::move(*given)));
        } else if (is_writable(sub) && find_ignoring_case(*object, sub.name)) {
            TRY_VOID(emit(part, json::value()));  // named with null or "": unassigned (S-NULL-05)
        }
    }
    return {};
}

Result<void> OperationReader::read_multi_valued(const Target& target, const json::value& value) {
    const Attribute& attribute = *target.path.attribute;
    const std::string text = target.text();
    json::value holder;
    if (const Attribute* sub = target.path.sub_attribute) {
        if (sub->multi_valued)
            return emit(target, TRY(read_value(*sub, text, as_list(value, holder), options_)));
        return emit(target, TRY(read_simple(&attribute, *sub, {text}, unwrap(value, options_), options_)));
    }
    if (!target.filter) {
        // RFC 7644 §3.5.2.1: one value or a list of them, in strict mode too.
        if (is_nothing(value)) return emit(target, json::value());
        return emit(target, TRY(read_value(attribute, text, as_list(value, holder), options_)));
    }
    const json::array* list = value.if_array();
    const json::value& element = list && list->size() == 1 ? list->front() : value;
    if (list && element.is_array() && !list->empty()) {  // AMB-69
        return fault(ErrorKind::InvalidValue, target, "must be one value, not a list.");
    }
    const json::object* object = element.if_object();
    if (object && attribute.is_complex() && op_ == Op::Add) {
        json::object parts = TRY(read_parts(attribute, {text}, *object, Completeness::Part, options_));
        return emit(target, parts.empty() ? json::value() : json::value(std::move(parts)));
    }
    return emit(target, TRY(read_element(attribute, text, element, options_)));
}

Result<void> OperationReader::emit(const Target& target, json::value value) {
    const AttributePath& path = target.path;
    if (value.is_null()) {
        if (op_ == Op::Add) return {};  // P-PATCH-55
        const bool is_required =
            path.attribute && path.target().required && !(target.filter && !path.sub_attribute);
        if (is_required) return fault(ErrorKind::Mutability, target, "is required and must keep a value.");
    }
    if (path.attribute) note_requested(path, value, request_.sent_on_request);
    PatchOperation operation{.op = op_,
                             .path = path,
                             .parsed = target.parsed,
                             .filter = target.filter,
                             .value = std::move(value),
                             .index = index_};
    request_.operations.push_back(std::move(operation));
    return {};
}

std::unexpected<Error> OperationReader::read_only(const Target& target) const {
    return fault(ErrorKind::Mutability, target, "is readOnly: the server sets it.");
}

// ------------------------------------------------------------------------------------------------ remove

Result<void> OperationReader::read_removal(const Target& target, const json::value* value) {
    const AttributePath& path = target.path;
    if (is_schemas(path)) return remove_schemas(target, value);
    if (path.is_whole_extension()) return emit(target, json::value());
    if (options_.writable_groups && is_groups_of_user(path)) return read_groups(target, Origin::Path, value);
    if (!is_writable(*path.attribute)) return read_only(target);
    if (path.attribute->stored_as_rows) return read_rows(target, value);
    if (!is_writable(path.target())) return read_only(target);
    if (is_password(type_, path)) {
        request_.password = "";
        return {};
    }
    const bool takes_list = path.target().multi_valued && (path.sub_attribute || !target.filter);
    if (!takes_list || !value || value->is_null()) return emit(target, json::value());
    json::value listed = TRY(read_listed(target, *value));
    // AMB-05: an empty list names nothing, so nothing goes.
    if (listed.get_array().empty()) return {};
    return emit(target, std::move(listed));
}

// What a remove with a value names: parts of elements, or bare values.
Result<json::value> OperationReader::read_listed(const Target& target, const json::value& value) const {
    const Attribute& attribute = target.path.target();
    const Attribute* own = attribute.find("value");
    json::array listed;
    json::value holder;
    const json::value& list = as_list(value, holder);
    if (list.get_array().size() > options_.limits.patch_elements_max) {
        return fault(ErrorKind::InvalidValue, target, "has more values than one operation may name.");
    }
    const std::string text = target.text();
    for (size_t i = 0; i < list.get_array().size(); ++i) {
        const json::value& element = list.get_array()[i];
        const Place place{text, static_cast<ptrdiff_t>(i)};
        if (element.is_array()) {
            return failure(ErrorKind::InvalidValue, place.text() + " must not be a list.");  // AMB-69
        }
        if (is_nothing(element)) continue;
        if (const json::object* object = element.if_object(); object && attribute.is_complex()) {
            json::object parts = TRY(read_parts(attribute, place, *object, Completeness::Part, options_));
            if (!parts.empty()) listed.push_back(std::move(parts));
        } else if (own) {
            json::object parts;
            parts.emplace(own->name, TRY(read_simple(&attribute, *own, place, element, options_)));
            listed.push_back(std::move(parts));
        } else {
            listed.push_back(TRY(read_element(attribute, place.text(), element, options_)));
        }
    }
    return json::value(std::move(listed));
}

// ------------------------------------------------------------------------------------------------ schemas

// Only a replace by path can take an extension away: in a larger value, schemas says what the value is made
// of.
Result<void> OperationReader::read_schemas(const json::value& value, Origin origin) {
    const Target target{{.attribute = common_attributes().find("schemas")}};
    json::value holder;
    const json::value& list = as_list(value, holder);
    json::array uris;
    bool has_base = false;
    for (const json::value& uri : list.get_array()) {
        if (!uri.is_string()) return fault(ErrorKind::InvalidValue, target, "must be a list of texts.");
        const Schema* schema = schema_of_uri(type_, uri.get_string(), options_);
        if (!schema) {
            if (options_.leniency.allows(Tolerance::UnknownSchemaUris)) continue;
            return fault(ErrorKind::InvalidValue, target,
                         "holds a URI that is no schema of this resource type.");
        }
        has_base = has_base || schema == type_.schema;
        uris.push_back(json::value(schema->id));
    }
    if (op_ == Op::Add || origin == Origin::Value) return {};
    if (!has_base) return fault(ErrorKind::Mutability, target, "must keep the URI of the base schema.");
    return emit(target, json::value(std::move(uris)));
}

// The URIs to take away are known without the resource: the schemas of the type that are listed or match.
Result<void> OperationReader::remove_schemas(const Target& target, const json::value* value) {
    if (!target.filter && (!value || value->is_null())) {
        return fault(ErrorKind::Mutability, target, "is required and cannot be removed.");
    }
    json::array uris;
    bool takes_base = false;
    const auto take = [&](const Schema* schema) {
        takes_base = takes_base || schema == type_.schema;
        if (schema && schema != type_.schema) uris.push_back(json::value(schema->id));
    };
    if (target.filter) {
        if (matches_element(*target.filter, json::value(type_.schema->id))) take(type_.schema);
        for (const SchemaExtension& extension : type_.extensions) {
            if (matches_element(*target.filter, json::value(extension.schema->id))) take(extension.schema);
        }
    } else {
        json::value holder;
        const json::value& list = as_list(*value, holder);
        for (const json::value& uri : list.get_array()) {
            if (!uri.is_string()) return fault(ErrorKind::InvalidValue, target, "must be a list of texts.");
            take(schema_of_uri(type_, uri.get_string(), options_));
        }
    }
    if (takes_base) return fault(ErrorKind::Mutability, target, "must keep the URI of the base schema.");
    if (uris.empty()) return {};
    return emit({target.path}, json::value(std::move(uris)));
}

}  // namespace rollcall::scim
