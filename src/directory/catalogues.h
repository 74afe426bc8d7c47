// The catalogue of each tenant: that of the installation, or one of its own when the tenant has loaded schemas. Which
// one holds is told by Tenant::schema_version, which is read with every credential; what is kept here is only memory.
// One object for a server, safe on any thread.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "model/schema.h"
#include "store/store.h"

namespace rollcall::directory {

class Catalogues {
public:
    // Keeps the catalogues of at most `kept_max` tenants, those that were used last.
    Catalogues(std::shared_ptr<const Catalogue> installation, size_t kept_max);

    const std::shared_ptr<const Catalogue>& installation() const { return installation_; }

    struct Current {
        std::shared_ptr<const Catalogue> catalogue;   // immutable: lives as long as somebody holds it
        int64_t version;
    };
    // What holds for the tenant in `transaction`, whose row was just read with `version`; reads documents only when
    // they are not known. Errors: Unavailable, when the stored documents do not fit those of the installation.
    Result<Current> of(store::TenantTransaction& transaction, TenantId tenant, int64_t version);

    size_t kept() const;

private:
    struct Entry {
        int64_t tenant;
        Current current;
    };
    std::optional<Current> find(int64_t tenant, int64_t version);
    void keep(int64_t tenant, const Current& current);

    const std::shared_ptr<const Catalogue> installation_;
    const size_t kept_max_;
    mutable std::mutex mutex_;
    std::list<Entry> entries_;   // the one used last first
    std::unordered_map<int64_t, std::list<Entry>::iterator> by_tenant_;
};

// The documents that the tenant has beside those of the installation, as they were loaded.
std::vector<SchemaDocument> own_documents(store::TenantTransaction& transaction);

}  // namespace rollcall::directory
