#include "directory/rules.h"

namespace rollcall::directory {
namespace {

// What a person signs in with, or is found by where a forgotten password is asked for.
constexpr std::string_view kKeysToTheDoor[] = {"userName", "emails"};

// Who is inactive owns the tenant again when it comes back.
bool is_owner(const Member& member, const Policy& policy) {
    const int least = rank_of(policy, policy.owner_role);
    return rank_of(policy, member.role) >= least || rank_of(policy, member.previous_role) >= least;
}

bool differ(const json::object& before, const json::object& after, std::string_view name) {
    const auto* one = before.if_contains(name);
    const auto* other = after.if_contains(name);
    return one == nullptr || other == nullptr ? one != other : *one != *other;
}

bool opens_or_closes(const Resource& before, const Resource* after) {
    if (after == nullptr) return true;
    const Member& was = *before.member;
    const Member& is = *after->member;
    if (was.is_active() != is.is_active() || was.role != is.role) return true;
    return std::ranges::any_of(kKeysToTheDoor, [&](std::string_view name) {
        return differ(before.attributes, after->attributes, name);
    });
}

}  // namespace

Result<void> owner_reach(const Change& change, Context& context) {
    const Policy& policy = *change.policy;
    const bool is_judged = change.caller->channel == Channel::Scim && !policy.scim_changes_owners &&
                           !policy.owner_role.empty() && change.before != nullptr && change.before->member;
    if (!is_judged || !is_owner(*change.before->member, policy)) return {};
    if (!opens_or_closes(*change.before, change.after)) return {};
    return failure(
        ErrorKind::LastOwner,
        "This member owns the tenant, and its policy keeps owners out of the reach of SCIM. An owner "
        "changes it in the admin API, or allows it with the policy value scim_changes_owners.");
}

}  // namespace rollcall::directory
