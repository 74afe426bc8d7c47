#include "scim/patch.h"

#include "scim/elements.h"
#include "scim/patch_elements.h"
#include "scim/patch_operation.h"
#include "scim/read_value.h"

namespace rollcall::scim {
namespace {

using Op = PatchOperation::Op;

std::unexpected<Error> fault(ErrorKind kind, const PatchOperation& operation, std::string_view text) {
    return failure(kind, Target{operation.path, operation.parsed}.text() + " " + std::string(text));
}

// Executes the operations of one request on a copy of the attributes, each on the result of the one before.
class Application {
public:
    Application(const Resource& before, const ReadOptions& options)
        : type_(*before.type), options_(options), attributes_(keep(before.attributes)) {}

    Result<void> apply(const PatchOperation& operation) {
        if (operation.membership) {
            memberships_.push_back(*operation.membership);
            return {};
        }
        if (is_schemas(operation.path)) return apply_schemas(operation);
        if (operation.path.is_whole_extension())
            return remove_extension(*operation.path.extension, operation);
        touched_.push_back(&operation);
        if (!operation.path.extension) return apply_in(attributes_, operation);
        json::value& slot = attributes_[operation.path.extension->id];
        if (!slot.is_object()) slot.emplace_object();
        TRY_VOID(apply_in(slot.get_object(), operation));
        if (slot.get_object().empty()) erase_member(attributes_, operation.path.extension->id);
        return {};
    }

    // Required sub-attributes are judged on the result, because one value may be taken apart into several
    // operations.
    Result<void> check_required_parts(const PatchOperation*& at_fault) const {
        for (const PatchOperation* operation : touched_) {
            const AttributePath whole{operation->path.extension, operation->path.attribute, nullptr};
            const json::value* value = find_value(attributes_, whole);
            const Attribute* missing = value ? missing_part(*operation->path.attribute, *value) : nullptr;
            if (!missing) continue;
            at_fault = operation;
            return failure(ErrorKind::InvalidValue, whole.text() + "." + missing->name + " is required.");
        }
        return {};
    }

    Edited result() && {
        Edited edited;
        edited.attributes = std::move(attributes_);
        edited.memberships = std::move(memberships_);
        return edited;
    }

private:
    Result<void> apply_in(json::object& container, const PatchOperation& operation) {
        const Attribute& attribute = *operation.path.attribute;
        json::value* present = container.if_contains(attribute.name);
        const json::value old = present ? keep(*present) : json::value();
        json::value now = keep(old);
        if (attribute.multi_valued) {
            TRY_VOID(apply_to_elements(operation, now, options_, budget_));
        } else if (operation.path.sub_attribute) {
            TRY_VOID(apply_to_part(operation, now));
        } else {
            now = keep(operation.value);
        }
        return store(container, operation, old, std::move(now));
    }

    Result<void> apply_to_part(const PatchOperation& operation, json::value& now) {
        if (!now.is_object()) now.emplace_object();
        return set_part(operation, now.get_object(), options_, budget_);
    }

