// A PATCH message: bytes -> JSON -> operations -> a resource. Whatever is accepted gives attributes that are
// valid for the schema: canonical names, right types, nothing unassigned, one primary. PUT of the result
// changes nothing, twice. Whatever is refused is refused with a kind that PATCH may answer. The first byte
// chooses resource and strictness.
#include "base/check.h"
#include "model/test_catalogue.h"
#include "scim/patch.h"

namespace rollcall {
namespace {

using scim::ReadOptions;

constexpr std::string_view kResources[] = {
    "{}",
    R"({"userName":"ann","active":true,"name":{"givenName":"A","familyName":"L"},"title":"T",
        "emails":[{"value":"a@x","type":"work","primary":true},{"value":"b@x","type":"home"}],
        "addresses":[{"type":"work","locality":"L","primary":true},{"type":"work","region":"R"}],
        "roles":[{"value":"r","primary":true}],"externalId":"e",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"D","manager":{"value":"m"}}})",
    R"({"displayName":"G","externalId":"g"})",
    R"({"displayName":"D","serial":"1","tags":["a","b"],"heights":[1,2],"weight":1.5,"enabled":false,"pin":"0",
        "ports":[{"value":"1","type":"t","primary":true}],"peers":[{"value":"p"}],"owner":{"value":"o","aliases":["x"]},
        "site":{"floor":1},
        "http://example.com/schemas/1.1/device":{"lessee":"l","term":{"end":"2020-01-01T00:00:00Z"}}})",
};

void check_value(const Attribute& attribute, const json::value& value);

void check_single(const Attribute& attribute, const json::value& value) {
    switch (attribute.type) {
        case AttributeType::Complex:
            CHECK(value.is_object() && !value.get_object().empty());
            for (const auto& [name, part] : value.get_object()) {
                const Attribute* sub = attribute.find(name);
                CHECK(sub && sub->name == name && !sub->computed);
                check_value(*sub, part);
            }
            return;
        case AttributeType::Boolean:
            CHECK(value.is_bool());
            return;
        case AttributeType::Integer:
            CHECK(value.is_int64());
            return;
        case AttributeType::Decimal:
            CHECK(value.is_double());
            return;
        default:
            CHECK(value.is_string() && !value.get_string().empty());
    }
}

void check_value(const Attribute& attribute, const json::value& value) {
    if (!attribute.multi_valued) return check_single(attribute, value);
    CHECK(value.is_array() && !value.get_array().empty());
    size_t primaries = 0;
    for (const json::value& element : value.get_array()) {
        check_single(attribute, element);
        const json::object* object = element.if_object();
        const json::value* primary = object ? object->if_contains("primary") : nullptr;
        primaries += primary && primary->is_bool() && primary->get_bool() ? 1 : 0;
    }
    CHECK(primaries <= 1);
}

void check_attributes(const Schema& schema, const json::object& attributes) {
    for (const auto& [name, value] : attributes) {
        const Attribute* attribute = schema.find(name);
        CHECK(attribute && attribute->name == name);
        CHECK(!attribute->computed && !attribute->stored_as_rows);
        check_value(*attribute, value);
    }
}

void check_resource(const ResourceType& type, json::object attributes) {
    for (const SchemaExtension& extension : type.extensions) {
        const json::value* container = attributes.if_contains(extension.schema->id);
        if (!container) continue;
        CHECK(container->is_object() && !container->get_object().empty());
        check_attributes(*extension.schema, container->get_object());
        erase_member(attributes, extension.schema->id);
    }
    if (const json::value* external = attributes.if_contains("externalId")) {
        CHECK(external->is_string() && !external->get_string().empty());
        erase_member(attributes, "externalId");
    }
    check_attributes(*type.schema, attributes);
}

// The limits of one request may be narrower than what a resource already holds: PUT is read without them.
void check_put(const Resource& resource) {
    ReadOptions options;
    options.limits.values_per_attribute_max = 1'000'000;
    options.limits.string_characters_max = 1'000'000;
    json::object body = resource.attributes;
    body["schemas"] = json::array{json::value(resource.type->schema->id)};
    auto read = scim::read_resource(*resource.type, json::value(std::move(body)), options);
    CHECK(read.has_value());
    const auto put = scim::replace_with(resource, std::move(*read));
    CHECK(put.has_value());
    CHECK(json::value(put->attributes) == json::value(resource.attributes));
}

void check_refusal(const Error& error) {
    CHECK(!error.detail.empty());
    switch (error.kind) {
        case ErrorKind::InvalidSyntax:
        case ErrorKind::InvalidPath:
        case ErrorKind::InvalidFilter:
        case ErrorKind::InvalidValue:
        case ErrorKind::NoTarget:
        case ErrorKind::Mutability:
            return;
        default:
            CHECK(false && "a kind that PATCH does not answer");
    }
}

void check_patch(const ResourceType& type, std::string_view attributes, const json::value& body,
                 const ReadOptions& options) {
    const auto request = scim::parse_patch(type, body, options);
    if (!request) return check_refusal(request.error());
    Resource before;
    before.type = &type;
    before.attributes = json::parse(attributes).as_object();
    const auto edited = scim::apply_patch(before, *request, options);
    if (!edited) return check_refusal(edited.error());
    CHECK(edited->memberships.empty() == !request->touches_members);
    check_resource(type, edited->attributes);
    Resource after = before;
    after.attributes = edited->attributes;
    check_put(after);
}

}  // namespace
}  // namespace rollcall

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace rollcall;
    // A message that is no object needs no choice; "{" leaves everything at its first one.
    const uint8_t choice = size > 0 && data[0] != '{' ? data[0] : 0;
    const size_t skipped = size > 0 && data[0] != '{' ? 1 : 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + skipped, size - skipped);
    const auto body = parse_json(text);
    if (!body) return 0;
    const scim::ReadOptions options{.leniency = scim::Leniency((choice & 1) != 0)};
    check_patch(user_type(), kResources[(choice & 2) != 0 ? 0 : 1], *body, options);
    check_patch(group_type(), kResources[2], *body, options);
    check_patch(device_type(), kResources[3], *body, options);
    return 0;
}
