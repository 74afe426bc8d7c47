#include "scim/scim_fixture.h"

#include "base/check.h"

namespace rollcall::scim::test {
namespace {

constexpr std::string_view kGadgetSchema = R"({
  "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
  "id": "%GADGET%", "name": "Gadget",
  "attributes": [
    {"name": "label", "type": "string", "required": true},
    {"name": "serial", "type": "string", "mutability": "immutable"},
    {"name": "tags", "type": "string", "multiValued": true},
    {"name": "ports", "type": "integer", "multiValued": true, "required": true},
    {"name": "count", "type": "integer"},
    {"name": "weight", "type": "decimal"},
    {"name": "broken", "type": "boolean"},
    {"name": "built", "type": "dateTime"},
    {"name": "blob", "type": "binary"},
    {"name": "link", "type": "reference", "referenceTypes": ["external"]},
    {"name": "state", "type": "string", "mutability": "readOnly"},
    {"name": "pin", "type": "string", "mutability": "writeOnly", "returned": "never"},
    {"name": "whisper", "type": "string", "returned": "request"},
    {"name": "beacon", "type": "string", "returned": "always"},
    {"name": "owner", "type": "complex", "subAttributes": [
      {"name": "value", "type": "string", "required": true, "caseExact": true},
      {"name": "since", "type": "dateTime", "mutability": "immutable"},
      {"name": "code", "type": "string", "mutability": "writeOnly", "returned": "never"},
      {"name": "note", "type": "string", "returned": "request"},
      {"name": "name", "type": "string"}]},
    {"name": "parts", "type": "complex", "multiValued": true, "subAttributes": [
      {"name": "value", "type": "string", "required": true},
      {"name": "type", "type": "string"},
      {"name": "primary", "type": "boolean"},
      {"name": "serial", "type": "string", "mutability": "immutable"},
      {"name": "size", "type": "decimal"},
      {"name": "stamp", "type": "string", "mutability": "readOnly"}]},
    {"name": "spares", "type": "complex", "multiValued": true}
  ]})";

constexpr std::string_view kExtraSchema = R"({
  "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
  "id": "%EXTRA%", "name": "GadgetExtra",
  "attributes": [
    {"name": "label", "type": "string"},
    {"name": "stamp", "type": "string", "mutability": "immutable"},
    {"name": "boxes", "type": "complex", "multiValued": true, "subAttributes": [
      {"name": "value", "type": "string"}, {"name": "type", "type": "string"}]},
    {"name": "seals", "type": "complex", "multiValued": true, "subAttributes": [
      {"name": "value", "type": "string", "mutability": "immutable"}, {"name": "type", "type": "string"}]}
  ]})";

constexpr std::string_view kGadgetType = R"({
  "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
  "id": "Gadget", "name": "Gadget", "endpoint": "/Gadgets", "schema": "%GADGET%",
  "schemaExtensions": [{"schema": "%EXTRA%", "required": false}]})";

void replace_all(std::string& text, std::string_view what, std::string_view by) {
    for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
        text.replace(at, what.size(), by);
    }
}

const Catalogue& gadgets() {
    static const std::shared_ptr<const Catalogue> catalogue = [] {
        std::vector<json::object> documents;
        for (const std::string_view text : {kGadgetSchema, kExtraSchema, kGadgetType}) {
            documents.push_back(parsed(text).as_object());
        }
        auto loaded = Catalogue::load(documents);
        if (!loaded) std::fputs(loaded.error().detail.c_str(), stderr);
        CHECK(loaded.has_value());
        return *loaded;
    }();
    return *catalogue;
}

const ResourceType& standard_type(std::string_view name) {
    static const std::shared_ptr<const Catalogue> catalogue = Catalogue::standard();
    const ResourceType* type = catalogue->find_type(name);
    CHECK(type != nullptr);
    return *type;
}

std::string name_of(const ResourceId& id) {
    const std::string text = id.text();
    if (text == kAnn) return " ANN";
    if (text == kBob) return " BOB";
    if (text == kCid) return " CID";
    return " " + text;
}

}  // namespace

const ResourceType& user_type() {
    return standard_type("User");
}
const ResourceType& group_type() {
    return standard_type("Group");
}
const ResourceType& gadget_type() {
    return *gadgets().find_type("Gadget");
}

ReadOptions lenient() {
    return {};
}
ReadOptions strict() {
    return {.leniency = Leniency(true)};
}

