#include "directory/rules.h"

namespace rollcall::directory {
namespace {

// Order matters where two rules could refuse the same change: the one whose answer helps an administrator
// most, and tells least about other resources, comes first. Uniqueness is judged last of all, by the store's
// own index, because only the index can decide it between two requests at once (P13).
constexpr Rule kRules[] = {
    own_profile,           // before all others: whoever may not make the change learns nothing about it
    immutable_attributes,  // before required: removing a required immutable attribute is a matter of
                           // mutability
    required_attributes,
    role_ceiling,
    owner_reach,
    cohort_owner,
    listed_values,         // after those that ask nothing of the store
    member_quota,
    last_owner,            // it locks the tenant: only for what nothing else refuses
};

}  // namespace

Result<void> judge(const Change& change, Context& context) {
    for (const Rule rule : kRules) TRY_VOID(rule(change, context));
    return {};
}

}  // namespace rollcall::directory
