#include "store/sqlite/mapped_files.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include "base/check.h"

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

// What stands behind SQLite's own file object.
struct Extra {
    sqlite3_io_methods methods{};  // of the file, but for those below
    const sqlite3_io_methods* real = nullptr;
    std::shared_ptr<Mapping> mapping;
};

sqlite3_vfs* real_vfs() {
    static sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
    return vfs;
}

Extra& extra_of(sqlite3_file* file) {
    return *reinterpret_cast<Extra*>(reinterpret_cast<char*>(file) + real_vfs()->szOsFile);
}

int close_file(sqlite3_file* file) {
    const int code = extra_of(file).real->xClose(file);
    extra_of(file).~Extra();  // after it: the locks are gone
    return code;
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

int open_file(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out_flags) {
    const int code = real_vfs()->xOpen(real_vfs(), path, file, flags, out_flags);
    if (code != SQLITE_OK || (flags & SQLITE_OPEN_MAIN_DB) == 0 || file->pMethods->iVersion < 3) return code;
    auto mapping = Mappings::all().of(path);
    if (mapping == nullptr) return code;
    auto* extra = new (&extra_of(file)) Extra{*file->pMethods, file->pMethods, std::move(mapping)};
    extra->methods.xClose = close_file;
    extra->methods.xFileControl = control_file;
    extra->methods.xFetch = fetch;
    extra->methods.xUnfetch = unfetch;
    file->pMethods = &extra->methods;
    return code;
}

}  // namespace

const char* mapped_files() {
    static sqlite3_vfs vfs = [] {
        CHECK(sqlite3_initialize() == SQLITE_OK && real_vfs() != nullptr);
        sqlite3_vfs made = *real_vfs();
        CHECK(made.szOsFile % alignof(Extra) == 0);
        made.zName = "rollcall";
        made.szOsFile += static_cast<int>(sizeof(Extra));
        made.xOpen = open_file;
        made.pNext = nullptr;
        return made;
    }();
    static const int registered = sqlite3_vfs_register(&vfs, 0);
    CHECK(registered == SQLITE_OK);
    return vfs.zName;
}

}  // namespace rollcall::store::sqlite