    // Judges what became of one attribute and writes it back.
    Result<void> store(json::object& container, const PatchOperation& operation, const json::value& old,
                       json::value now) {
        const Attribute& attribute = *operation.path.attribute;
        const bool is_assigned = tidy_value(attribute, now);
        if (holds_immutable(attribute)) {
            // The rules judge what becomes of the resource; here the operation can be named.
            const json::value& settled = settled_value(operation, old);
            const Attribute* changed = changed_immutable(attribute, &settled, is_assigned ? &now : nullptr);
            // The only part is not the whole: it may not go by its own name.
            if (const Attribute* part = operation.path.sub_attribute;
                part && !is_assigned && settled.is_object())
                changed = changed_immutable(*part, settled.get_object().if_contains(part->name), nullptr);
            if (changed == &attribute) {
                return fault(ErrorKind::Mutability, operation, "is immutable and has a value already.");
            }
            if (changed) {
                return fault(
                    ErrorKind::Mutability, operation,
                    "would change a part that is immutable and has a value already: " + changed->name + ".");
            }
            const bool keeps_spelling = attribute.mutability == Mutability::Immutable && !settled.is_null();
            if (keeps_spelling) return {};
        }
        if (!is_assigned) {
            if (attribute.required && !old.is_null()) {
                return fault(ErrorKind::Mutability, operation, "is required and must keep a value.");
            }
            erase_member(container, attribute.name);
            return {};
        }
        if (json::array* elements = now.if_array()) {
            collapse_duplicates(attribute, *elements);
            const size_t size_before = old.is_array() ? old.get_array().size() : 0;
            if (elements->size() > options_.limits.values_per_attribute_max &&
                elements->size() > size_before) {
                return fault(ErrorKind::InvalidValue, operation, "would have more values than allowed.");
            }
        }
        container[attribute.name] = std::move(now);
        return {};
    }

    // What an attribute had before the operation of the request that `operation` is a part of: an
    // object for a complex attribute is taken apart, and its first part must not shut the door on the others.
    const json::value& settled_value(const PatchOperation& operation, const json::value& old) {
        for (const Settled& settled : settled_) {
            if (settled.index == operation.index && settled.attribute == operation.path.attribute)
                return settled.value;
        }
        return settled_.emplace_back(operation.index, operation.path.attribute, keep(old)).value;
    }

    // Adding URIs has no effect of its own, so only those that go matter (P-PATCH-32, P-PATCH-33).
    Result<void> apply_schemas(const PatchOperation& operation) {
        const json::array& uris = operation.value.as_array();
        for (const SchemaExtension& extension : type_.extensions) {
            bool is_listed = false;
            for (const json::value& uri : uris) {
                is_listed = is_listed || std::string_view(uri.as_string()) == extension.schema->id;
            }
            if (is_listed == (operation.op == Op::Remove))
                TRY_VOID(remove_extension(*extension.schema, operation));
        }
        return {};
    }

    Result<void> remove_extension(const Schema& schema, const PatchOperation& operation) {
        json::value* slot = attributes_.if_contains(schema.id);
        if (!slot || !slot->is_object()) return {};
        const SchemaExtension* declared = type_.find_extension(schema.id);
        if (declared && declared->required) {
            return failure(ErrorKind::Mutability,
                           schema.id + " is a required extension and cannot be removed.");
        }
        for (const Attribute& attribute : schema.attributes) {
            if (changed_immutable(attribute, slot->get_object().if_contains(attribute.name), nullptr)) {
                return fault(ErrorKind::Mutability, operation,
                             "holds an immutable attribute and cannot be removed.");
            }
        }
        erase_member(attributes_, schema.id);
        return {};
    }

    struct Settled {
        size_t index;
        const Attribute* attribute;
        json::value value;
    };

    const ResourceType& type_;
    const ReadOptions& options_;
    json::object attributes_;
    TextBudget budget_;
    std::vector<Settled> settled_;
    std::vector<MembershipEdit> memberships_;
    std::vector<const PatchOperation*> touched_;
};

}  // namespace

Result<Edited> apply_patch(const Resource& before, const PatchRequest& patch, const ReadOptions& options) {
    Application application(before, options);
    const auto located = [](Error error, size_t index) {
        return failure(error.kind, operation_name(index) + ": " + error.detail, std::move(error.note));
    };
    for (const PatchOperation& operation : patch.operations) {
        if (auto applied = application.apply(operation); !applied) {
            return located(std::move(applied).error(), operation.index);
        }
    }
    const PatchOperation* at_fault = nullptr;
    if (auto checked = application.check_required_parts(at_fault); !checked) {
        return located(std::move(checked).error(), at_fault->index);
    }
    Edited edited = std::move(application).result();
    edited.new_password = patch.password;
    return edited;
}

}  // namespace rollcall::scim
