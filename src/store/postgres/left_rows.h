// Rows of the outbox and of the trail of requests, and numbers of new resources, kept until the end of a
// transaction: each kind is then one statement for all jobs of a batch, and the number it ends with is raised
// once. What a job has left is cut off again when the job is undone.
#pragma once

#include <map>
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
    // One more resource of a type.
    struct Counted {
        TenantId tenant;
        std::string type;
    };
    struct Place {
        size_t requests = 0, changes = 0, counted = 0;
    };

    void add(TenantId tenant, const AuditRow& row);
    void add(TenantId tenant, const OutboxRow& row);
    void add_one(TenantId tenant, std::string_view type) { counted_.push_back({tenant, std::string(type)}); }
    Place end() const { return {requests_.size(), changes_.size(), counted_.size()}; }
    void cut(Place at);

    // Those of each tenant together, the rest as they came; until the next add().
    std::vector<std::pair<TenantId, std::vector<AuditRow>>> requests() const;
    std::vector<std::pair<TenantId, std::vector<Change>>> changes() const;
    std::map<std::pair<TenantId, std::string>, int64_t> counted() const;
    int64_t counted(TenantId tenant, std::string_view type) const;

private:
    std::vector<Request> requests_;
    std::vector<Change> changes_;
    std::vector<Counted> counted_;
};

}  // namespace rollcall::store::postgres
