#include "store/postgres/migrations.h"

#include <charconv>
#include <chrono>
#include <map>
#include <string>
#include <thread>

#include "base/check.h"
#include "base/embedded.h"

namespace rollcall::store::postgres {
namespace {

constexpr std::string_view kFolder = "src/store/postgres/migrations/";
constexpr auto kPatience = std::chrono::minutes(2);
constexpr auto kPause = std::chrono::milliseconds(300);

using Migrations = std::map<int64_t, std::string_view>;

#ifdef ROLLCALL_CANARIES
// What a later version may do beside this one, and what it may not.
constexpr std::string_view kNext = R"(
CREATE TABLE next_version (tenant_id bigint NOT NULL, id uuid NOT NULL, PRIMARY KEY (tenant_id, id));
ALTER TABLE next_version ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE resource ADD COLUMN next_note text NOT NULL DEFAULT 'none';
CREATE INDEX resource_by_next_note ON resource (tenant_id, next_note);
)";
constexpr std::string_view kNextThatTakes = "ALTER TABLE resource DROP COLUMN external_id;";
#endif

Migrations migrations([[maybe_unused]] std::string_view unsafe) {
    Migrations found;
    for (const auto& file : embedded_files()) {
        if (!file.name.starts_with(kFolder)) continue;
        const auto name = file.name.substr(kFolder.size());
        int64_t number = 0;
        std::from_chars(name.data(), name.data() + name.size(), number);
        CHECK(number > 0 && !found.contains(number));
        found.emplace(number, file.content);
    }
    CHECK(!found.empty() && found.rbegin()->first == static_cast<int64_t>(found.size()));
#ifdef ROLLCALL_CANARIES
    if (unsafe == "next-migration") found.emplace(found.rbegin()->first + 1, kNext);
    if (unsafe == "next-migration-takes") found.emplace(found.rbegin()->first + 1, kNextThatTakes);
#endif
    return found;
}

int64_t single_number(Connection& connection, Sql sql) {
    Rows rows = connection.run(sql);
    return rows.next() ? rows.integer(0) : 0;
}

// 0 for an empty database.
int64_t current_schema(Connection& connection, const Migrations& known) {
    if (single_number(connection,
                      "SELECT count(*) FROM pg_class WHERE oid = to_regclass('schema_version')") == 0) {
        return 0;
    }
    const int64_t version = single_number(connection, "SELECT version FROM schema_version");
    if (version > known.rbegin()->first) {
        throw StoreFailure(StoreFailure::Cause::TooNew, "The database was written by a newer version");
    }
    return version;
}

void run_missing(Connection& connection, const Migrations& known) {
    const int64_t current = current_schema(connection, known);  // again: another process may have been faster
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
    for (const auto& [number, script] : known) {
        if (number > current) connection.execute_script(std::string(script));
    }
    connection.run("UPDATE schema_version SET version = $1", known.rbegin()->first);
}

}  // namespace

// A statement that waits for a table has everybody wait who comes after it: it does so for a moment only.
void migrate(Connection& connection, std::string_view unsafe) {
    const auto known = migrations(unsafe);
    const auto end = std::chrono::steady_clock::now() + kPatience;
    for (;;) {
        if (current_schema(connection, known) == known.rbegin()->first) return;
        try {
            connection.send("BEGIN");
            connection.run("SELECT pg_advisory_xact_lock(4, 0)");
            run_missing(connection, known);
            connection.run("COMMIT");
            return;
        } catch (const Conflict& conflict) {
            if (std::chrono::steady_clock::now() > end) throw StoreFailure(conflict.cause, conflict.what());
            connection.rollback();
            std::this_thread::sleep_for(kPause);
        }
    }
}

}  // namespace rollcall::store::postgres
