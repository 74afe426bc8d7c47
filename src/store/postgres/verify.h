// Store::verify() on PostgreSQL: every row against every other, tenant by tenant.
#pragma once

#include <vector>

#include "store/postgres/connection.h"
#include "store/store.h"

namespace rollcall::store::postgres {

// In a transaction of its own, so that all of it is of one moment.
std::vector<Violation> verify_database(Connection& connection, const Catalogue& catalogue);

}  // namespace rollcall::store::postgres
