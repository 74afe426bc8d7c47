#include "shim_vfs.h"

#include <new>

namespace rollcall::store {
namespace {

struct Shim {
    sqlite3_vfs* real;
    Disk* disk;
};

// What SQLite takes for a file; the real one stands behind it.
struct File {
    sqlite3_file base;
    Disk* disk;
    std::string* path;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File* file_of(sqlite3_file* file) {
    return reinterpret_cast<File*>(file);
}
sqlite3_file* real_of(sqlite3_file* file) {
    return file_of(file)->real();
}
Shim* shim_of(sqlite3_vfs* vfs) {
    return static_cast<Shim*>(vfs->pAppData);
}

int close_file(sqlite3_file* file) {
    const int code = real_of(file)->pMethods->xClose(real_of(file));
    delete file_of(file)->path;
    return code;
}
int read_file(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
    return real_of(file)->pMethods->xRead(real_of(file), out, size, offset);
}
int write_file(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
    if (const int code = file_of(file)->disk->write(*file_of(file)->path, data, size, offset)) return code;
    return real_of(file)->pMethods->xWrite(real_of(file), data, size, offset);
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    if (const int code = file_of(file)->disk->truncate(*file_of(file)->path, size)) return code;
    return real_of(file)->pMethods->xTruncate(real_of(file), size);
}
// The real files are thrown away with the test: nothing has to reach a real disk.
int sync_file(sqlite3_file* file, int) {
    return file_of(file)->disk->sync(*file_of(file)->path);
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}
int lock_file(sqlite3_file* file, int level) {
    return real_of(file)->pMethods->xLock(real_of(file), level);
}
int unlock_file(sqlite3_file* file, int level) {
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}
int check_lock(sqlite3_file* file, int* out) {
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
}
int file_control(sqlite3_file* file, int op, void* argument) {
    if (op == SQLITE_FCNTL_MMAP_SIZE) return SQLITE_NOTFOUND;
    return real_of(file)->pMethods->xFileControl(real_of(file), op, argument);
}
int sector_size(sqlite3_file*) {
    return 512;
}
int characteristics(sqlite3_file* file) {
    return file_of(file)->disk->characteristics();
}
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, out);
}
int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}
void shm_barrier(sqlite3_file* file) {
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}
int shm_unmap(sqlite3_file* file, int remove) {
    return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

const sqlite3_io_methods kMethods = {
    2,         close_file,  read_file,  write_file,   truncate_file, sync_file,       file_size,
    lock_file, unlock_file, check_lock, file_control, sector_size,   characteristics, shm_map,
    shm_lock,  shm_barrier, shm_unmap,  nullptr,      nullptr,
};

int open_file(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
    auto* shim = shim_of(vfs);
    auto* own = file_of(file);
    own->base.pMethods = nullptr;
    const int code = shim->real->xOpen(shim->real, path, own->real(), flags, out_flags);
    if (code != SQLITE_OK) return code;
    own->disk = shim->disk;
    own->path = new std::string(path ? path : "");
    own->base.pMethods = &kMethods;
    shim->disk->opened(*own->path);
    return SQLITE_OK;
}

int remove_file(sqlite3_vfs* vfs, const char* path, int sync_directory) {
    auto* shim = shim_of(vfs);
    if (const int code = shim->disk->remove(path)) return code;
    return shim->real->xDelete(shim->real, path, sync_directory);
}

}  // namespace

ShimVfs::ShimVfs(std::string name, Disk& disk)
    : name_(std::move(name)), vfs_(std::make_unique<sqlite3_vfs>()) {
    sqlite3_vfs* real = sqlite3_vfs_find(nullptr);
    *vfs_ = *real;
    vfs_->pNext = nullptr;
    vfs_->szOsFile = static_cast<int>(sizeof(File)) + real->szOsFile;
    vfs_->zName = name_.c_str();
    vfs_->pAppData = new Shim{real, &disk};
    vfs_->xOpen = open_file;
    vfs_->xDelete = remove_file;
    sqlite3_vfs_register(vfs_.get(), 0);
}

ShimVfs::~ShimVfs() {
    sqlite3_vfs_unregister(vfs_.get());
    delete static_cast<Shim*>(vfs_->pAppData);
}

}  // namespace rollcall::store
