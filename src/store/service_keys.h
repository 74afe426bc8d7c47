// Rows of service keys. A part of store.h: ServiceKeyRows is inherited by TenantTransaction, ServiceKeyLookup
// by Transaction.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/service_key.h"
#include "model/tenant.h"

namespace rollcall::store {

class ServiceKeyRows {
public:
    virtual ~ServiceKeyRows() = default;

    virtual void insert_service_key(const ServiceKey& key) = 0;
    virtual std::vector<ServiceKey> service_keys() = 0;  // in order of id
    virtual Result<void> update_service_key(
        const ServiceKey& key) = 0;  // NotFound; hash and time of making stay
    // The caller limits it to once a minute for each key.
    virtual void touch_service_key(ServiceKeyId id, Instant time) = 0;
};

class ServiceKeyLookup {
public:
    virtual ~ServiceKeyLookup() = default;
    // The key with that SHA-256 of its token, whatever its state, and its tenant.
    virtual std::optional<std::pair<ServiceKey, Tenant>> find_service_key(const Sha256& token_hash) = 0;
};

}  // namespace rollcall::store
