// What a resource looks like to a client: the stored document plus everything that is computed when it is
// shown (groups, members, manager's name, $ref, meta). The tree form is what filters and projections are
// judged on; the text form gives the same bytes without building a tree and is the fast path of every GET and
// list.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/json.h"
#include "base/time.h"
#include "model/schema.h"

namespace rollcall {

struct ShownMember {
    ResourceId id;
    std::string type;  // resource type name of the member
    std::string display;
};

struct ShownGroup {
    ResourceId id;
    std::string display;
    bool direct;  // false: member through another group (S-USER-23)
};

struct Shown {
    const Catalogue* catalogue;  // gives endpoints of member types
    const ResourceType* type;
    ResourceId id;
    std::string_view document;  // {"schemas":[...],"id":"...", attributes}
    Instant created;
    Instant last_modified;
    int64_t version;
    std::string_view base_url;                        // "https://host/scim/v2", no slash at the end
    // Null: nothing known, the attribute is left out.
    const std::vector<ShownGroup>* groups = nullptr;
    // Null: left out. Empty: "members":[], because authentik adds nobody to a group whose members are not shown.
    const std::vector<ShownMember>* members = nullptr;
    // Set: the manager exists; empty text: it has no name.
    std::optional<std::string_view> manager_display = {};
    bool has_manager = false;  // document has a manager, so that the text form must add to it
};

// The complete representation. Order: schemas, id, attributes, groups or members, meta.
json::object complete_representation(const Shown& shown);

// The same as text: exactly to_json(complete_representation(shown)).
void append_representation(const Shown& shown, std::string& out);

// The stored document of a resource: schemas (base, then the extensions that have data, in the order of the
// type), id, then the attributes in the order of the schema.
std::string make_document(const ResourceType& type, ResourceId id, const json::object& attributes);

// The attributes of a stored document: without schemas and id.
json::object attributes_of_document(std::string_view document);

// W/"3"
std::string version_tag(int64_t version);
std::string location_of(const ResourceType& type, ResourceId id, std::string_view base_url);

}  // namespace rollcall
