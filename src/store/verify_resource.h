// Does a row of resource say what its document says?
#pragma once

#include <string_view>
#include <vector>

#include "model/policy.h"
#include "store/store.h"

namespace rollcall::store {

struct StoredResource {
    const ResourceRow& row;
    int64_t active_column;  // 0 false, 1 true, 2 the document states nothing
    std::vector<IndexedValue> indexed;  // the column `indexed`
};

// Names of what is broken; empty when all is well. `policy` is that of the tenant, null if it cannot be read.
std::vector<std::string_view> broken_invariants(const StoredResource& stored, const Catalogue& catalogue,
                                                const Policy* policy);

}  // namespace rollcall::store
