// The schema of a database, brought up to that of this program. Run by whoever owns the tables.
#pragma once

#include "store/postgres/connection.h"

namespace rollcall::store::postgres {

// Creates what is missing, under a lock. Throws StoreFailure (TooNew when a newer program was here).
void migrate(Connection& connection);

}  // namespace rollcall::store::postgres
