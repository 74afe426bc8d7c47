#include <algorithm>
#include <stdexcept>

#include "store/sqlite/resource_rows.h"
#include "store/sqlite/tenant_transaction.h"

namespace rollcall::store::sqlite {
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

int64_t active_column(const ResourceRow& row) {
    if (!row.active) return kActiveNotStated;
    return *row.active ? 1 : 0;
}

// A single row of a type that has no `indexed` values stores none.
std::optional<Bytes> bytes_or_null(const std::string& packed) {
    if (packed.empty()) return std::nullopt;
    return Bytes{packed};
}

}  // namespace

std::optional<ResourceRow> SqliteTenant::find(std::string_view type, ResourceId id) {
    Rows rows = connection_.run("SELECT " ROLLCALL_RESOURCE_COLUMNS
                                " FROM resource r WHERE r.tenant_id = ?1 AND r.type = ?2 AND r.id = ?3 AND "
                                "r.hidden <= ?4",
                                id_, type, id, most_hidden_);
    if (!rows.next()) return std::nullopt;
    return read_resource(rows);
}

bool SqliteTenant::look_at(std::string_view type, ResourceId id,
                           const std::function<void(const RowView&)>& visit) {
    RowPlaces* const places = transaction_.places();
    const RowPlaces::Key key{id_, most_hidden_, id};
    if (const auto seq = places != nullptr ? places->find(key) : std::nullopt) {
        Rows rows = connection_.run(
            "SELECT " ROLLCALL_SHOWN_COLUMNS_OF_TYPE
            " FROM resource r NOT INDEXED WHERE r.seq = ?5 AND r.tenant_id = ?1 AND r.type = ?2 AND "
            "r.id = ?3 AND r.hidden <= ?4",
            id_, type, id, most_hidden_, *seq);
        if (rows.next()) {
            visit(view_resource(rows, type));
            return true;
        }
        places->forget(key);
    }
    Rows rows =
        connection_.run("SELECT " ROLLCALL_SHOWN_COLUMNS_OF_TYPE
                        ", r.seq FROM resource r INDEXED BY resource_by_id WHERE r.tenant_id = ?1 AND "
                        "r.type = ?2 AND r.id = ?3 AND r.hidden <= ?4",
                        id_, type, id, most_hidden_);
    if (!rows.next()) return false;
    if (places != nullptr) places->note(key, rows.integer(kShownColumns));
    visit(view_resource(rows, type));
    return true;
}

std::optional<MemberRow> SqliteTenant::find_any(ResourceId id) {
    constexpr size_t kUsersKnownMax = 10'000;
    forget_older_snapshots();
    if (const auto known = users_.find(id); known != users_.end())
        return MemberRow{id, "User", known->second};
    {
        // Most are users.
        Rows user = connection_.run(
            "SELECT display FROM resource WHERE tenant_id = ?1 AND type = 'User' AND id = ?2 AND hidden <= "
            "?3",
            id_, id, most_hidden_);
        if (user.next()) {
            if (users_.size() >= kUsersKnownMax) users_.clear();
            return MemberRow{id, "User", users_.insert_or_assign(id, user.blob(0)).first->second};
        }
    }
    // The index needs a type; the counters know which ones the tenant has.
    Rows rows = connection_.run(
        "SELECT r.type, r.display FROM resource r WHERE r.tenant_id = ?1 AND r.id = ?2 AND r.type IN "
        "(SELECT substr(name, 6) FROM counter WHERE tenant_id = ?1 AND name >= 'type:' AND name < 'type;') "
        "AND r.hidden <= ?3",
        id_, id, most_hidden_);
    if (!rows.next()) return std::nullopt;
    return MemberRow{id, std::string(rows.text(0)), std::string(rows.text(1))};
}

std::optional<SqliteTenant::Existing> SqliteTenant::find_existing(std::string_view type, ResourceId id) {
    Rows rows = connection_.run(
        "SELECT seq, user_name_key, display, indexed, hidden FROM resource WHERE tenant_id = ?1 AND type = "
        "?2 AND id "
        "= ?3",
        id_, type, id);
    if (!rows.next()) return std::nullopt;
    return Existing{rows.integer(0), std::string(rows.text(1)), std::string(rows.text(2)),
                    std::string(rows.blob(3)), rows.integer(4) != 0};
}

Result<void> SqliteTenant::check_user_name(const ResourceRow& row) {
    if (row.user_name_key.empty()) return {};
    Rows owner = connection_.run("SELECT id FROM resource WHERE tenant_id = ?1 AND user_name_key = ?2", id_,
                                 row.user_name_key);
    if (owner.next() && owner.id<ResourceId>(0) != row.id) return std::unexpected(taken("userName"));
    return {};
}

