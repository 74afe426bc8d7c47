#include "store/sqlite/database_files.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include "base/check.h"
#include "store/sqlite/log_writes.h"

namespace rollcall::store::sqlite {
namespace {

// Address space, not memory. Pages of a larger file are read as if nothing were mapped.
constexpr size_t kReserved = size_t{1} << 38;
// SQLite may look so far beyond what it asked for when a page is damaged.
constexpr int64_t kBeyond = 256;

class Mapping {
public:
    explicit Mapping(int file) : file_(file) {
        void* start = ::mmap(nullptr, kReserved, PROT_READ, MAP_SHARED | MAP_NORESERVE, file_, 0);
        if (start != MAP_FAILED) start_ = static_cast<char*>(start);
    }
    ~Mapping() {
        if (start_ != nullptr) ::munmap(start_, kReserved);
        ::close(file_);
    }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;

    // Null where the file does not reach.
    void* at(int64_t offset, int size) {
        const int64_t end = offset + size + kBeyond;
        if (start_ == nullptr || end > static_cast<int64_t>(kReserved)) return nullptr;
        if (end > size_.load(std::memory_order_relaxed)) {
            struct stat facts{};
            if (::fstat(file_, &facts) != 0) return nullptr;
            size_.store(facts.st_size, std::memory_order_relaxed);
            if (end > facts.st_size) return nullptr;
        }
        return start_ + offset;
    }

private:
    int file_;
    char* start_ = nullptr;
    std::atomic<int64_t> size_{0};  // of the file when it was last looked at; it never shrinks
};

using FileNumber = std::pair<dev_t, ino_t>;

// Mappings of files that are open now, one for each file.
class Mappings {
public:
    std::shared_ptr<Mapping> of(const char* path) {
        const std::lock_guard lock(mutex_);
        struct stat facts{};
        if (::stat(path, &facts) != 0) return nullptr;
        auto& known = mappings_[{facts.st_dev, facts.st_ino}];
        if (auto mapping = known.lock()) return mapping;
        const int file = ::open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0) return nullptr;
        auto mapping = std::make_shared<Mapping>(file);
        known = mapping;
        std::erase_if(mappings_, [](const auto& entry) { return entry.second.expired(); });
        return mapping;
    }
    static Mappings& all() {
        static Mappings mappings;
        return mappings;
    }

private:
    std::mutex mutex_;
    std::map<FileNumber, std::weak_ptr<Mapping>> mappings_;
};

// What stands behind the file object of the VFS below.
struct Extra {
    sqlite3_io_methods methods{};  // of the file, but for those below
    const sqlite3_io_methods* real = nullptr;
    std::shared_ptr<Mapping> mapping;  // of a database file
    std::unique_ptr<LogWrites> log;    // of a log
};

// Of the file object of the VFS below: SQLite's own has 120 bytes.
constexpr int kBelowMax = 512;
static_assert(kBelowMax % alignof(Extra) == 0);

// Registered with SQLite, which calls its functions with a pointer to `base`.
struct Vfs {
    sqlite3_vfs base;
    sqlite3_vfs* below;
    std::string name;
};

Extra& extra_of(sqlite3_file* file) {
    return *reinterpret_cast<Extra*>(reinterpret_cast<char*>(file) + kBelowMax);
}

Extra& watch(sqlite3_file* file) {
    auto* extra = new (&extra_of(file)) Extra{*file->pMethods, file->pMethods, {}, {}};
    file->pMethods = &extra->methods;
    return *extra;
}

// What is left in a log when it is closed was never committed.
int close_file(sqlite3_file* file) {
    const int code = extra_of(file).real->xClose(file);
    extra_of(file).~Extra();  // after it: the locks are gone
    return code;
}

// ---- the database file

// The writer keeps the pages that it changes in its own cache; what is not there costs it no call of the
// system.
int read_database(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
    const Extra& extra = extra_of(file);
    const void* bytes = extra.mapping->at(offset, size);
    if (bytes == nullptr) return extra.real->xRead(file, out, size, offset);
    std::memcpy(out, bytes, static_cast<size_t>(size));
    return SQLITE_OK;
}

int control_file(sqlite3_file* file, int operation, void* argument) {
    // The real file would make a mapping of its own.
    if (operation == SQLITE_FCNTL_MMAP_SIZE) return SQLITE_OK;
    return extra_of(file).real->xFileControl(file, operation, argument);
}

int fetch(sqlite3_file* file, sqlite3_int64 offset, int size, void** out) {
    *out = extra_of(file).mapping->at(offset, size);
    return SQLITE_OK;
}

// Nothing to give back, and nothing to forget: the mapping shows what is in the file.
int unfetch(sqlite3_file*, sqlite3_int64, void*) {
    return SQLITE_OK;
}

// ---- the log

int write_log(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
    return extra_of(file).log->write(data, size, offset);
}

int read_log(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
    if (const int code = extra_of(file).log->flush()) return code;
    return extra_of(file).real->xRead(file, out, size, offset);
}

int sync_log(sqlite3_file* file, int flags) {
    if (const int code = extra_of(file).log->flush()) return code;
    return extra_of(file).real->xSync(file, flags);
}

int truncate_log(sqlite3_file* file, sqlite3_int64 size) {
    if (const int code = extra_of(file).log->flush()) return code;
    return extra_of(file).real->xTruncate(file, size);
}

int size_of_log(sqlite3_file* file, sqlite3_int64* size) {
    if (const int code = extra_of(file).log->flush()) return code;
    return extra_of(file).real->xFileSize(file, size);
}

// ---- opening

void watch_database(const char* path, sqlite3_file* file) {
    Extra& extra = watch(file);
    extra.methods.xClose = close_file;
    if (file->pMethods->iVersion < 3) return;
    extra.mapping = Mappings::all().of(path);
    if (extra.mapping == nullptr) return;
    extra.methods.xRead = read_database;
    extra.methods.xFileControl = control_file;
    extra.methods.xFetch = fetch;
    extra.methods.xUnfetch = unfetch;
}

void watch_log(const char* path, sqlite3_file* file) {
    // Else SQLite fills the last sector up, and splits its writes at that place.
    sqlite3_file* const database = sqlite3_database_file_object(path);
    const int characteristics = database->pMethods->xDeviceCharacteristics(database);
    if ((characteristics & SQLITE_IOCAP_POWERSAFE_OVERWRITE) == 0) return;
    Extra& extra = watch(file);
    extra.log = std::make_unique<LogWrites>(file, extra.real);
    extra.methods.xClose = close_file;
    extra.methods.xWrite = write_log;
    extra.methods.xRead = read_log;
    extra.methods.xSync = sync_log;
    extra.methods.xTruncate = truncate_log;
    extra.methods.xFileSize = size_of_log;
}

int open_file(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
    sqlite3_vfs* const below = reinterpret_cast<Vfs*>(vfs)->below;
    const int code = below->xOpen(below, path, file, flags, out_flags);
    if (code != SQLITE_OK) return code;
    if ((flags & SQLITE_OPEN_MAIN_DB) != 0) watch_database(path, file);
    if ((flags & SQLITE_OPEN_WAL) != 0) watch_log(path, file);
    return code;
}

}  // namespace

const char* database_files(const std::string& below) {
    static std::mutex mutex;
    static std::map<std::string, Vfs> registered;
    const std::lock_guard lock(mutex);
    CHECK(sqlite3_initialize() == SQLITE_OK);
    sqlite3_vfs* const found = sqlite3_vfs_find(below.empty() ? nullptr : below.c_str());
    CHECK(found != nullptr && found->szOsFile <= kBelowMax);
    const auto [entry, is_new] = registered.try_emplace(below);
    Vfs& vfs = entry->second;
    if (vfs.below == found && vfs.base.pAppData == found->pAppData) return vfs.name.c_str();
    if (!is_new) sqlite3_vfs_unregister(&vfs.base);
    vfs.below = found;
    vfs.name = below.empty() ? "rollcall" : "rollcall over " + below;
    vfs.base = *found;
    vfs.base.zName = vfs.name.c_str();
    vfs.base.szOsFile = kBelowMax + static_cast<int>(sizeof(Extra));
    vfs.base.xOpen = open_file;
    vfs.base.pNext = nullptr;
    CHECK(sqlite3_vfs_register(&vfs.base, 0) == SQLITE_OK);
    return vfs.name.c_str();
}

}  // namespace rollcall::store::sqlite
