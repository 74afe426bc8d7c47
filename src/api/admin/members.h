// Members as the admin API shows them, and who may change whom.
#pragma once

#include "api/call.h"

namespace rollcall::api::admin {

// A member of the tenant, its user and the Member; also one that was removed. Error: NotFound.
struct FoundMember {
    store::ResourceRow user;
    Member member;
};
Result<FoundMember> find_member(const Call& call, store::TenantTransaction& door);

// "break_glass" is a manual member with the owner's role: the way in that no identity provider can close (T15).
json::object shown(const store::ResourceRow& user, const Member& member, const Policy& policy);

// A member administers those whose role is not above its own, and gives no role above its own; an operator
// has no such limit. Error: Forbidden.
Result<void> check_rank(const Call& call, std::string_view role);

// Changes what stands in the Member, by way of the directory. Errors: those of directory::change_resource().
Result<FoundMember> change_member_row(const Call& call, store::Transaction& transaction, ResourceId id,
                                      const std::function<void(Member&)>& edit);

}  // namespace rollcall::api::admin
