#include "model/representation.h"

#include <charconv>
#include <cstring>
#include <stdexcept>

#include "model/resource.h"

namespace rollcall {
namespace {

// Where the enterprise extension keeps the manager; its displayName and $ref are computed (S-ENT-02).
constexpr std::string_view kEnterpriseUser = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

std::string_view endpoint_of(const Catalogue& catalogue, std::string_view type_name) {
    const ResourceType* type = catalogue.find_type(type_name);
    return type ? std::string_view(type->endpoint) : std::string_view();
}

void append_reference(const Catalogue& catalogue, std::string_view base_url, std::string_view type_name,
                      const ResourceId& id, std::string& out) {
    out += base_url;
    out += endpoint_of(catalogue, type_name);
    out += '/';
    append_uuid(id.bytes, out);
}

json::array shown_groups(const Shown& shown) {
    json::array groups;
    groups.reserve(shown.groups->size());
    for (const auto& group : *shown.groups) {
        json::object entry;
        entry["value"] = group.id.text();
        std::string reference;
        append_reference(*shown.catalogue, shown.base_url, "Group", group.id, reference);
        entry["$ref"] = reference;
        if (!group.display.empty()) entry["display"] = group.display;
        entry["type"] = group.direct ? "direct" : "indirect";
        groups.push_back(std::move(entry));
    }
    return groups;
}

json::array shown_members(const Shown& shown) {
    json::array members;
    members.reserve(shown.members->size());
    for (const auto& member : *shown.members) {
        json::object entry;
        entry["value"] = member.id.text();
        std::string reference;
        append_reference(*shown.catalogue, shown.base_url, member.type, member.id, reference);
        entry["$ref"] = reference;
        if (!member.display.empty()) entry["display"] = member.display;
        entry["type"] = member.type;
        members.push_back(std::move(entry));
    }
    return members;
}

void complete_manager(const Shown& shown, json::object& representation) {
    if (!shown.manager_display) return;
    auto* extension = representation.if_contains(kEnterpriseUser);
    if (extension == nullptr || !extension->is_object()) return;
    auto* manager = extension->get_object().if_contains("manager");
    if (manager == nullptr || !manager->is_object()) return;
    auto& entry = manager->get_object();
    const auto* value = entry.if_contains("value");
    if (value == nullptr || !value->is_string()) return;
    std::string reference(shown.base_url);
    reference += endpoint_of(*shown.catalogue, "User");
    reference += '/';
    reference += std::string_view(value->get_string());
    entry["$ref"] = reference;
    if (!shown.manager_display->empty()) entry["displayName"] = *shown.manager_display;
}

void append_groups(const Shown& shown, std::string& out) {
    out += ",\"groups\":[";
    bool first = true;
    for (const auto& group : *shown.groups) {
        if (!first) out += ',';
        first = false;
        out += "{\"value\":\"";
        append_uuid(group.id.bytes, out);
        out += "\",\"$ref\":\"";
        append_reference(*shown.catalogue, shown.base_url, "Group", group.id, out);
        out += '"';
        if (!group.display.empty()) {
            out += ",\"display\":";
            write_json_string(group.display, out);
        }
        out += group.direct ? ",\"type\":\"direct\"}" : ",\"type\":\"indirect\"}";
    }
    out += ']';
}

void append_members(const Shown& shown, std::string& out) {
    out += ",\"members\":[";
    bool first = true;
    for (const auto& member : *shown.members) {
        if (!first) out += ',';
        first = false;
        out += "{\"value\":\"";
        append_uuid(member.id.bytes, out);
        out += "\",\"$ref\":\"";
        append_reference(*shown.catalogue, shown.base_url, member.type, member.id, out);
        out += '"';
        if (!member.display.empty()) {
            out += ",\"display\":";
            write_json_string(member.display, out);
        }
        out += ",\"type\":";
        write_json_string(member.type, out);
        out += '}';
    }
    out += ']';
}

char* write_text(std::string_view text, char* out) {
    std::memcpy(out, text.data(), text.size());
    return out + text.size();
}

// In one piece: a page of a list has a hundred of them.
void append_meta(const Shown& shown, std::string& out) {
    out += ",\"meta\":{\"resourceType\":";
    write_json_string(shown.type->name, out);
    constexpr size_t kVersionSize = 20;
    constexpr size_t kNamesSize = 80;
    const size_t before = out.size();
    const size_t most = 2 * kInstantSize + shown.base_url.size() + shown.type->endpoint.size() + kUuidSize +
                        kVersionSize + kNamesSize;
    out.resize_and_overwrite(before + most, [&](char* text, size_t) {
        char* at = write_text(",\"created\":\"", text + before);
        const std::string_view created(at, kInstantSize);
        at = write_instant(shown.created, at);
        at = write_text("\",\"lastModified\":\"", at);
        // Most resources are as they were made.
        at = shown.last_modified == shown.created ? write_text(created, at)
                                                  : write_instant(shown.last_modified, at);
        at = write_text("\",\"location\":\"", at);
        at = write_text(shown.base_url, at);
        at = write_text(shown.type->endpoint, at);
        *at++ = '/';
        at = write_uuid(shown.id.bytes, at);
        at = write_text("\",\"version\":\"W/\\\"", at);
        at = std::to_chars(at, at + kVersionSize, shown.version).ptr;
        at = write_text("\\\"\"}}", at);
        return static_cast<size_t>(at - text);
    });
}

void add_extension_uris(const ResourceType& type, const json::object& attributes, json::array& uris) {
    for (const auto& extension : type.extensions) {
        if (attributes.contains(extension.schema->id)) uris.push_back(json::value(extension.schema->id));
    }
}

}  // namespace

std::string version_tag(int64_t version) {
    return "W/\"" + std::to_string(version) + "\"";
}

std::string location_of(const ResourceType& type, ResourceId id, std::string_view base_url) {
    std::string out(base_url);
    out += type.endpoint;
    out += '/';
    append_uuid(id.bytes, out);
    return out;
}

json::object complete_representation(const Shown& shown) {
    json::object representation = json::parse(shown.document).as_object();
    complete_manager(shown, representation);
    if (shown.groups && !shown.groups->empty()) representation["groups"] = shown_groups(shown);
    if (shown.members) representation["members"] = shown_members(shown);
    json::object meta;
    meta["resourceType"] = shown.type->name;
    meta["created"] = format_instant(shown.created);
    meta["lastModified"] = format_instant(shown.last_modified);
    meta["location"] = location_of(*shown.type, shown.id, shown.base_url);
    meta["version"] = version_tag(shown.version);
    representation["meta"] = std::move(meta);
    return representation;
}

namespace {

// Appends the document without its closing brace, with $ref and displayName behind the manager's value. The
// document is our own canonical text: the first `"manager":{"value":"` behind the key of the extension is the
// manager, because quotes inside strings are escaped. False when the text is not as expected; then nothing
// was appended.
bool append_with_manager(const Shown& shown, std::string& out) {
    constexpr std::string_view kExtension =
        "\"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\":{";
    constexpr std::string_view kManager = "\"manager\":{\"value\":\"";
    // memmem leaps over what cannot match; find() looks at every quote.
    const void* found =
        ::memmem(shown.document.data(), shown.document.size(), kExtension.data(), kExtension.size());
    if (found == nullptr) return false;
    const auto extension = static_cast<size_t>(static_cast<const char*>(found) - shown.document.data());
    const auto manager = shown.document.find(kManager, extension + kExtension.size());
    if (manager == std::string_view::npos) return false;
    const auto value = manager + kManager.size();
    const auto end = shown.document.find('"', value);
    if (end == std::string_view::npos || shown.document.substr(end, 2) != "\"}" ||
        !ResourceId::parse(shown.document.substr(value, end - value))) {
        return false;
    }
    out.append(shown.document, 0, end + 1);
    out += ",\"$ref\":\"";
    out += shown.base_url;
    out += endpoint_of(*shown.catalogue, "User");
    out += '/';
    out.append(shown.document, value, end - value + 1);
    if (!shown.manager_display->empty()) {
        out += ",\"displayName\":";
        write_json_string(*shown.manager_display, out);
    }
    out.append(shown.document, end + 1, shown.document.size() - end - 2);
    return true;
}

}  // namespace

void append_representation(const Shown& shown, std::string& out) {
    // One damaged row is the trouble of those who ask for it.
    if (!shown.document.starts_with(R"({"schemas":[)") || shown.document.back() != '}')
        throw std::runtime_error("A stored document is damaged; `rollcall verify` names it");
    const bool completes_manager = shown.has_manager && shown.manager_display.has_value();
    if (completes_manager && !append_with_manager(shown, out)) {
        // Something inside the document changes: the tree form is needed.
        write_json(complete_representation(shown), out);
        return;
    }
    if (!completes_manager) out.append(shown.document.data(), shown.document.size() - 1);
    if (shown.groups && !shown.groups->empty()) append_groups(shown, out);
    if (shown.members) append_members(shown, out);
    append_meta(shown, out);
}

// Bytes; more than most users and groups need.
constexpr size_t kTypicalDocument = 2'048;

std::string make_document(const ResourceType& type, ResourceId id, const json::object& attributes) {
    json::array uris;
    uris.push_back(json::value(type.schema->id));
    add_extension_uris(type, attributes, uris);
    std::string out;
    out.reserve(kTypicalDocument);
    out += "{\"schemas\":";
    write_json(uris, out);
    out += ",\"id\":\"";
    append_uuid(id.bytes, out);
    out += '"';
    const auto append_member = [&](std::string_view name, const json::value& value) {
        out += ',';
        write_json_string(name, out);
        out += ':';
        write_json(value, out);
    };
    for (const auto& common : common_attributes().attributes) {
        if (const auto* value = attributes.if_contains(common.name)) append_member(common.name, *value);
    }
    for (const auto& attribute : type.schema->attributes) {
        // A schema file may list common attributes again (S-COM-19); they have been written above.
        if (common_attributes().find(attribute.name) != nullptr) continue;
        if (const auto* value = attributes.if_contains(attribute.name)) append_member(attribute.name, *value);
    }
    for (const auto& extension : type.extensions) {
        if (const auto* value = attributes.if_contains(extension.schema->id)) {
            append_member(extension.schema->id, *value);
        }
    }
    out += '}';
    return out;
}

json::object attributes_of_document(std::string_view document) {
    json::object attributes = json::parse(document).as_object();
    erase_member(attributes, "schemas");
    erase_member(attributes, "id");
    return attributes;
}

}  // namespace rollcall
