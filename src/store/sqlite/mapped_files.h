// Reading the database file from memory that stays where it is. SQLite's own mapping (PRAGMA mmap_size) is
// undone whenever a connection sees a commit, so that every page then costs a page fault again, for each
// connection; and it ends at 2 GiB. Here all connections of the process share one mapping of the file, made
// once, of any size.
//
// The mapping is read only and shows what is written through the file system at once. It has a file
// descriptor of its own; closing that while SQLite has the file open would drop SQLite's locks on it (POSIX),
// which is why every connection must be opened through this VFS, also those that map nothing.
#pragma once

namespace rollcall::store::sqlite {

// Name of the VFS for sqlite3_open_v2(): the default one, apart from the mapping. A connection uses it after
// `PRAGMA mmap_size` has set anything above 0. Where the system refuses the mapping, reads go through the
// cache. Registered by the first call; any thread.
const char* mapped_files();

}  // namespace rollcall::store::sqlite
