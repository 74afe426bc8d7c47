// The database file: made private, migrated under a lock, refused with a sentence that says what to do.
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "fixture.h"
#include "store/sqlite/migrations.h"

namespace rollcall::store {
namespace {

void execute(const std::string& path, const std::string& sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
}

std::string number_in(const std::string& path, const std::string& sql) {
    sqlite3* database = nullptr;
    sqlite3_open(path.c_str(), &database);
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr);
    std::string text;
    if (sqlite3_step(statement) == SQLITE_ROW)
        text = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return text;
}

void expect_refused(const std::string& url, std::string_view part, const OpenOptions& options = {}) {
    const auto store = open(url, options);
    ASSERT_FALSE(store) << url;
    EXPECT_EQ(store.error().kind, ErrorKind::Unavailable);
    EXPECT_NE(store.error().detail.find(part), std::string::npos) << store.error().detail;
    EXPECT_EQ(store.error().detail.back(), '.') << store.error().detail;
}

TEST(DatabaseFile, IsPrivate) {
    const TemporaryDirectory directory;
    const auto path = directory.file("store.db");
    const auto store = open_store("sqlite:" + path);
    make_tenant(*store, "acme");
    for (const auto* suffix : {"", "-wal", "-shm"}) {
        struct stat status{};
        ASSERT_EQ(stat((path + suffix).c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777, 0600U) << suffix;
    }
}

TEST(DatabaseFile, KeepsWhatWasWritten) {
    const TemporaryDirectory directory;
    const auto url = "sqlite:" + directory.file("store.db");
    Caller caller;
    const auto row = user_row("ann");
    {
        const auto store = open_store(url);
        caller = make_tenant(*store, "acme");
        change(*store, caller, [&](TenantTransaction& tenant) { EXPECT_TRUE(tenant.insert(row)); });
    }
    const auto store = open_store(url, {.create = false});
    EXPECT_TRUE(reading(*store, caller).find("User", row.id));
    EXPECT_EQ(print(store->verify(catalogue())), "");
}

TEST(DatabaseFile, IsRefusedWithASentence) {
    const TemporaryDirectory directory;
    expect_refused("sqlite:", "names no file");
    expect_refused("postgres:x", "unknown form");
    expect_refused("sqlite:" + directory.file("none.db"), "does not exist", {.create = false});
    expect_refused("sqlite:" + directory.file("no/such/store.db"),
                   "directory of the database does not exist");
    expect_refused("sqlite:" + directory.file(""), "is a directory");
    expect_refused("sqlite:/proc/rollcall.db", "cannot be written to");
}

TEST(DatabaseFile, OfAnotherKindIsRefusedAndLeftAlone) {
    const TemporaryDirectory directory;
    const auto text = directory.file("notes.txt");
    std::ofstream(text) << "These are notes, not a database. " << std::string(5'000, 'x');
    const auto size = std::filesystem::file_size(text);
    expect_refused("sqlite:" + text, "no Rollcall database");
    EXPECT_EQ(std::filesystem::file_size(text), size);

    const auto other = directory.file("other.db");
    execute(other, "CREATE TABLE recipe (name TEXT)");
    expect_refused("sqlite:" + other, "no Rollcall database");
    EXPECT_EQ(number_in(other, "SELECT count(*) FROM sqlite_schema"), "1");
}

// P10.
TEST(DatabaseFile, P10_OfANewerVersionIsRefused) {
    const TemporaryDirectory directory;
    const auto path = directory.file("store.db");
    open_store("sqlite:" + path);
    execute(path, "PRAGMA user_version = " + std::to_string(sqlite::newest_schema() + 1));
    expect_refused("sqlite:" + path, "newer version");
    EXPECT_EQ(number_in(path, "PRAGMA user_version"), std::to_string(sqlite::newest_schema() + 1));
}

TEST(DatabaseFile, LockedByAnotherIsRefusedAfterAWhile) {
    const TemporaryDirectory directory;
    const auto path = directory.file("store.db");
    sqlite3* holder = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &holder), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(holder, "BEGIN EXCLUSIVE; CREATE TABLE t (x)", nullptr, nullptr, nullptr),
              SQLITE_OK);
    expect_refused("sqlite:" + path, "Another process holds");
    sqlite3_close(holder);
}

TEST(DatabaseFile, IsMadeOnceByManyProcesses) {
    for (int round = 0; round < 30; ++round) {
        const TemporaryDirectory directory;
        const auto url = "sqlite:" + directory.file("store.db");
        std::vector<pid_t> children;
        for (int i = 0; i < 6; ++i) {
            const pid_t child = fork();
            ASSERT_GE(child, 0);
            if (child == 0) {
                const auto store = open(url);
                if (!store) std::fprintf(stderr, "%s\n", store.error().note.c_str());
                _exit(store && (*store)->healthy() ? 0 : 1);
            }
            children.push_back(child);
        }
        for (const pid_t child : children) {
            int status = 0;
            waitpid(child, &status, 0);
            EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        }
        EXPECT_EQ(print(open_store(url)->verify(catalogue())), "");
    }
}

// An acknowledgement means that the disk has it.
TEST(DatabaseFile, IsSynchronousInFull) {
    const TemporaryDirectory directory;
    const auto path = directory.file("store.db");
    open_store("sqlite:" + path);
    const auto connection = sqlite::Connection::open({.path = path});
    auto rows = connection->run("PRAGMA synchronous");
    ASSERT_TRUE(rows.next());
    EXPECT_EQ(rows.integer(0), 2);
}

}  // namespace
}  // namespace rollcall::store
