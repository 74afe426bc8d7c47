// Does a row of resource say what its document says?
#pragma once

#include <string_view>
#include <vector>

#include "store/sqlite/resource_rows.h"

namespace rollcall::store::sqlite {

struct StoredResource {
    const ResourceRow& row;
    int64_t active_column;
    std::vector<IndexedValue> indexed;  // the column `indexed`
};

// Names of what is broken; empty when all is well.
std::vector<std::string_view> broken_invariants(const StoredResource& stored, const Catalogue& catalogue);

}  // namespace rollcall::store::sqlite
