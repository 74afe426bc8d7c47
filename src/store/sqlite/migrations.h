// Brings a database file to the schema of this program. Numbered SQL files, each run once, all in one
// transaction under the write lock, so that two processes that open at once do it once (promise P10).
#pragma once

#include <cstdint>

#include "store/sqlite/connection.h"

namespace rollcall::store::sqlite {

// The number of the last migration that is compiled in.
int64_t newest_schema();

// Throws StoreFailure: TooNew when a newer program wrote the file, Damaged when it is the database of
// something else.
void migrate(Connection& connection);

// Whether there is nothing to migrate. Throws as migrate() does.
bool is_current(Connection& connection);

}  // namespace rollcall::store::sqlite
