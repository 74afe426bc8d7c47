#include "store/postgres/migrations.h"

#include <charconv>
#include <map>
#include <string>

#include "base/check.h"
#include "base/embedded.h"

namespace rollcall::store::postgres {
namespace {

constexpr std::string_view kFolder = "src/store/postgres/migrations/";

std::map<int64_t, std::string_view> migrations() {
    std::map<int64_t, std::string_view> found;
    for (const auto& file : embedded_files()) {
        if (!file.name.starts_with(kFolder)) continue;
        const auto name = file.name.substr(kFolder.size());
        int64_t number = 0;
        std::from_chars(name.data(), name.data() + name.size(), number);
        CHECK(number > 0 && !found.contains(number));
        found.emplace(number, file.content);
    }
    CHECK(!found.empty() && found.rbegin()->first == static_cast<int64_t>(found.size()));
    return found;
}

int64_t single_number(Connection& connection, Sql sql) {
    Rows rows = connection.run(sql);
    return rows.next() ? rows.integer(0) : 0;
}

// 0 for an empty database.
int64_t current_schema(Connection& connection) {
    if (single_number(connection,
                      "SELECT count(*) FROM pg_class WHERE oid = to_regclass('schema_version')") == 0) {
        return 0;
    }
    const int64_t version = single_number(connection, "SELECT version FROM schema_version");
    if (version > migrations().rbegin()->first) {
        throw StoreFailure(StoreFailure::Cause::TooNew, "The database was written by a newer version");
    }
    return version;
}

void run_missing(Connection& connection) {
    const int64_t current = current_schema(connection);  // again: another process may have been faster
    if (current == 0) {
        // Another transaction may make it for another database of the same cluster at the same time.
        connection.execute_script(
            "DO $$ BEGIN CREATE ROLE rollcall_server NOLOGIN; EXCEPTION WHEN duplicate_object OR "
            "unique_violation THEN "
            "NULL; END $$;"
            "DO $$ BEGIN IF NOT pg_has_role(current_user, 'rollcall_server', 'MEMBER') THEN "
            "GRANT rollcall_server TO CURRENT_USER; END IF; END $$;"
            "CREATE TABLE schema_version (version bigint NOT NULL); INSERT INTO schema_version VALUES (0);"
            "GRANT SELECT ON schema_version TO rollcall_server;");
    }
    for (const auto& [number, script] : migrations()) {
        if (number > current) connection.execute_script(std::string(script));
    }
    connection.run("UPDATE schema_version SET version = $1", migrations().rbegin()->first);
}

}  // namespace

void migrate(Connection& connection) {
    if (current_schema(connection) == migrations().rbegin()->first) return;
    connection.send("BEGIN");
    connection.run("SELECT pg_advisory_xact_lock(4, 0)");
    run_missing(connection);
    connection.run("COMMIT");
}

}  // namespace rollcall::store::postgres
