// Operations on the directory: load, edit, judge, store. A user that is deactivated or removed loses its
// credentials with the same change (decision 021). Each runs inside a transaction of the tenant and is
// complete or has no effect once the caller undoes a failed one to its mark. Every change leaves its outbox
// row here; the audit row of the request is written by whoever answers it, in the same transaction.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "model/change.h"
#include "store/store.h"

namespace rollcall::directory {

// What the operations of one Bulk share (RFC 7644 §3.7).
struct Together {
    // Members of a new resource that wait until everything in its circle of references exists.
    struct Waiting {
        ResourceId resource;
        const Attribute* members;
        std::vector<MembershipEdit> edits;
        size_t skipped = 0;  // set by close_circle(): named, but unknown in the tenant
    };

    Instant now;                             // one moment for all
    std::unordered_set<ResourceId> created;  // so far; some may have been undone since
    bool in_circle = false;                  // what is created now waits for close_circle()
    std::vector<Waiting> waiting = {};
    size_t members_looked_at = 0;  // rows that filters of PATCH were compared with, by all operations
    size_t members_compared = 0;   // the same, counted by comparison
    size_t members_rewritten = 0;  // rows that these filters had written one by one
    // Resources that were to be made under the first id, and are members that were there already.
    std::unordered_map<ResourceId, ResourceId> taken_over = {};

    ResourceId actual(ResourceId id) const {
        const auto found = taken_over.find(id);
        return found == taken_over.end() ? id : found->second;
    }
};

struct Context {
    store::TenantTransaction& transaction;
    const Caller& caller;
    const Policy& policy;
    const Catalogue& catalogue;
    Limits limits;
    Instant now;
    Together* together = nullptr;                // set: one operation of several
    RequestId request = {};                      // for the trail of changes; nil at the command line
    std::span<const std::string> withheld = {};  // names of attributes whose values stay out of the trail
    const std::vector<ResourceId>* owners_before_lock = nullptr;  // canary of P14 only
    bool sends_mail = false;  // there is a relay that will take what waits for it

    ResourceId actual(ResourceId id) const { return together != nullptr ? together->actual(id) : id; }
};

// What must hold of the version before a change (RFC 9110 §13.1.1, §13.1.2; RFC 7644 §3.14).
struct Precondition {
    // Each: empty optional = no such header; otherwise opaque tags without W/ and quotes, or the single "*".
    std::optional<std::vector<std::string>> if_match;
    std::optional<std::vector<std::string>> if_none_match;

    bool empty() const { return !if_match && !if_none_match; }
};
// True when the tag list names the version or is "*" (AMB-01: weak tags match).
bool names_version(const std::vector<std::string>& tags, int64_t version);
// Error: PreconditionFailed.
Result<void> check_precondition(const Precondition& precondition, int64_t version);

struct Changed {
    store::ResourceRow row;      // as stored now
    bool changed = true;         // false: nothing differed, version and lastModified stay (P-PATCH-34)
    size_t members_skipped = 0;  // named in the request, unknown in the tenant
};

using Edit = std::function<Result<Edited>(const Resource& before)>;

// Makes the resource under this id, which nothing has had; or a user becomes the member it was before
// (PLU-10, T7), and has the id of that one. Errors: InvalidValue (required attribute missing, unknown members
// only), Uniqueness, Conflict.
Result<Changed> create_resource(Context& context, const ResourceType& type, ResourceId id, Edited wanted);

// Gives the resources of a circle, which all exist now, the members that waited in context.together, and
// judges them. The first refusal and the resource whose members it is about; then the whole circle must be
// undone.
struct CircleRefusal {
    ResourceId resource;
    Error error;
};
std::optional<CircleRefusal> close_circle(Context& context);

// Loads before, checks the precondition, asks `edit` for what is wanted, judges and stores. `event` goes into
// the outbox ("put", "patch"). Errors: NotFound, PreconditionFailed, whatever `edit` gives, Mutability,
// InvalidValue, Uniqueness.
Result<Changed> change_resource(Context& context, const ResourceType& type, ResourceId id,
                                const Precondition& precondition, std::string_view event, const Edit& edit);

// Deletes the resource, a user as the policy has it (STD-06). Errors: NotFound, PreconditionFailed,
// LastOwner.
Result<void> remove_resource(Context& context, const ResourceType& type, ResourceId id,
                             const Precondition& precondition);

// ---- between resources and rows (row.cpp)

// `row.document` parsed; memberships and the member are not loaded.
Resource resource_of(const store::ResourceRow& row, const ResourceType& type);
// Everything the store needs, keys and indexed values included. A member that was removed has given back what
// is unique.
store::ResourceRow row_of(const Resource& resource, const Policy& policy);

// What a new resource with these attributes is going to claim.
store::Claims claims_of(const ResourceType& type, const json::object& attributes, const Policy& policy);

// The answer for an id that is nobody's; one text for foreign, hidden, deleted and unknown ids (AMB-66).
Error not_found(const ResourceType& type);

}  // namespace rollcall::directory
