#include "directory/groups.h"

#include <algorithm>

#include "audit/record.h"
#include "base/text.h"
#include "directory/scopes.h"
#include "directory/trail.h"

namespace rollcall::directory {
namespace {

constexpr size_t kGrantsMax = 1000;  // of one member or group

std::unexpected<Error> invalid(std::string detail) {
    return failure(ErrorKind::InvalidValue, std::move(detail));
}

}  // namespace

void begin_group(Context& context, ResourceId group) {
    GroupState state;
    state.id = group;
    const bool pushed = context.caller.channel == Channel::Scim;
    state.source = pushed ? "api" : "manual";
    state.enabled = !pushed || context.policy.group_sync == GroupSync::All;
    if (context.policy.groups == GroupMode::Cohorts) {
        const auto owners = context.transaction.active_members_with_role(context.policy.owner_role, 1);
        if (!owners.empty()) state.owner = owners.front();
    }
    if (context.transaction.find_group_state(group) != state) context.transaction.put_group_state(state);
}

Result<bool> enable_group(Context& context, ResourceId group, bool enabled) {
    const auto row = context.transaction.find(kGroupType, group);
    auto state = context.transaction.find_group_state(group);
    if (!row || !state) {
        return failure(ErrorKind::NotFound, "There is no Group with this id.");
    }
    if (state->enabled == enabled) return false;
    state->enabled = enabled;
    context.transaction.put_group_state(*state);
    context.transaction.append_outbox({context.now, enabled ? "enable" : "disable", row->type, row->id, row->version});
    leave_event(context, enabled ? "group.enable" : "group.disable", row->type, group);
    return true;
}

Result<void> set_grants(Context& context, ResourceId subject, std::vector<ScopeGrant> grants) {
    if (context.caller.channel == Channel::Scim) {
        return failure(ErrorKind::Forbidden, "Grants are not given by SCIM.");
    }
    const auto row = context.transaction.find_any(subject);
    if (!row || (row->type != kGroupType && row->type != "User")) {
        return failure(ErrorKind::NotFound, "There is no member or group with this id.");
    }
    if (grants.size() > kGrantsMax) {
        return invalid("A member or group has at most " + std::to_string(kGrantsMax) + " grants of its own.");
    }
    for (auto& grant : grants) grant.scope = TRY(read_scope(grant.scope, ScopeForm::Pattern));
    std::ranges::sort(grants);
    const auto twice = std::ranges::adjacent_find(grants, {}, &ScopeGrant::scope);
    if (twice != grants.end()) return invalid("The same scope is granted twice; \"write\" includes \"read\".");
    if (grants == context.transaction.grants_of(subject)) return {};
    json::object before, after;
    for (const auto& grant : context.transaction.grants_of(subject)) before[grant.scope] = access_name(grant.access);
    for (const auto& grant : grants) after[grant.scope] = access_name(grant.access);
    context.transaction.replace_grants(subject, grants);
    context.transaction.append_outbox({context.now, "grants", row->type, row->id, 0});
    leave_event(context, "grants.set", row->type, subject, audit::payload_of(before, after));
    return {};
}

std::string scope_of_group(std::string_view display_name) {
    return "group:" + fold_case(display_name);
}

}  // namespace rollcall::directory
