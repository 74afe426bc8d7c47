// Who may read and write what (PLU-04). Scopes are names of places where an application keeps content: `user:ID`,
// `group:NAME`, `org:NAME` and `global`.
//
// An active member may read and write `user:` and its own id; under the policy `groups` paths also `group:` and the
// folded name of each of its effective groups; beyond that, what is granted to it or to one of those groups. Effective
// are the enabled groups it is in, and the enabled groups that those are in. A group that is not enabled grants nothing
// and passes nothing on (PLU-05).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "model/policy.h"
#include "store/store.h"

namespace rollcall::directory {

// Exact: one place. Pattern: also "*" at the end, behind the colon or behind a "/".
enum class ScopeForm { Exact, Pattern };

// The scope as it is compared: group names folded as in comparisons of displayName. Error: InvalidValue, a sentence
// that says what scopes look like.
Result<std::string> read_scope(std::string_view text, ScopeForm form);

// Is `scope`, which read_scope() gave, in what the pattern names?
bool scope_matches(std::string_view pattern, std::string_view scope);

// Groups whose scopes and grants the member has, direct ones first, each once; empty when it is not active. Nothing of
// the sort for an id that is no user's.
std::vector<store::GroupReference> effective_groups(store::TenantTransaction& transaction, ResourceId member);

// Active users that have the group's scopes and grants, in order of id; none when it is not enabled.
std::vector<store::MemberRow> effective_members(store::TenantTransaction& transaction, ResourceId group);

// Everything the member may do, in order of scope, with the highest access for each; patterns as they were granted.
std::vector<ScopeGrant> scopes_of(store::TenantTransaction& transaction, const Policy& policy, ResourceId member);

// May the member do it? `scope` as read_scope() gave it. False for an id that is no user's and for one that is not
// active.
bool may_access(store::TenantTransaction& transaction, const Policy& policy, ResourceId member, std::string_view scope,
                ScopeAccess access);

std::string_view access_name(ScopeAccess access);                        // "read", "write"
Result<ScopeAccess> access_named(std::string_view name);                 // Error: InvalidValue

}  // namespace rollcall::directory
