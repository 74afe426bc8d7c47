// Is the trail of changes of a tenant as it was written? (P33, T69; store/events.h says how rows are chained)
#pragma once

#include <optional>
#include <string>

#include "base/ids.h"
#include "store/store.h"

namespace rollcall::audit {

struct ChainCheck {
    struct Break {
        int64_t seq;       // of the first row that is not as it was written, or not there
        std::string what;  // a sentence
    };
    int64_t rows = 0;             // that are as they were written
    std::optional<Break> broken;  // none: the chain holds to its end
};

// Reads every event of the tenant. `key` null: the chain has none.
ChainCheck check_chain(store::TenantTransaction& transaction, TenantId tenant, const Sha256* key);

}  // namespace rollcall::audit
