// How rows of the table resource are read, and its column `indexed` is written: each value as 'u' or 'n'
// (unique or not), attribute, NUL, key, NUL. NUL is in no text (the JSON reader refuses it).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/postgres/connection.h"
#include "store/store.h"

namespace rollcall::store::postgres {

// The columns of read_resource(), for statements that read from `resource r`.
#define ROLLCALL_RESOURCE_COLUMNS                                                               \
    "r.type, r.id, r.version, r.created, r.last_modified, r.active, r.plain, r.user_name_key, " \
    "r.external_id, "                                                                           \
    "r.display, r.manager, r.document, r.hidden"
constexpr int kResourceColumns = 13;

inline ResourceRow read_resource(const Rows& rows) {
    ResourceRow row;
    row.type = rows.text(0);
    row.id = rows.id<ResourceId>(1);
    row.version = rows.integer(2);
    row.created = rows.instant(3);
    row.last_modified = rows.instant(4);
    if (!rows.is_null(5)) row.active = rows.boolean(5);
    row.plain = rows.boolean(6);
    row.user_name_key = rows.text(7);
    row.external_id = rows.text(8);
    row.display = rows.text(9);
    row.manager = rows.text(10);
    row.document = rows.text(11);
    row.hidden = rows.boolean(12);
    return row;
}

// The types of which the tenant $1 has resources, to stand behind "type = ": with it the index of ids, whose
// second column is the type, finds a resource of whatever type. As an array, because a subselect is joined,
// and then the planner goes through all resources of the tenant.
#define ROLLCALL_ANY_TYPE                                                                                 \
    "ANY (ARRAY(SELECT substr(name, 6) FROM counter WHERE tenant_id = $1 AND name >= 'type:' AND name < " \
    "'type;'))"

// There are $3 more resources of the type $2 that SCIM callers see.
#define ROLLCALL_COUNT                                                             \
    "INSERT INTO counter (tenant_id, name, value) VALUES ($1, 'type:' || $2, $3) " \
    "ON CONFLICT (tenant_id, name) DO UPDATE SET value = counter.value + excluded.value"

// The columns of view_resource(), which are enough to show a resource.
#define ROLLCALL_SHOWN_COLUMNS "r.id, r.version, r.created, r.last_modified, r.plain, r.manager, r.document"

// Valid until the next row. `type` is not copied.
inline RowView view_resource(const Rows& rows, std::string_view type) {
    RowView row;
    row.type = type;
    row.id = rows.id<ResourceId>(0);
    row.version = rows.integer(1);
    row.created = rows.instant(2);
    row.last_modified = rows.instant(3);
    row.plain = rows.boolean(4);
    if (const auto manager = rows.text(5); !manager.empty()) row.manager = ResourceId::parse(manager);
    row.document = rows.text(6);
    return row;
}

// The groups that members are direct members of, in two parts: the question, and its rows in order of member
// and group. `group` is empty for one that is not seen; `has_more`: it is a member of others.
void ask_for_direct_groups(Connection& connection, TenantId tenant, const std::vector<ResourceId>& members,
                           bool sees_hidden);
void read_direct_groups(
    Rows& rows,
    const std::function<void(ResourceId member, std::optional<GroupReference> group, bool has_more)>& visit);

std::string pack_indexed(const std::vector<IndexedValue>& values);
// Stops at the first thing that is not of the form above.
std::vector<IndexedValue> unpack_indexed(std::string_view packed);

}  // namespace rollcall::store::postgres
