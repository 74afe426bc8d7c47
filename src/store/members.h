// Rows of members and accounts. A part of store.h: MemberRows is inherited by TenantTransaction, AccountRows by
// Transaction. Members are found here whether or not the caller's channel may see the resource.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/member.h"

namespace rollcall::store {

struct ResourceRow;

// E-mail addresses of accounts are compared by this: case folded, whitespace around it gone.
std::string email_key(std::string_view email);

class MemberRows {
public:
    virtual ~MemberRows() = default;

    virtual std::optional<Member> find_member(ResourceId id) = 0;
    // Puts the member in the place of what there is under its id. TenantTransaction::erase() of the user takes it
    // away. Error: Uniqueness, when another member of the tenant that is not removed has the same account.
    virtual Result<void> put_member(const Member& member) = 0;
    // Ids of active members that have the role, the lowest first, at most `most`.
    virtual std::vector<ResourceId> active_members_with_role(std::string_view role, int64_t most) = 0;
    // As TenantTransaction::find() of a user for a channel that sees all.
    virtual std::optional<ResourceRow> find_user(ResourceId id) = 0;
    // The user that has the name, by its comparison key (ResourceRow::user_name_key); none that was removed.
    virtual std::optional<ResourceId> user_named(std::string_view user_name_key) = 0;
    // The member that had the name and was removed last.
    virtual std::optional<ResourceId> removed_member_named(std::string_view user_name_key) = 0;
    // The member of that account, unless it was removed.
    virtual std::optional<ResourceId> member_of_account(AccountId account) = 0;
    // Takes a hidden resource out of the groups it is in; what SCIM sees of them does not change.
    virtual void leave_groups(ResourceId hidden) = 0;

    // ---- of the whole installation: neither tells of other tenants
    virtual std::optional<Account> find_verified_account(std::string_view email) = 0;
    virtual std::optional<Account> find_account(AccountId id) = 0;
    // Adds or replaces. Error: Uniqueness, when another verified account has the address.
    virtual Result<void> put_account(const Account& account) = 0;
};

// For people who sign in without naming a tenant.
class AccountRows {
public:
    virtual ~AccountRows() = default;
    virtual std::optional<Account> account_verified_as(std::string_view email) = 0;
    // Members of the account that are not removed, in order of tenant.
    virtual std::vector<std::pair<TenantId, ResourceId>> memberships_of(AccountId account) = 0;
};

}  // namespace rollcall::store
