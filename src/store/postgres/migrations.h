// The schema of a database, brought up to that of this program. Run by whoever owns the tables.
#pragma once

#include "store/postgres/connection.h"

namespace rollcall::store::postgres {

// Creates what is missing, under a lock. While others hold the tables it makes room for them and tries again,
// for two minutes. Throws StoreFailure (TooNew when a newer program was here). `unsafe`: store::OpenOptions.
void migrate(Connection& connection, std::string_view unsafe = {});

}  // namespace rollcall::store::postgres
