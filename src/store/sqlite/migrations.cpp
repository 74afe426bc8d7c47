#include "store/sqlite/migrations.h"

#include <charconv>
#include <map>
#include <string>

#include "base/check.h"
#include "base/embedded.h"

namespace rollcall::store::sqlite {
namespace {

constexpr std::string_view kFolder = "src/store/sqlite/migrations/";
constexpr int64_t kApplication = 0x524f4c4c;  // "ROLL"

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

// The number of the schema, 0 for an empty file. In a transaction, so that all of it is of one moment.
int64_t current_schema(Connection& connection) {
    if (single_number(connection, "PRAGMA application_id") != kApplication &&
        single_number(connection, "SELECT count(*) FROM sqlite_schema") > 0) {
        throw StoreFailure(StoreFailure::Cause::Damaged, "The file is the database of another program");
    }
    const int64_t version = single_number(connection, "PRAGMA user_version");
    if (version > newest_schema()) {
        throw StoreFailure(StoreFailure::Cause::TooNew, "The database was written by a newer version");
    }
    return version;
}

void run_missing(Connection& connection) {
    connection.execute("BEGIN IMMEDIATE");
    const int64_t current = current_schema(connection);  // again: another process may have been faster
    for (const auto& [number, script] : migrations()) {
        if (number <= current) continue;
        connection.execute_script(script);
        connection.execute_script("PRAGMA user_version = " + std::to_string(number));
    }
    connection.execute_script("PRAGMA application_id = " + std::to_string(kApplication));
    connection.execute("COMMIT");
}

}  // namespace

int64_t newest_schema() {
    return migrations().rbegin()->first;
}

bool is_current(Connection& connection) {
    return current_schema(connection) == newest_schema();
}

void migrate(Connection& connection) {
    try {
        connection.execute("BEGIN");
        const int64_t current = current_schema(connection);
        connection.execute("COMMIT");
        if (current != newest_schema()) run_missing(connection);
    } catch (...) {
        connection.rollback();
        throw;
    }
}

}  // namespace rollcall::store::sqlite
