// Members: what the directory knows of a user beside its SCIM document. A member is a person's account in one tenant,
// and has the id of its User resource. Every User has one.
#pragma once

#include <optional>
#include <string>

#include "base/ids.h"
#include "base/time.h"

namespace rollcall {

// A person, global to the installation.
using AccountId = Id<struct AccountNoun>;

// Who looks after a member: an identity provider, or the application and the administrators of the tenant.
enum class Managed { Scim, Manual };

struct Member {
    ResourceId id;
    AccountId account;          // nil as long as the person is known in this tenant only
    std::string role;           // one of Policy::roles
    std::string previous_role;  // the one it had when it was deactivated; empty while it is active
    Managed managed = Managed::Scim;
    bool pre_linked = false;    // an administrator lets a creation by SCIM take this manual member over (PLU-10)
    std::optional<Instant> deactivated_at;     // set: it may not sign in; changed by directory/activation.cpp alone
    std::string deactivated_by;                // "credential ID", "member ID", "operator"; empty while it is active
    std::optional<Instant> removed_at;         // deleted softly: SCIM sees it no more (STD-06, PLU-08)
    std::string removed_name;                  // comparison key of the userName it had then; empty otherwise
    std::optional<Instant> email_verified_at;  // its first e-mail address is known to be the person's (MOB-14)

    bool is_active() const { return !deactivated_at; }
    friend bool operator==(const Member&, const Member&) = default;
};

// A person who is known by a verified e-mail address, signs in here, or is a member of several tenants.
struct Account {
    AccountId id;
    std::string email;                   // may be empty
    std::optional<Instant> verified_at;  // the address is the person's; no two verified accounts have the same
    Instant created;
    friend bool operator==(const Account&, const Account&) = default;
};

}  // namespace rollcall
