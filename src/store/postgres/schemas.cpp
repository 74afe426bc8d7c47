#include "store/postgres/resource_rows.h"
#include "store/postgres/tenant_transaction.h"

namespace rollcall::store::postgres {

std::vector<ResourceRow> PostgresTenant::resources_after(std::string_view type, ResourceId after,
                                                         int64_t most) {
    Rows rows = database().run("SELECT " ROLLCALL_RESOURCE_COLUMNS
                               " FROM resource r WHERE r.tenant_id = $1 AND r.type = $2 AND r.id > $3 "
                               "AND r.hidden <= $5 ORDER BY r.id LIMIT $4",
                               id_, type, after, most, sees_hidden_);
    std::vector<ResourceRow> found;
    while (rows.next()) found.push_back(read_resource(rows));
    return found;
}

int64_t PostgresTenant::resource_count(std::string_view type) {
    return counted(type);
}

std::vector<SchemaRow> PostgresTenant::schemas() {
    Rows rows = database().run(
        "SELECT kind, name, document, version, loaded FROM tenant_schema WHERE tenant_id = $1 "
        "ORDER BY kind, name",
        id_);
    std::vector<SchemaRow> found;
    while (rows.next()) {
        found.push_back({std::string(rows.text(0)), std::string(rows.text(1)), std::string(rows.text(2)),
                         rows.integer(3), Instant{rows.integer(4)}});
    }
    return found;
}

void PostgresTenant::replace_schemas(const std::vector<SchemaRow>& rows, int64_t version) {
    transaction_.begin_change();
    transaction_.held(id_)->schema_version.reset();
    database().send("DELETE FROM tenant_schema WHERE tenant_id = $1", id_);
    for (const auto& row : rows) {
        database().send(
            "INSERT INTO tenant_schema (tenant_id, kind, name, version, loaded, document) "
            "VALUES ($1, $2, $3, $4, $5, $6)",
            id_, row.kind, row.name, row.version, row.loaded, row.document);
    }
    database().send("UPDATE tenant SET schema_version = $2 WHERE id = $1", id_, version);
}

int64_t PostgresTenant::schema_version() {
    auto* held = transaction_.held(id_);
    if (held != nullptr && held->schema_version) return *held->schema_version;
    Rows rows = database().run("SELECT schema_version FROM tenant WHERE id = $1", id_);
    const int64_t version = rows.next() ? rows.integer(0) : 0;
    if (held != nullptr) held->schema_version = version;
    return version;
}

}  // namespace rollcall::store::postgres
