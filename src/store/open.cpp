#include "store/open.h"

#include <future>

#include "store/memory/memory_store.h"
#include "store/postgres/postgres_store.h"
#include "store/sqlite/sqlite_store.h"
#include "store/transfer/database.h"

namespace rollcall::store {

namespace {

constexpr std::string_view kSqlite = "sqlite:";

bool is_postgres(std::string_view url) {
    return url.starts_with("postgres://") || url.starts_with("postgresql://");
}

std::unexpected<Error> unknown_form() {
    return failure(
        ErrorKind::Unavailable,
        "The database URL has an unknown form; write sqlite:PATH or postgres://USER@HOST/DATABASE.");
}

}  // namespace

Result<std::unique_ptr<Store>> open(std::string_view url, const OpenOptions& options) {
    if (url == "memory:") return memory::open_memory(options);
    if (is_postgres(url)) return postgres::open_database(std::string(url), options);
    if (!options.replica.empty())
        return failure(ErrorKind::Unavailable, "Only a store on PostgreSQL can have a store_replica.");
    if (url.starts_with(kSqlite)) return sqlite::open_file(std::string(url.substr(kSqlite.size())), options);
    return unknown_form();
}

Result<std::unique_ptr<transfer::Database>> transfer::open_database(std::string_view url, Opening opening) {
    if (is_postgres(url)) return postgres::open_transfer(std::string(url), opening);
    if (url.starts_with(kSqlite))
        return sqlite::open_transfer(std::string(url.substr(kSqlite.size())), opening);
    return unknown_form();
}

void write_and_wait(Store& store, Work work) {
    std::promise<void> promise;
    auto future = promise.get_future();
    store.submit(std::move(work), [&promise](std::exception_ptr failure) {
        if (failure)
            promise.set_exception(failure);
        else
            promise.set_value();
    });
    future.get();
}

}  // namespace rollcall::store
