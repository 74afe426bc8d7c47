// The endpoints of the admin API, below /api/admin/v1. Rows with fixed segments stand before those with
// {names}.
#include "api/route.h"

namespace rollcall::api {

const std::vector<Route>& admin_routes() {
    static const std::vector<Route> rows = {};
    return rows;
}

}  // namespace rollcall::api
