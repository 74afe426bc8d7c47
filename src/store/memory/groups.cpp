#include <algorithm>

#include "store/memory/tenant.h"

namespace rollcall::store::memory {

std::optional<GroupState> MemoryTenant::find_group_state(ResourceId group) {
    const auto state = data().group_states.find(group);
    if (state == data().group_states.end()) return std::nullopt;
    return state->second;
}

void MemoryTenant::put_group_state(const GroupState& state) {
    change().group_states[state.id] = state;
}

std::vector<ScopeGrant> MemoryTenant::grants_of(ResourceId subject) {
    const auto grants = data().grants.find(subject);
    return grants == data().grants.end() ? std::vector<ScopeGrant>() : grants->second;
}

void MemoryTenant::replace_grants(ResourceId subject, const std::vector<ScopeGrant>& grants) {
    auto& here = change().grants[subject];
    here = grants;
    std::ranges::sort(here);
}

void MemoryTenant::erase_group_rows(ResourceId id) {
    auto& here = change();
    here.group_states.erase(id);
    here.grants.erase(id);
    for (auto& [group, state] : here.group_states) {
        if (state.owner == id) state.owner = {};
    }
}

}  // namespace rollcall::store::memory
