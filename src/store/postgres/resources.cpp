#include <algorithm>
#include <stdexcept>

#include "store/postgres/resource_rows.h"
#include "store/postgres/tenant_transaction.h"

namespace rollcall::store::postgres {
namespace {

Error taken(std::string_view attribute) {
    return {ErrorKind::Uniqueness, "Another resource of this tenant has this value of '" +
                                       std::string(attribute) +
                                       "'; use a different one, or update that resource."};
}

// Values without repetition, in one order, so that two lists can be compared.
std::vector<IndexedValue> normalised(std::vector<IndexedValue> values) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
}

// A row of a type that has no `indexed` values stores none.
std::optional<Bytes> bytes_or_null(const std::string& packed) {
    if (packed.empty()) return std::nullopt;
    return Bytes{packed};
}

// Groups of a member, whatever types of this tenant they are.
#define ROLLCALL_GROUPS_OF_MEMBER                  \
    "tenant_id = $1 AND type = " ROLLCALL_ANY_TYPE \
    " AND id = ANY (ARRAY(SELECT group_id FROM membership WHERE tenant_id = $1 AND member_id = $2))"

}  // namespace

std::string pack_indexed(const std::vector<IndexedValue>& values) {
    std::string packed;
    for (const auto& value : values) {
        packed += value.unique ? 'u' : 'n';
        packed += value.attribute;
        packed += '\0';
        packed += value.key;
        packed += '\0';
    }
    return packed;
}

std::vector<IndexedValue> unpack_indexed(std::string_view packed) {
    std::vector<IndexedValue> values;
    while (!packed.empty()) {
        const auto attribute_end = packed.find('\0', 1);
        if (attribute_end == std::string_view::npos) break;
        const auto key_end = packed.find('\0', attribute_end + 1);
        if (key_end == std::string_view::npos) break;
        values.push_back({std::string(packed.substr(1, attribute_end - 1)),
                          std::string(packed.substr(attribute_end + 1, key_end - attribute_end - 1)),
                          packed.front() == 'u'});
        packed.remove_prefix(key_end + 1);
    }
    return values;
}

std::optional<ResourceRow> PostgresTenant::find(std::string_view type, ResourceId id) {
    Rows rows = database().run("SELECT " ROLLCALL_RESOURCE_COLUMNS
                               " FROM resource r WHERE r.tenant_id = $1 AND r.type = $2 AND r.id = $3 AND "
                               "r.hidden <= $4",
                               id_, type, id, sees_hidden_);
    if (!rows.next()) return std::nullopt;
    return read_resource(rows);
}

bool PostgresTenant::look_at(std::string_view type, ResourceId id,
                             const std::function<void(const RowView&)>& visit) {
    std::optional<RowView> known_row;
    if (auto* known = foreseen(); known != nullptr && type == "User" && known->look_at(id, known_row)) {
        if (known_row) visit(*known_row);
        return known_row.has_value();
    }
    Rows rows = database().run("SELECT " ROLLCALL_SHOWN_COLUMNS
                               " FROM resource r WHERE r.tenant_id = $1 AND r.type = $2 AND r.id = $3 AND "
                               "r.hidden <= $4",
                               id_, type, id, sees_hidden_);
    if (!rows.next()) return false;
    visit(view_resource(rows, type));
    return true;
}

// The index needs a type; the counters know which ones the tenant has.
std::optional<MemberRow> PostgresTenant::find_any(ResourceId id) {
    if (const auto* known = foreseen()) {
        if (const auto* display = known->manager(id)) return MemberRow{id, "User", *display};
    }
    Rows rows = database().run(
        "SELECT r.type, r.display FROM resource r WHERE r.tenant_id = $1 AND r.id = $2 AND r.type "
        "= " ROLLCALL_ANY_TYPE " AND r.hidden <= $3",
        id_, id, sees_hidden_);
    if (!rows.next()) return std::nullopt;
    return MemberRow{id, std::string(rows.text(0)), std::string(rows.text(1))};
}

std::map<ResourceId, std::string> PostgresTenant::displays_of(const std::vector<ResourceId>& ids) {
    Rows rows = database().run(
        "SELECT r.id, r.display FROM resource r WHERE r.tenant_id = $1 AND r.id = ANY ($2) AND r.type "
        "= " ROLLCALL_ANY_TYPE " AND r.hidden <= $3",
        id_, ids, sees_hidden_);
    std::map<ResourceId, std::string> found;
    while (rows.next()) found.emplace(rows.id<ResourceId>(0), rows.text(1));
    return found;
}

