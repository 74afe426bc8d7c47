// A database of any engine as tables and rows: what copies, backups and restores work with. Made by
// open_database(); one thread. Failures of a database leave as StoreFailure.
//
// A database that is being filled carries a Mark from the first row to the last check. With one it is not
// opened as a store: store::open() says what it is. What was written of it so far is in its own tables,
// transfer_mark and transfer_progress, which go with the mark.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/transfer/rows.h"
#include "store/transfer/tables.h"

namespace rollcall::store::transfer {

struct Mark {
    std::string purpose;  // "copy", "restore" or "backup"
    std::string source;   // identity() of where the rows come from
    std::string note;     // JSON; of a finished backup, what is in it
    friend bool operator==(const Mark&, const Mark&) = default;
};

// The rows of one table that are of one tenant; of the installation: tenant 0.
struct Part {
    size_t table;  // index in tables()
    int64_t tenant = 0;
    friend auto operator<=>(const Part&, const Part&) = default;
};
using Progress = std::map<Part, Digest>;

// A column as the catalogue of the engine has it: for the test of the list of tables.
struct FoundColumn {
    std::string table, name, type;
    friend auto operator<=>(const FoundColumn&, const FoundColumn&) = default;
};

class Database {
public:
    virtual ~Database() = default;

    // ---- reading: everything between begin_reading() and end_reading() is of one moment, whoever writes
    // meanwhile
    virtual void begin_reading() = 0;
    virtual void end_reading() = 0;
    // Tells installations apart, and is the same for a copy: the SHA-256 of the instance's key, in
    // hexadecimal.
    virtual std::string identity() = 0;
    virtual bool has_audit_key() = 0;
    // 0 (what is of no tenant) and all others, ascending.
    virtual std::vector<int64_t> tenants() = 0;
    // In the order of the key, until `visit` returns false. The row is valid during the call.
    virtual void read(const Part& part, const std::function<bool(std::string_view row)>& visit) = 0;
    virtual std::vector<FoundColumn> columns() = 0;

    // ---- writing
    // Nobody has made anything in it: no tenant, operator, account, or row of the trail.
    virtual bool is_empty() = 0;
    virtual std::optional<Mark> mark() = 0;
    // Makes the mark, and empties the tables that a new store begins with. Precondition: is_empty(), no mark.
    virtual void begin(const Mark& mark) = 0;
    virtual void set_mark(const Mark& mark) = 0;
    virtual Progress progress() = 0;
    // Adds rows of a part and changes its progress from `before` to `after`, durably together. False, and
    // nothing written: the progress is another one, because somebody else fills the database too.
    virtual bool write(const Part& part, const Batch& rows, const Digest& before, const Digest& after) = 0;
    // Removes the rows and the progress of parts, all of one tenant. Precondition: no part of it is AtTheEnd.
    virtual void clear(const std::vector<Part>& parts) = 0;
    // What this engine keeps for itself (numbers of rows, statistics), and everything on the disk.
    virtual void settle(const std::vector<int64_t>& tenants) = 0;
    // Removes the mark and the progress: the database is a store.
    virtual void release() = 0;
};

enum class Opening {
    Existing,  // to read from; an older one is brought to the tables of this program first
    ReadOnly,  // the same for a file that is not touched, and has the tables of this program already (SQLite
               // only)
    Create,    // to write to; made when it is missing
    Backup,    // the same for a file that is one file, and on the disk, once it is settled (SQLite only)
};

// Opens the database behind a URL of store/open.h. Errors (Unavailable): those of store::open(), but for the
// mark.
Result<std::unique_ptr<Database>> open_database(std::string_view url, Opening opening);

// What store::open() says of a database with this mark.
std::string refusal_of(std::string_view purpose);

}  // namespace rollcall::store::transfer
