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

void check_origin(Connection& connection) {
    if (single_number(connection, "PRAGMA application_id") == kApplication) return;
    if (single_number(connection, "SELECT count(*) FROM sqlite_schema") > 0) {
        throw StoreFailure(StoreFailure::Cause::Damaged, "The file is the database of another program");
    }
}

}  // namespace

int64_t newest_schema() {
    return migrations().rbegin()->first;
}

void migrate(Connection& connection) {
    check_origin(connection);
    const int64_t newest = newest_schema();
    const auto version = [&] { return single_number(connection, "PRAGMA user_version"); };
    if (version() == newest) return;
    connection.run("BEGIN IMMEDIATE").run();
    try {
        const int64_t current = version();  // again: another process may have been faster
        if (current > newest) {
            throw StoreFailure(StoreFailure::Cause::TooNew, "The database was written by a newer version");
        }
        for (const auto& [number, script] : migrations()) {
            if (number <= current) continue;
            connection.execute_script(script);
            connection.execute_script("PRAGMA user_version = " + std::to_string(number));
        }
        connection.execute_script("PRAGMA application_id = " + std::to_string(kApplication));
        connection.run("COMMIT").run();
    } catch (...) {
        connection.rollback();
        throw;
    }
}

}  // namespace rollcall::store::sqlite