std::string expanded(std::string_view text) {
    std::string out(text);
    replace_all(out, "'", "\"");
    replace_all(out, "%USER%", kUser);
    replace_all(out, "%GROUP%", kGroup);
    replace_all(out, "%ENT%", kEnterprise);
    replace_all(out, "%GADGET%", kGadget);
    replace_all(out, "%EXTRA%", kGadgetExtra);
    replace_all(out, "%ANN%", kAnn);
    replace_all(out, "%BOB%", kBob);
    replace_all(out, "%CID%", kCid);
    return out;
}

json::value parsed(std::string_view text) {
    auto value = parse_json(expanded(text));
    if (!value)
        std::fprintf(stderr, "no JSON: %s: %s\n", value.error().detail.c_str(), expanded(text).c_str());
    CHECK(value.has_value());
    return *value;
}

Resource resource_of(const ResourceType& type, std::string_view attributes) {
    Resource resource;
    resource.type = &type;
    resource.attributes = parsed(attributes).as_object();
    return resource;
}

json::value patch_of(std::string_view operations) {
    return parsed("{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],'Operations':[" +
                  std::string(operations) + "]}");
}

Result<Edited> patched(const ResourceType& type, std::string_view before, std::string_view operations,
                       const ReadOptions& options) {
    const json::value body = patch_of(operations);
    const PatchRequest request = TRY(parse_patch(type, body, options));
    return apply_patch(resource_of(type, before), request, options);
}

void expect_patched(const ResourceType& type, std::string_view before, std::string_view operations,
                    std::string_view after, const ReadOptions& options) {
    SCOPED_TRACE(expanded(operations));
    const auto edited = patched(type, before, operations, options);
    ASSERT_TRUE(edited.has_value()) << edited.error().detail;
    const json::value expected = parsed(after);
    EXPECT_EQ(json::value(edited->attributes), expected)
        << "is       " << to_json(edited->attributes) << "\nexpected " << to_json(expected);
}

void expect_refused(const ResourceType& type, std::string_view before, std::string_view operations,
                    ErrorKind kind, std::string_view detail_start, const ReadOptions& options) {
    SCOPED_TRACE(expanded(operations));
    const auto edited = patched(type, before, operations, options);
    ASSERT_FALSE(edited.has_value()) << "gave " << to_json(edited->attributes);
    EXPECT_EQ(error_traits(edited.error().kind).scim_type, error_traits(kind).scim_type)
        << edited.error().detail;
    EXPECT_TRUE(edited.error().detail.starts_with(expanded(detail_start))) << edited.error().detail;
}

void expect_read(const ResourceType& type, std::string_view body, std::string_view attributes,
                 const ReadOptions& options) {
    SCOPED_TRACE(expanded(body));
    const auto read = read_resource(type, parsed(body), options);
    ASSERT_TRUE(read.has_value()) << read.error().detail;
    const json::value expected = parsed(attributes);
    EXPECT_EQ(json::value(read->attributes), expected)
        << "is       " << to_json(read->attributes) << "\nexpected " << to_json(expected);
}

void expect_unread(const ResourceType& type, std::string_view body, ErrorKind kind,
                   std::string_view detail_part, const ReadOptions& options) {
    SCOPED_TRACE(expanded(body));
    const auto read = read_resource(type, parsed(body), options);
    ASSERT_FALSE(read.has_value()) << "gave " << to_json(read->attributes);
    EXPECT_EQ(error_traits(read.error().kind).scim_type, error_traits(kind).scim_type) << read.error().detail;
    EXPECT_NE(read.error().detail.find(expanded(detail_part)), std::string::npos) << read.error().detail;
}

std::string describe(const std::vector<MembershipEdit>& edits) {
    std::string out;
    for (const MembershipEdit& edit : edits) {
        if (!out.empty()) out += "; ";
        switch (edit.kind) {
            case MembershipEdit::Kind::Add:
                out += "add";
                break;
            case MembershipEdit::Kind::Remove:
                out += "remove";
                break;
            case MembershipEdit::Kind::RemoveMatching:
                out += "matching";
                break;
            case MembershipEdit::Kind::RemoveAll:
                out += "all";
                break;
            case MembershipEdit::Kind::ReplaceAll:
                out += "replace";
                break;
        }
        for (const ResourceId& id : edit.members) out += name_of(id);
        if (edit.unknown > 0) out += " ?" + std::to_string(edit.unknown);
    }
    return out;
}

}  // namespace rollcall::scim::test
