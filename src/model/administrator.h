// Those who administer: operators of the installation, members whose role is high enough, the sessions of
// both, and the links that are sent to members.
#pragma once

#include <optional>
#include <string>

#include "base/ids.h"
#include "base/secret.h"
#include "base/time.h"

namespace rollcall {

using OperatorId = Id<struct OperatorNoun>;
using AdminSessionId = Id<struct AdminSessionNoun>;

// Administers every tenant of the installation, and belongs to none.
struct Operator {
    OperatorId id;
    std::string name;      // [a-z0-9-]{1,63}
    std::string password;  // as access/password.h keeps it
    Instant created;
    friend bool operator==(const Operator&, const Operator&) = default;
};

// Somebody who signed in to administer. Found by the hash of its token, which is shown once.
struct AdminSession {
    Sha256 token_hash{};
    AdminSessionId id;
    TenantId tenant;         // of the member; 0 for an operator
    ResourceId member;       // nil for an operator
    OperatorId operator_id;  // nil for a member
    Instant created;
    Instant last_used;  // written at most once a minute
    Instant proven;     // when the password was given last (or the identity provider asked)
    friend bool operator==(const AdminSession&, const AdminSession&) = default;
};

// What a link to a member holds: whoever brings the token is the member for that one purpose, once.
struct MemberToken {
    enum class Purpose {
        Invitation,
        EmailVerification,
        AddressChanged,  // of a mail only: it tells, and asks for nothing (T4)
    };
    Sha256 token_hash{};
    TenantId tenant;
    ResourceId member;
    Purpose purpose = Purpose::Invitation;
    std::string
        email;  // it was sent to; nothing is verified when the member's address is another one by then
    Instant created;
    Instant expires;
    std::optional<Instant> held = {};  // since then nobody has confirmed that it is still good (T36)
    friend bool operator==(const MemberToken&, const MemberToken&) = default;
};

// A policy that a tenant had, and who brought it.
struct PolicyVersion {
    int64_t version = 0;  // 1, 2, 3 ...
    Instant changed;
    std::string actor;   // "cli", "operator ID", "member ID"
    std::string policy;  // as Tenant::policy
    friend bool operator==(const PolicyVersion&, const PolicyVersion&) = default;
};

}  // namespace rollcall
