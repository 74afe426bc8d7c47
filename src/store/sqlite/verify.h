// The checks behind `rollcall verify`: every row agrees with every other.
#pragma once

#include <vector>

#include "model/schema.h"
#include "store/sqlite/connection.h"
#include "store/store.h"

namespace rollcall::store::sqlite {

// Runs in the read transaction that is open on `connection`.
std::vector<Violation> verify_database(Connection& connection, const Catalogue& catalogue);

}  // namespace rollcall::store::sqlite