std::optional<PostgresTenant::Existing> PostgresTenant::find_existing(std::string_view type, ResourceId id) {
    Rows rows = database().run(
        "SELECT display, indexed, hidden FROM resource WHERE tenant_id = $1 AND type = $2 AND id = $3", id_,
        type, id);
    if (!rows.next()) return std::nullopt;
    return Existing{std::string(rows.text(0)), std::string(rows.text(1)), rows.boolean(2)};
}

// The values of others that stand in the way of a resource, the first in its order: $2 type, $3 id, $4
// userName, $5 and $6 attributes and keys that are unique. The tenant's lock keeps others from taking a value
// between this look and the change. A look-up for each value, whatever the planner thinks of the size of the
// tables.
#define ROLLCALL_TAKEN                                                                                  \
    "WITH taken AS (SELECT 'userName' AS attribute, 0 AS place FROM resource WHERE tenant_id = $1 AND " \
    "user_name_key = $4 AND id <> $3 UNION ALL SELECT v.attribute, v.place FROM "                       \
    "unnest($5::text[], $6::text[]) WITH ORDINALITY AS v (attribute, key, place) WHERE (SELECT "        \
    "u.resource_id FROM unique_value u WHERE u.tenant_id = $1 AND u.type = $2 AND u.attribute = "       \
    "v.attribute AND u.key = v.key) <> $3), first AS (SELECT attribute FROM taken ORDER BY place LIMIT 1)"

namespace {

// Attributes and keys, side by side.
struct Columns {
    Columns(const std::vector<IndexedValue>& values, bool unique) {
        for (const auto& value : values) {
            if (value.unique != unique) continue;
            attributes.push_back(value.attribute);
            keys.push_back(value.key);
        }
    }
    std::vector<std::string> attributes, keys;
};

}  // namespace

Result<void> PostgresTenant::insert(const ResourceRow& row) {
    transaction_.begin_change();
    if (auto inserted = insert_unless_taken(row); !inserted) return inserted;
    auto& held = *transaction_.held(id_);
    held.without_groups = row.id;
    held.counted_types.emplace(row.type);
    if (row.type == "Group") put_group_state({row.id, "api", {}, true});
    return {};
}

// One statement, and one round trip, for everything that a new resource is.
Result<void> PostgresTenant::insert_unless_taken(const ResourceRow& row) {
    const auto values = normalised(row.indexed);
    const Columns wanted(row.indexed, true), unique(values, true), others(values, false);
    if (transaction_.claim(id_, row) && !row.hidden &&
        transaction_.held(id_)->counted_types.contains(row.type)) {
        insert_free(row, values);
        return {};
    }
    Rows rows = database().run(
        ROLLCALL_TAKEN
        ", made AS (INSERT INTO resource (tenant_id, type, id, version, created, last_modified, active, "
        "plain, "
        "user_name_key, external_id, display, manager, indexed, document, hidden) SELECT $1, $2, $3, $11, "
        "$12, "
        "$13, $14, $15, $4, $16, $17, $18, $19, $20, $21 WHERE NOT EXISTS (SELECT FROM taken) "
        "ON CONFLICT (tenant_id, type, id) DO NOTHING RETURNING 1), "
        "kept AS (INSERT INTO unique_value (tenant_id, type, attribute, key, resource_id) "
        "SELECT $1, $2, attribute, key, $3 FROM unnest($7::text[], $8::text[]) AS v (attribute, key) "
        "WHERE EXISTS (SELECT FROM made)), "
        "noted AS (INSERT INTO value_index (tenant_id, attribute, key, resource_id) "
        "SELECT $1, attribute, key, $3 FROM unnest($9::text[], $10::text[]) AS v (attribute, key) "
        "WHERE EXISTS (SELECT FROM made)), "
        "counted AS (INSERT INTO counter (tenant_id, name, value) SELECT $1, 'type:' || $2, (NOT "
        "$21)::integer "
        "FROM made ON CONFLICT (tenant_id, name) DO UPDATE SET value = counter.value + excluded.value) "
        "SELECT (SELECT attribute FROM first), EXISTS (SELECT FROM made)",
        id_, row.type, row.id, null_if_empty(row.user_name_key), wanted.attributes, wanted.keys,
        unique.attributes, unique.keys, others.attributes, others.keys, row.version, row.created,
        row.last_modified, row.active, row.plain, null_if_empty(row.external_id), row.display,
        null_if_empty(row.manager), bytes_or_null(pack_indexed(values)), row.document, row.hidden);
    rows.next();
    if (!rows.is_null(0)) return std::unexpected(taken(rows.text(0)));
    if (!rows.boolean(1)) return std::unexpected(taken("id"));
    if (row.hidden) count_hidden(row.type, 1);
    return {};
}