Result<void> SqliteTenant::check_unique_values(const ResourceRow& row) {
    for (const auto& value : row.indexed) {
        if (!value.unique) continue;
        Rows owner = connection_.run(
            "SELECT resource_id FROM unique_value WHERE tenant_id = ?1 AND type = ?2 AND attribute = ?3 AND "
            "key = ?4",
            id_, row.type, value.attribute, value.key);
        if (owner.next() && owner.id<ResourceId>(0) != row.id) return std::unexpected(taken(value.attribute));
    }
    return {};
}

Result<void> SqliteTenant::insert(const ResourceRow& row) {
    transaction_.begin_change();
    const auto values = normalised(row.indexed);
    const std::string packed = pack_indexed(values);
    if (const auto unique = check_unique_values(row); !unique) {
        TRY_VOID(check_user_name(row));  // a conflict of both names this one, as in update()
        return unique;
    }
    // Most names are free: the index is asked once, by the insertion itself.
    connection_.execute(
        "INSERT INTO resource (tenant_id, type, id, version, created, last_modified, active, plain, "
        "member_count, user_name_key, external_id, display, manager, indexed, document, hidden) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9, ?10, ?11, ?12, ?13, ?14, ?15) "
        "ON CONFLICT DO NOTHING",
        id_, row.type, row.id, row.version, row.created, row.last_modified, active_column(row), row.plain,
        null_if_empty(row.user_name_key), null_if_empty(row.external_id), row.display,
        null_if_empty(row.manager), bytes_or_null(packed), row.document, row.hidden);
    if (connection_.changes() == 0) {
        TRY_VOID(check_user_name(row));
        return std::unexpected(taken("id"));
    }
    for (const auto& value : values) add_value(row, value);
    count(row.type, row.hidden, 1);
    if (row.type == "Group") put_group_state({row.id, "api", {}, true});
    // Ids rise with time, so a new row is the last one, unless a clock was set back.
    const bool is_last =
        !connection_
             .run("SELECT 1 FROM resource WHERE tenant_id = ?1 AND type = ?2 AND id > ?3 LIMIT 1", id_,
                  row.type, row.id)
             .next();
    if (!is_last) {
        note_shift(row.type);
        note_out_of_order(row.type);
    }
    return {};
}

Result<void> SqliteTenant::update(const ResourceRow& row) {
    transaction_.begin_change();
    const auto existing = find_existing(row.type, row.id);
    if (!existing) throw std::logic_error("update() of a resource that is not there");
    TRY_VOID(check_user_name(row));
    TRY_VOID(check_unique_values(row));
    const std::string packed = pack_indexed(normalised(row.indexed));
    connection_.execute(
        "UPDATE resource SET version = ?2, last_modified = ?3, active = ?4, plain = ?5, user_name_key = ?6, "
        "external_id = ?7, display = ?8, manager = ?9, indexed = ?10, document = ?11, hidden = ?12 WHERE seq "
        "= ?1",
        existing->seq, row.version, row.last_modified, active_column(row), row.plain,
        null_if_empty(row.user_name_key), null_if_empty(row.external_id), row.display,
        null_if_empty(row.manager), bytes_or_null(packed), row.document, row.hidden);
    if (packed != existing->indexed) replace_values(row, existing->indexed, packed);
    if (row.display != existing->display) {
        connection_.execute("UPDATE membership SET display = ?3 WHERE tenant_id = ?1 AND member_id = ?2", id_,
                            row.id, row.display);
    }
    if (row.hidden != existing->hidden) change_visibility(row);
    return {};
}

void SqliteTenant::change_visibility(const ResourceRow& row) {
    // resource.member_count is of members that SCIM sees.
    const int64_t difference = row.hidden ? -1 : 1;
    connection_.execute(
        "UPDATE resource SET version = version + 1, last_modified = max(last_modified, ?3), "
        "member_count = member_count + ?4 WHERE tenant_id = ?1 "
        "AND type IN (SELECT substr(name, 6) FROM counter WHERE tenant_id = ?1 AND name >= 'type:' AND name "
        "< 'type;') "
        "AND id IN (SELECT group_id FROM membership WHERE tenant_id = ?1 AND member_id = ?2)",
        id_, row.id, row.last_modified, difference);
    connection_.execute("UPDATE membership SET hidden = ?3 WHERE tenant_id = ?1 AND member_id = ?2", id_,
                        row.id, row.hidden);
    count(row.type, !row.hidden, -1);
    count(row.type, row.hidden, 1);
    note_shift(row.type);
}

