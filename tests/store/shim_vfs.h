// A SQLite VFS between the engine and the real files: everything that changes a file is told to a Disk first,
// which may refuse it. Memory shared between connections (the WAL index) passes through.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>

namespace rollcall::store {

// Called on any thread. Codes are those of SQLite; SQLITE_OK lets the real file do it.
class Disk {
public:
    virtual ~Disk() = default;
    virtual void opened(const std::string& /*path*/) {}
    // SQLITE_IOCAP_...; those that SQLite takes a Linux file system to have. Must not change while a file is open.
    virtual int characteristics() const { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }
    virtual int write(const std::string& path, const void* data, int size, int64_t offset) = 0;
    virtual int truncate(const std::string& path, int64_t size) = 0;
    virtual int sync(const std::string& path) = 0;
    virtual int remove(const std::string& path) = 0;
};

// Registered under `name` while it lives. Stores that use it must be gone first.
class ShimVfs {
public:
    ShimVfs(std::string name, Disk& disk);
    ~ShimVfs();
    ShimVfs(const ShimVfs&) = delete;
    ShimVfs& operator=(const ShimVfs&) = delete;

private:
    std::string name_;
    std::unique_ptr<sqlite3_vfs> vfs_;
};

}  // namespace rollcall::store
