#include "directory/rules.h"

namespace rollcall::directory {

Result<void> group_may_contain(Context& context, ResourceId group, const store::MemberRow& member) {
    if (member.type != "Group") return {};
    // Two requests could each close one half of a circle: the graph is an invariant of the whole tenant.
    context.transaction.lock_tenant();
    if (!context.policy.allow_group_cycles && context.transaction.reaches(member.id, group)) {
        return failure(
            ErrorKind::InvalidValue,
            "members: the group cannot contain itself, neither directly nor through other groups.");
    }
    if (context.policy.allow_group_cycles) return {};  // a circle has no depth
    using Nesting = store::TenantTransaction::Nesting;
    const auto most = static_cast<int64_t>(context.limits.group_nesting_max);
    const auto above = context.transaction.nesting(group, Nesting::Above, most);
    const auto below = context.transaction.nesting(member.id, Nesting::Below, most);
    // The group itself and the member are links of the chain too.
    if (above + below + 2 > most) {
        return failure(ErrorKind::InvalidValue,
                       "members: groups are nested at most " + std::to_string(most) + " deep.");
    }
    return {};
}

}  // namespace rollcall::directory