void SqliteTenant::replace_values(const ResourceRow& row, std::string_view before, std::string_view after) {
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

void SqliteTenant::add_value(const ResourceRow& row, const IndexedValue& value) {
    if (value.unique) {
        connection_.execute(
            "INSERT INTO unique_value (tenant_id, type, attribute, key, resource_id) VALUES (?1, ?2, ?3, ?4, "
            "?5)",
            id_, row.type, value.attribute, value.key, row.id);
    } else {
        connection_.execute(
            "INSERT INTO value_index (tenant_id, attribute, key, resource_id) VALUES (?1, ?2, ?3, ?4)", id_,
            value.attribute, value.key, row.id);
    }
}

void SqliteTenant::remove_value(std::string_view type, ResourceId id, const IndexedValue& value) {
    if (value.unique) {
        connection_.execute(
            "DELETE FROM unique_value WHERE tenant_id = ?1 AND type = ?2 AND attribute = ?3 AND key = ?4 "
            "AND resource_id = ?5",
            id_, type, value.attribute, value.key, id);
    } else {
        connection_.execute(
            "DELETE FROM value_index WHERE tenant_id = ?1 AND attribute = ?2 AND key = ?3 AND resource_id = "
            "?4",
            id_, value.attribute, value.key, id);
    }
}

bool SqliteTenant::erase(std::string_view type, ResourceId id, Instant now) {
    transaction_.begin_change();
    const auto existing = find_existing(type, id);
    if (!existing) return false;
    connection_.execute("DELETE FROM membership WHERE tenant_id = ?1 AND group_id = ?2", id_, id);
    const int64_t counted_before = existing->hidden ? 0 : 1;
    connection_.execute(
        "UPDATE resource SET version = version + 1, last_modified = max(last_modified, ?3), "
        "member_count = member_count - ?4 WHERE tenant_id = ?1 "
        "AND type IN (SELECT substr(name, 6) FROM counter WHERE tenant_id = ?1 AND name >= 'type:' AND name "
        "< 'type;') "
        "AND id IN (SELECT group_id FROM membership WHERE tenant_id = ?1 AND member_id = ?2)",
        id_, id, now, counted_before);
    connection_.execute("DELETE FROM membership WHERE tenant_id = ?1 AND member_id = ?2", id_, id);
    erase_group_rows(id);
    if (type == "User") {
        connection_.execute("DELETE FROM member WHERE tenant_id = ?1 AND id = ?2", id_, id);
        remove_subjects_of(id);
    }
    for (const auto& value : unpack_indexed(existing->indexed)) remove_value(type, id, value);
    if (type == "User") {
        set_password(id, {}, now);
        end_administration_of(id);
    }
    connection_.execute("DELETE FROM resource WHERE seq = ?1", existing->seq);
    count(type, existing->hidden, -1);
    note_shift(type);
    return true;
}

void SqliteTenant::count(std::string_view type, bool hidden, int64_t difference) {
    if (hidden) {
        connection_.execute(
            "INSERT INTO counter (tenant_id, name, value) VALUES (?1, 'hidden:' || ?2, ?3) "
            "ON CONFLICT (tenant_id, name) DO UPDATE SET value = value + excluded.value",
            id_, type, difference);
        // The row of the type says that the tenant has resources of it.
        difference = 0;
    }
    connection_.execute(
        "INSERT INTO counter (tenant_id, name, value) VALUES (?1, 'type:' || ?2, ?3) "
        "ON CONFLICT (tenant_id, name) DO UPDATE SET value = value + excluded.value",
        id_, type, difference);
}

int64_t SqliteTenant::number_of(std::string_view kind, std::string_view type) {
    Rows rows = connection_.run("SELECT value FROM counter WHERE tenant_id = ?1 AND name = ?2 || ?3", id_,
                                kind, type);
    return rows.next() ? rows.integer(0) : 0;
}

int64_t SqliteTenant::counted(std::string_view type) {
    return number_of("type:", type) + (sees_hidden() ? number_of("hidden:", type) : 0);
}

void SqliteTenant::note_out_of_order(std::string_view type) {
    connection_.execute(
        "INSERT INTO counter (tenant_id, name, value) VALUES (?1, 'out_of_order:' || ?2, 1) "
        "ON CONFLICT (tenant_id, name) DO UPDATE SET value = value + 1",
        id_, type);
}

void SqliteTenant::note_shift(std::string_view type) {
    connection_.execute(
        "INSERT INTO counter (tenant_id, name, value) VALUES (?1, 'shift:' || ?2, 1) "
        "ON CONFLICT (tenant_id, name) DO UPDATE SET value = value + 1",
        id_, type);
}

}  // namespace rollcall::store::sqlite
