// How the program reads and writes the files of a database: SQLite's own way, apart from two things.
//
// The database file is read from memory that stays where it is: by readers in place, by the writer into its
// cache. SQLite's own mapping (PRAGMA mmap_size) is undone whenever a connection sees a commit, so that every
// page then costs a page fault again, for each connection; and it ends at 2 GiB. Here all connections of the
// process share one mapping of the file, made once, of any size. The mapping is read only and shows what is
// written through the file system at once. It has a file descriptor of its own; closing that while SQLite has
// the file open would drop SQLite's locks on it (POSIX), which is why every connection must be opened through
// this VFS, also those that map nothing.
//
// The writer's log is written in large pieces (log_writes.h).
#pragma once

#include <string>

namespace rollcall::store::sqlite {

// Name of the VFS for sqlite3_open_v2(). `below`: the registered VFS that it stands on; empty: the default
// one. A connection uses the mapping after `PRAGMA mmap_size` has set anything above 0, if the VFS below can
// fetch pages at all. Where the system refuses the mapping, reads go through the cache. Any thread; the name
// stays valid, what it stands for as long as the VFS below.
const char* database_files(const std::string& below);

}  // namespace rollcall::store::sqlite
