// Rows of the outbox and of the trail of requests, kept until the end of a transaction: each kind is then one
// statement for all jobs of a batch, and the number it ends with is raised once. What a job has left is cut
// off again when the job is undone.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "store/store.h"

namespace rollcall::store::postgres {

class LeftRows {
public:
    // A row of the trail with texts of its own.
    struct Request {
        TenantId tenant;
        AuditRow row;
        std::string method, path, address, channel, target, note;
    };
    struct Change {
        TenantId tenant;
        Instant time;
        std::string event, type;
        ResourceId id;
        int64_t version;
    };
    struct Place {
        size_t requests = 0, changes = 0;
    };

    void add(TenantId tenant, const AuditRow& row);
    void add(TenantId tenant, const OutboxRow& row);
    Place end() const { return {requests_.size(), changes_.size()}; }
    void cut(Place at);

    // Those of each tenant together, the rest as they came; until the next add().
    std::vector<std::pair<TenantId, std::vector<AuditRow>>> requests() const;
    std::vector<std::pair<TenantId, std::vector<Change>>> changes() const;

private:
    std::vector<Request> requests_;
    std::vector<Change> changes_;
};

}  // namespace rollcall::store::postgres
