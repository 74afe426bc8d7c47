#include "directory/policies.h"

#include <algorithm>
#include <array>

#include "access/credential.h"
#include "directory/tenants.h"

namespace rollcall::directory {
namespace {

std::string actor_of(const Caller& caller) {
    if (!caller.user.is_nil()) return "member " + caller.user.text();
    if (caller.channel == Channel::CommandLine) return "cli";
    return caller.credential.is_nil() ? "operator" : "operator " + caller.credential.text();
}

// Who acts for the tenant itself: whatever `by` has signed in to.
Caller at(const Caller& by, const Tenant& tenant) {
    Caller caller = by;
    caller.tenant = tenant.id;
    caller.tenant_slug = tenant.slug;
    return caller;
}

// What says who ranks above whom, and how far the credentials reach that every administrator may issue.
// Whoever changed these could rise.
constexpr std::array<std::string_view, 8> kLadder{"roles",      "default_role", "scim_ceiling_role",
                                                  "owner_role", "admin_role",   "last_owner_guard",
                                                  "visibility", "scim_changes_owners"};

// The operator, or a member whom nobody ranks above.
bool may_change_ladder(store::TenantTransaction& door, const Caller& by, const Policy& policy) {
    if (by.user.is_nil()) return true;
    const auto member = door.find_member(by.user);
    return member && rank_of(policy, member->role) >= rank_of(policy, highest_role(policy));
}

Error ladder_refusal(std::string_view name, const Policy& policy) {
    const std::string who(highest_role(policy));
    return {ErrorKind::Forbidden,
            "The policy value \"" + std::string(name) +
                "\" says who ranks above whom. Only an operator or a member with the role \"" + who +
                "\" changes it."};
}

Result<json::object> values_of(const Tenant& tenant) {
    const auto stored = TRY(parse_json(tenant.policy));
    // Complete, also where it was stored before some of the values were there.
    return policy_to_json(TRY(policy_from_json(stored.as_object())));
}

}  // namespace

Result<Tenant> create_tenant(store::Transaction& transaction, const std::string& slug,
                             const std::string& profile, const json::object& values, const Caller& by,
                             const Catalogue& installation, const Limits& limits, Instant now) {
    TRY_VOID(access::check_slug(slug));
    Tenant tenant;
    tenant.slug = slug;
    tenant.profile = profile.empty() ? "standard" : profile;
    auto all = TRY(profile_values(tenant.profile));
    for (const auto& [name, value] : values) all[name] = value;
    const auto policy = TRY(policy_from_json(all));
    tenant.policy = to_json(policy_to_json(policy));
    tenant.created = now;
    tenant = TRY(transaction.insert_tenant(tenant));
    const auto caller = at(by, tenant);
    auto& door = transaction.tenant(caller);
    door.append_policy(actor_of(by), tenant.policy, now);
    Context context{door, caller, policy, installation, limits, now};
    TRY_VOID(begin_tenant(context));
    return tenant;
}

Result<PolicyChange> change_policy(store::Transaction& transaction, Tenant tenant, const json::object& values,
                                   const Caller& by, const Catalogue& catalogue, const Limits& limits,
                                   Instant now) {
    const auto before = TRY(values_of(tenant));
    auto wanted = before;
    for (const auto& [name, value] : values) wanted[name] = value;
    const auto policy_before = TRY(policy_from_json(before));
    const auto policy = TRY(policy_from_json(wanted));
    const auto after = policy_to_json(policy);
    PolicyChange change;
    for (const auto& value : policy_values()) {
        const bool differs = before.at(value.name) != after.at(value.name);
        if (differs && value.chosen_once) {
            return failure(ErrorKind::InvalidValue, "The policy value \"" + std::string(value.name) +
                                                        "\" is chosen when a tenant is made, and stays.");
        }
        if (differs) change.changed.emplace_back(value.name);
    }
    const auto caller = at(by, tenant);
    auto& door = transaction.tenant(caller);
    const auto rung = std::ranges::find_first_of(change.changed, kLadder);
    if (rung != change.changed.end() && !may_change_ladder(door, by, policy_before)) {
        return std::unexpected(ladder_refusal(*rung, policy_before));
    }
    if (change.changed.empty()) {
        change.version = policy_version(door);
    } else {
        tenant.policy = to_json(after);
        TRY_VOID(transaction.update_tenant(tenant));
        change.version = door.append_policy(actor_of(by), tenant.policy, now);
        Context context{door, caller, policy, catalogue, limits, now};
        TRY_VOID(follow_policy(context, policy_before));
    }
    change.tenant = std::move(tenant);
    return change;
}

std::string_view highest_role(const Policy& policy) {
    return policy.owner_role.empty() ? policy.roles.back() : policy.owner_role;
}

int64_t policy_version(store::TenantTransaction& transaction) {
    const auto last = transaction.policies(1);
    return last.empty() ? 0 : last.front().version;
}

}  // namespace rollcall::directory
