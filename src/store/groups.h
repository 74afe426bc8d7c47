// Rows beside groups, and grants. A part of store.h: TenantTransaction inherits it. All of it goes with its resource in
// TenantTransaction::erase().
#pragma once

#include <optional>
#include <vector>

#include "model/group.h"

namespace rollcall::store {

class GroupRows {
public:
    virtual ~GroupRows() = default;

    // nullopt for what is no group of this tenant. A Group that insert() has put in has one like any: made by an
    // identity provider, enabled, without owner.
    virtual std::optional<GroupState> find_group_state(ResourceId group) = 0;
    // Puts the state in the place of what there is under its id.
    virtual void put_group_state(const GroupState& state) = 0;

    // Grants of one member or group itself, in order of scope.
    virtual std::vector<ScopeGrant> grants_of(ResourceId subject) = 0;
    // Puts `grants`, of which no two have the same scope, in the place of all there are.
    virtual void replace_grants(ResourceId subject, const std::vector<ScopeGrant>& grants) = 0;
};

}  // namespace rollcall::store
