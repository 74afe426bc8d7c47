#include "store/sqlite/commit_news.h"

namespace rollcall::store::sqlite {

WalIndex::WalIndex(Connection& connection) {
    // The mapping that SQLite itself has of the -shm file. Opening the file a second time would be wrong:
    // closing any descriptor of it drops all POSIX locks that this process holds on it.
    connection.run("SELECT 1 FROM sqlite_schema LIMIT 1").run();
    sqlite3_file* file = nullptr;
    if (sqlite3_file_control(connection.handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
        file == nullptr || file->pMethods == nullptr || file->pMethods->iVersion < 2) {
        return;
    }
    constexpr int kRegionBytes = 32 * 1024;  // SQLite maps the WAL index in pieces of this size
    void volatile* region = nullptr;
    if (file->pMethods->xShmMap(file, 0, kRegionBytes, 0, &region) != SQLITE_OK || region == nullptr) return;
    shared_ = static_cast<const volatile uint64_t*>(region) + 1;
}

WalIndex::Header WalIndex::header() const {
    Header header;
    // In order: what the database says afterwards must not be read before it.
    for (size_t i = 0; i < header.size(); ++i) header[i] = __atomic_load_n(shared_ + i, __ATOMIC_ACQUIRE);
    return header;
}

}  // namespace rollcall::store::sqlite
