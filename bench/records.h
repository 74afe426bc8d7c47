// From the body of a POST to the row the server would store, by the server's own functions: so that what the generator
// and the raw SQLite program write cannot differ from it.
#pragma once

#include <string>
#include <string_view>

#include "base/ids.h"
#include "model/policy.h"
#include "model/schema.h"
#include "store/store.h"

namespace rollcall::bench {

class RecordMaker {
public:
    explicit RecordMaker(const Policy& policy);

    // Throws std::runtime_error when the server would refuse the body.
    store::ResourceRow user(std::string_view body, ResourceId id, Instant created) const;
    store::ResourceRow group(std::string_view body, ResourceId id, Instant created) const;

private:
    store::ResourceRow make(const ResourceType& type, std::string_view body, ResourceId id, Instant created) const;

    std::shared_ptr<const Catalogue> catalogue_;
    Policy policy_;
    const ResourceType* user_;
    const ResourceType* group_;
};

// The audit row of a POST that made `id`. Views point at literals and at `target`, the text of the id.
store::AuditRow audit_of_create(std::string_view path, CredentialId credential, std::string_view target,
                                std::string_view body, RequestId request, Instant time);

// The policy of a tenant as the server reads it.
Policy policy_of(const Tenant& tenant);

}  // namespace rollcall::bench
