// The trail of changes: who did what to what, with the values before and after. Called in the transaction of
// the change, by directory/ for resources and by the faces for what is administered; an event and its change
// are both there or neither is.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/caller.h"
#include "model/resource.h"
#include "store/store.h"

namespace rollcall::audit {

// Who and when. Events of one request have its id in common with its row in the request log.
struct Origin {
    const Caller& caller;
    RequestId request;
    Instant now;
    std::string_view actor_name = {};  // for kinds that are not shown by their credential's name
};

struct Target {
    std::string_view type;  // "User", "credential", "tenant", "schema"
    std::string_view name;  // id, or name where there is none
};

// One event. `action` is "TYPE.VERB" in small letters: "user.create", "credential.revoke", "tenant.set".
// `payload` is a JSON object without secrets, such as payload_of() makes.
void record(store::TenantTransaction& transaction, const Origin& origin, std::string_view action,
            const Target& target, std::string payload);

// ---- payloads

// Members that came and went: counts, and the first kMembersListed ids of each.
struct MemberChanges {
    std::span<const ResourceId> added = {};
    std::span<const ResourceId> removed = {};
};
constexpr size_t kMembersListed = 100;
constexpr size_t kValueBytesMax = 2'048;  // a longer value is replaced by its length

// {"changes": [{"attribute": "name.givenName", "before": ..., "after": ...}], "members": ..., "version": 3}:
// what differs, attribute by attribute, each value as it is shown. Of a creation (`before` null) all values
// are in "after", of a removal (`after` null) in "before", as one object. Of attributes that are never
// returned or only written, and of those named in `withheld`, it says that they changed, and no value.
std::string payload_of(const Resource* before, const Resource* after, const MemberChanges& members = {},
                       std::span<const std::string> withheld = {});

// Of a group whose members alone changed.
std::string payload_of(const MemberChanges& members);

// The same for objects that are no resources: policies, credentials. Members whose value differs.
std::string payload_of(const json::object& before, const json::object& after);

}  // namespace rollcall::audit
