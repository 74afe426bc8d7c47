// What goes into the write-ahead log, gathered. SQLite writes each page of a commit with two calls of the
// system, 24 bytes and 4,096; a large Bulk is some ten thousand of them. Neighbouring writes become one here.
// They reach the file with the last page of a commit, which is before SQLite tells other connections of it,
// and before the log is synced or read.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

namespace rollcall::store::sqlite {

// Of one connection; its thread only. Every function returns a code of SQLite.
class LogWrites {
public:
    // `file` is the log, `methods` those that reach it. Both must outlive this.
    LogWrites(sqlite3_file* file, const sqlite3_io_methods* methods) : file_(file), methods_(methods) {}

    int write(const void* data, int size, int64_t offset) {
        if (used_ > 0 && (offset != begin_ + used_ || used_ + size > kMost)) {
            if (const int code = flush()) return code;
        }
        if (size > kMost) return methods_->xWrite(file_, data, size, offset);
        if (bytes_ == nullptr) bytes_ = std::make_unique_for_overwrite<char[]>(kMost);
        if (used_ == 0) begin_ = offset;
        std::memcpy(bytes_.get() + used_, data, static_cast<size_t>(size));
        used_ += size;
        const bool was_last = std::exchange(is_last_, is_header_of_last(data, size));
        return was_last ? flush() : SQLITE_OK;
    }

    // What could not be written is forgotten: SQLite undoes the transaction that it was of.
    int flush() {
        if (used_ == 0) return SQLITE_OK;
        const int size = used_;
        used_ = 0;
        return methods_->xWrite(file_, bytes_.get(), size, begin_);
    }

private:
    // A frame is a header and a page. The header of a commit's last one says how large the database is then
    // (https://www.sqlite.org/fileformat2.html#walformat); in the others these four bytes are 0.
    static bool is_header_of_last(const void* data, int size) {
        constexpr int kHeader = 24;
        uint32_t pages = 0;
        if (size == kHeader) std::memcpy(&pages, static_cast<const char*>(data) + 4, sizeof(pages));
        return pages != 0;
    }

    static constexpr int kMost = 96 * 1024;  // SQLite writes no more than 128 KiB at once

    sqlite3_file* file_;
    const sqlite3_io_methods* methods_;
    std::unique_ptr<char[]> bytes_;
    int used_ = 0;
    int64_t begin_ = 0;     // where in the file the first of the bytes belongs
    bool is_last_ = false;  // the next write is the last page of a commit
};

}  // namespace rollcall::store::sqlite
