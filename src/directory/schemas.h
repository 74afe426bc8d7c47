// Changes of a tenant's own schemas and resource types. One operation is one Change of the whole set: it is judged
// against every stored resource it could touch, and is done completely or not at all. The command line and the admin
// API call the same functions.
#pragma once

#include <string>
#include <vector>

#include "directory/catalogues.h"
#include "directory/directory.h"

namespace rollcall::directory {

// A stored resource that the wanted schemas would make invalid.
struct SchemaObstacle {
    std::string type;     // resource type name
    ResourceId id;
    std::string reason;   // attribute and rule; no values
};

struct SchemaObstacles {
    static constexpr size_t kListed = 50;
    std::vector<SchemaObstacle> listed;   // the first kListed
    int64_t total = 0;

    void add(SchemaObstacle obstacle);
};

struct SchemaChange {
    int64_t version = 0;                      // of the tenant's schemas, now
    std::vector<SchemaDocumentName> changed;  // added, replaced or removed; empty: nothing differed
    std::vector<std::string> warnings;        // redefined attributes (S-RES-17)
};

// `context.catalogue` is the installation's catalogue. Both return errors that leave the caller to undo its mark:
//   InvalidValue  a document is wrong in itself, does not fit the others, or belongs to the installation
//   NotFound      remove: the tenant has no document with that URI or name
//   Conflict      stored resources would become invalid; `obstacles` holds them
// Documents that are there already, word for word, change nothing and leave the version. Otherwise the version grows
// by one, index rows and keys of the resources follow, and versions and times of resources stay.
Result<SchemaChange> load_schemas(Context& context, const std::vector<SchemaDocument>& documents,
                                  SchemaObstacles& obstacles);
Result<SchemaChange> remove_schemas(Context& context, const std::vector<std::string>& names,
                                    SchemaObstacles& obstacles);

// ---- conformity.cpp: one resource, before and after a change of its type

// Why a resource that was valid for `before` is not for `after`; empty when it is. Looks at what is stored: an
// attribute that is gone, of another type, single or multi-valued now, and required sub-attributes. Required
// attributes are the rule required_attributes; uniqueness is the store's.
std::string misfit(const ResourceType& before, const ResourceType& after, const json::object& attributes);

// True when every resource that is valid and indexed for `before` is so for `after`, whatever it holds.
bool only_adds(const ResourceType& before, const ResourceType& after);

}  // namespace rollcall::directory
