#include "scim/read_resource.h"

#include "base/text.h"
#include "scim/read_value.h"
#include "scim/schema_uris.h"

namespace rollcall::scim {
namespace {

// Reads one body. Attributes of the base schema and the common ones stand at the top, those of an extension
// in an object under its URI.
class BodyReader {
public:
    BodyReader(const ResourceType& type, const ReadOptions& options) : type_(type), options_(options) {}

    Result<ResourceBody> read(const json::object& body) {
        for (const auto& [name, value] : body) {
            TRY_VOID(read_member(name, value));
        }
        return std::move(result_);
    }

private:
    Result<void> read_member(std::string_view name, const json::value& value) {
        const Attribute* attribute = common_attributes().find(name);
        if (!attribute) attribute = type_.schema->find(name);
        if (attribute) return read_attribute({.attribute = attribute}, value, result_.attributes);
        const Schema* schema = schema_of_uri(type_, name, options_);
        if (schema && schema != type_.schema) return read_extension(*schema, value);
        return refuse_unknown();
    }

    Result<void> refuse_unknown() const {
        if (options_.leniency.allows(Tolerance::UnknownAttributes)) return {};
        return failure(ErrorKind::InvalidSyntax,
                       "The body holds a name that is no attribute of " + type_.name + ".");
    }

    Result<void> read_extension(const Schema& schema, const json::value& value) {
        if (is_nothing(value)) {
            result_.cleared.push_back({.extension = &schema});
            return {};
        }
        const json::object* object = value.if_object();
        if (!object)
            return failure(ErrorKind::InvalidValue, schema.id + " must be an object of its attributes.");
        json::object attributes;
        if (json::value* earlier = result_.attributes.if_contains(schema.id)) {
            attributes = std::move(earlier->get_object());  // legacy and canonical URI in one body
        }
        for (const auto& [name, part] : *object) {
            const Attribute* attribute = schema.find(name);
            if (!attribute) {
                TRY_VOID(refuse_unknown());
                continue;
            }
            TRY_VOID(read_attribute({.extension = &schema, .attribute = attribute}, part, attributes));
        }
        if (!attributes.empty()) result_.attributes[schema.id] = std::move(attributes);
        return {};
    }

    Result<void> read_attribute(const AttributePath& path, const json::value& value, json::object& into) {
        const Attribute& attribute = *path.attribute;
        if (&attribute == common_attributes().find("schemas")) return {};
        if (!is_writable(attribute)) return {};  // S-COM-04, S-COM-12, P-POST-04
        if (attribute.stored_as_rows) return read_rows(path, value);
        if (is_password(type_, path)) return read_password_of(path, value);
        json::value read = TRY(read_value(attribute, path.text(), value, options_));
        if (read.is_null()) {
            result_.cleared.push_back(path);
            return {};
        }
        note_requested(path, read, result_.sent_on_request);
        into[attribute.name] = std::move(read);
        return {};
    }

    Result<void> read_rows(const AttributePath& path, const json::value& value) {
        MemberList list = TRY(read_members(value, path.text(), options_));
        if (list.members.empty() && list.unknown == 0) result_.cleared.push_back(path);
        result_.members = std::move(list.members);
        result_.unknown_members = list.unknown;
        return {};
    }

    Result<void> read_password_of(const AttributePath& path, const json::value& value) {
        std::string password = TRY(read_password(value));
        if (password.empty()) {
            result_.cleared.push_back(path);
        } else {
            result_.password = std::move(password);
        }
        return {};
    }

    const ResourceType& type_;
    const ReadOptions& options_;
    ResourceBody result_;
};

}  // namespace

Result<ResourceBody> read_resource(const ResourceType& type, const json::value& body,
                                   const ReadOptions& options) {
    const json::object* object = body.if_object();
    if (!object) return failure(ErrorKind::InvalidSyntax, "The body must be a JSON object.");
    TRY_VOID(check_schemas(type, find_ignoring_case(*object, "schemas"), options));
    return BodyReader(type, options).read(*object);
}

}  // namespace rollcall::scim
