// Copies everything of one database into another, of the same kind or not, and compares the two.
//
// What is copied is the source at one moment, also while others write to it. A copy that was interrupted goes
// on where it was: the rows that are there are compared with the source by their digest, table by table and
// tenant by tenant. What the source has changed in the meantime is copied again, so that the result is of one
// moment too: that of the last run.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/transfer/database.h"

namespace rollcall::store::transfer {

// Where a copy is.
struct Stage {
    bool is_check = false;  // the rows are read back and compared
    size_t tenant = 0;      // of `tenants`, the one that is being copied
    size_t tenants = 0;
    std::string_view table;
    int64_t rows = 0;   // written so far; with is_check, read so far
    int64_t found = 0;  // that an earlier run had written
};

struct CopyOptions {
    std::string purpose = "copy";                   // of the Mark
    std::function<void(const Stage&)> report = {};  // now and then
    bool unsafe_drop_a_row = false;  // canary only: the copy must then be found to be another one
};

struct Copied {
    int64_t tenants = 0;
    int64_t rows = 0;
    int64_t found = 0;                   // of them, that an earlier run had written
    Progress digests;                    // of every part of the source that has rows
    std::vector<std::string> different;  // parts that are not the same in the target: "resource of tenant 7"
};

// Fills `to`, makes it complete but for its mark, and compares: the caller releases it when nothing is
// different. Errors: Conflict when the target holds something else, or the source is itself one that is being
// filled. Throws StoreFailure.
Result<Copied> copy(Database& from, Database& to, const CopyOptions& options);

// The digest of every part that has rows, read anew.
Progress digests_of(Database& database, const std::function<void(const Stage&)>& report = {});

// The parts in which they differ, for people.
std::vector<std::string> differences(const Progress& wanted, const Progress& there);

}  // namespace rollcall::store::transfer
