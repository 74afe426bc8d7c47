#include "directory/members.h"
#include "directory/rules.h"

namespace rollcall::directory {

Result<void> member_quota(const Change& change, Context& context) {
    const int64_t most = change.policy->members_max;
    if (most == 0 || change.before != nullptr || change.after == nullptr || !is_member_type(*change.after->type)) {
        return {};
    }
    if (context.transaction.resource_count(change.after->type->name) < most) return {};
    return failure(ErrorKind::Forbidden,
                   "This tenant may have " + std::to_string(most) +
                       " users and has them. Remove some, or ask for more.",
                   "member_quota");
}

}  // namespace rollcall::directory