// Nothing can stand in the way, so that nothing is waited for.
void PostgresTenant::insert_free(const ResourceRow& row, const std::vector<IndexedValue>& values) {
    database().send(
        "INSERT INTO resource (tenant_id, type, id, version, created, last_modified, active, plain, "
        "user_name_key, external_id, display, manager, indexed, document, hidden) VALUES ($1, $2, $3, $4, "
        "$5, $6, $7, $8, $9, $10, $11, $12, $13, $14, false)",
        id_, row.type, row.id, row.version, row.created, row.last_modified, row.active, row.plain,
        null_if_empty(row.user_name_key), null_if_empty(row.external_id), row.display,
        null_if_empty(row.manager), bytes_or_null(pack_indexed(values)), row.document);
    const Columns unique(values, true), others(values, false);
    if (!unique.keys.empty()) {
        database().send(
            "INSERT INTO unique_value (tenant_id, type, attribute, key, resource_id) "
            "SELECT $1, $2, attribute, key, $3 FROM unnest($4::text[], $5::text[]) AS v (attribute, key)",
            id_, row.type, row.id, unique.attributes, unique.keys);
    }
    if (!others.keys.empty()) {
        database().send(
            "INSERT INTO value_index (tenant_id, attribute, key, resource_id) "
            "SELECT $1, attribute, key, $2 FROM unnest($3::text[], $4::text[]) AS v (attribute, key)",
            id_, row.id, others.attributes, others.keys);
    }
    transaction_.left().add_one(id_, row.type);
}

Result<void> PostgresTenant::update(const ResourceRow& row) {
    transaction_.begin_change();
    transaction_.claim(id_, row);
    const Columns wanted(row.indexed, true);
    Rows rows = database().run(
        ROLLCALL_TAKEN
        " SELECT display, indexed, hidden, (SELECT attribute FROM first) FROM resource "
        "WHERE tenant_id = $1 AND type = $2 AND id = $3",
        id_, row.type, row.id, null_if_empty(row.user_name_key), wanted.attributes, wanted.keys);
    if (!rows.next()) throw std::logic_error("update() of a resource that is not there");
    if (!rows.is_null(3)) return std::unexpected(taken(rows.text(3)));
    const Existing existing{std::string(rows.text(0)), std::string(rows.text(1)), rows.boolean(2)};
    const std::string packed = pack_indexed(normalised(row.indexed));
    database().send(
        "UPDATE resource SET version = $4, last_modified = $5, active = $6, plain = $7, user_name_key = $8, "
        "external_id = $9, display = $10, manager = $11, indexed = $12, document = $13, hidden = $14 "
        "WHERE tenant_id = $1 AND type = $2 AND id = $3",
        id_, row.type, row.id, row.version, row.last_modified, row.active, row.plain,
        null_if_empty(row.user_name_key), null_if_empty(row.external_id), row.display,
        null_if_empty(row.manager), bytes_or_null(packed), row.document, row.hidden);
    if (packed != existing.indexed) replace_values(row, existing.indexed, packed);
    if (row.display != existing.display) {
        database().send("UPDATE membership SET display = $3 WHERE tenant_id = $1 AND member_id = $2", id_,
                        row.id, row.display);
    }
    if (row.hidden != existing.hidden) change_visibility(row);
    return {};
}

void PostgresTenant::change_visibility(const ResourceRow& row) {
    // resource.member_count is of members that SCIM sees.
    const int64_t difference = row.hidden ? -1 : 1;
    database().send(
        "UPDATE resource SET version = version + 1, last_modified = greatest(last_modified, $3), "
        "member_count = member_count + $4 WHERE " ROLLCALL_GROUPS_OF_MEMBER,
        id_, row.id, row.last_modified, difference);
    database().send("UPDATE membership SET hidden = $3 WHERE tenant_id = $1 AND member_id = $2", id_, row.id,
                    row.hidden);
    count(row.type, !row.hidden, -1);
    count(row.type, row.hidden, 1);
}

