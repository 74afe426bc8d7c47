// The rules of the house, in one ordered list. A rule sees a Change and the transaction, never the verb; it
// holds for PUT, PATCH, Bulk, console and command line alike, or it does not hold. To add one: a file in
// rules/, a line in rules.cpp with the reason for its place.
#pragma once

#include "directory/directory.h"

namespace rollcall::directory {

using Rule = Result<void> (*)(const Change& change, Context& context);

// Judges in order; the first refusal wins.
Result<void> judge(const Change& change, Context& context);

// rules/required_attributes.cpp: every required attribute is there, also those of extensions that are
// present, and required extensions are present (S-RES-12, 13, P-POST-09, P-PUT-11). InvalidValue.
Result<void> required_attributes(const Change& change, Context& context);

// rules/immutable_attributes.cpp: what was set and is immutable stays as it is (S-SCH-08, P-PUT-09, T19).
// Mutability.
Result<void> immutable_attributes(const Change& change, Context& context);

// rules/listed_values.cpp: with the policy refuse_unlisted_roles, roles and entitlements that a user gets are in
// the list of the tenant and supported; those it had stay (X-ROLE-05). InvalidValue.
Result<void> listed_values(const Change& change, Context& context);

// rules/role_ceiling.cpp: a member's role is one of the policy's (MOD-06), and SCIM gives none above scim_ceiling_role
// (T10). InvalidValue.
Result<void> role_ceiling(const Change& change, Context& context);

// rules/member_quota.cpp: a tenant has at most members_max users, of those that the caller can see (T67, T26).
// Forbidden.
Result<void> member_quota(const Change& change, Context& context);

// rules/owner_reach.cpp: SCIM leaves owners as they are in what opens or closes doors, unless the policy has
// scim_changes_owners (T15). LastOwner.
Result<void> owner_reach(const Change& change, Context& context);

// rules/last_owner.cpp: one active member that has owner_role stays (MOD-08, T14, P14). LastOwner.
Result<void> last_owner(const Change& change, Context& context);

// rules/own_profile.cpp: a member changes nothing but its own profile, and only while it is active (decision
// 021). Forbidden.
Result<void> own_profile(const Change& change, Context& context);

// rules/cohort_owner.cpp: where groups are cohorts, a new one needs somebody to own it (MOB-13). Unavailable.
Result<void> cohort_owner(const Change& change, Context& context);

// rules/group_graph.cpp: judged for each group that becomes a member of a group: no circle unless the policy
// allows it (STD-09, decision 012), nesting within limits. InvalidValue.
Result<void> group_may_contain(Context& context, ResourceId group, const store::MemberRow& member);
// The same for new groups that nobody but they themselves contain, and that have their members already.
std::optional<CircleRefusal> groups_may_contain_each_other(Context& context,
                                                           const std::vector<ResourceId>& groups);

}  // namespace rollcall::directory