void PostgresTenant::replace_values(const ResourceRow& row, std::string_view before, std::string_view after) {
    const auto old_values = unpack_indexed(before);
    const auto new_values = unpack_indexed(after);
    for (const auto& value : old_values) {
        if (!std::binary_search(new_values.begin(), new_values.end(), value))
            remove_value(row.type, row.id, value);
    }
    for (const auto& value : new_values) {
        if (!std::binary_search(old_values.begin(), old_values.end(), value)) add_value(row, value);
    }
}

void PostgresTenant::add_value(const ResourceRow& row, const IndexedValue& value) {
    if (value.unique) {
        database().send(
            "INSERT INTO unique_value (tenant_id, type, attribute, key, resource_id) VALUES ($1, $2, $3, $4, "
            "$5)",
            id_, row.type, value.attribute, value.key, row.id);
    } else {
        database().send(
            "INSERT INTO value_index (tenant_id, attribute, key, resource_id) VALUES ($1, $2, $3, $4)", id_,
            value.attribute, value.key, row.id);
    }
}

void PostgresTenant::remove_value(std::string_view type, ResourceId id, const IndexedValue& value) {
    if (value.unique) {
        database().send(
            "DELETE FROM unique_value WHERE tenant_id = $1 AND type = $2 AND attribute = $3 AND key = $4 "
            "AND resource_id = $5",
            id_, type, value.attribute, value.key, id);
    } else {
        database().send(
            "DELETE FROM value_index WHERE tenant_id = $1 AND attribute = $2 AND key = $3 AND resource_id = "
            "$4",
            id_, value.attribute, value.key, id);
    }
}

bool PostgresTenant::erase(std::string_view type, ResourceId id, Instant now) {
    transaction_.begin_change();
    const auto existing = find_existing(type, id);
    if (!existing) return false;
    database().send("DELETE FROM membership WHERE tenant_id = $1 AND group_id = $2", id_, id);
    const int64_t counted_before = existing->hidden ? 0 : 1;
    database().send(
        "UPDATE resource SET version = version + 1, last_modified = greatest(last_modified, $3), "
        "member_count = member_count - $4 WHERE " ROLLCALL_GROUPS_OF_MEMBER,
        id_, id, now, counted_before);
    database().send("DELETE FROM membership WHERE tenant_id = $1 AND member_id = $2", id_, id);
    erase_group_rows(id);
    for (const auto& value : unpack_indexed(existing->indexed)) remove_value(type, id, value);
    if (type == "User") {
        database().send("DELETE FROM member WHERE tenant_id = $1 AND id = $2", id_, id);
        remove_subjects_of(id);
        set_password(id, {}, now);
        end_administration_of(id);
    }
    database().send("DELETE FROM resource WHERE tenant_id = $1 AND type = $2 AND id = $3", id_, type, id);
    count(type, existing->hidden, -1);
    return true;
}

void PostgresTenant::count_hidden(std::string_view type, int64_t difference) {
    database().send(
        "INSERT INTO counter (tenant_id, name, value) VALUES ($1, 'hidden:' || $2, $3) "
        "ON CONFLICT (tenant_id, name) DO UPDATE SET value = counter.value + excluded.value",
        id_, type, difference);
}

void PostgresTenant::count(std::string_view type, bool hidden, int64_t difference) {
    if (hidden) {
        count_hidden(type, difference);
        // The row of the type says that the tenant has resources of it.
        difference = 0;
    }
    database().send(ROLLCALL_COUNT, id_, type, difference);
}

int64_t PostgresTenant::counted(std::string_view type) {
    Rows rows = database().run(
        "SELECT coalesce(sum(value), 0)::bigint FROM counter WHERE tenant_id = $1 AND (name = 'type:' || $2 "
        "OR "
        "name = 'hidden:' || $2 AND $3)",
        id_, type, sees_hidden_);
    rows.next();
    return rows.integer(0) + transaction_.left().counted(id_, type);
}

}  // namespace rollcall::store::postgres
