// Groups: what the directory knows of a group beside its SCIM document, and what may be granted.
#pragma once

#include <string>

#include "base/ids.h"

namespace rollcall {

// Every Group has one. Name and source reference of a cohort (MOB-12) are displayName and externalId of the resource,
// which can therefore never disagree with them.
struct GroupState {
    ResourceId id;
    std::string source;   // "api": an identity provider made it; "manual": the application or an administrator
    ResourceId owner;     // member who answers for a cohort (MOB-12); nil: nobody
    bool enabled = true;  // false: it is kept and shown, but grants nothing and passes nothing on (PLU-05)
    friend bool operator==(const GroupState&, const GroupState&) = default;
};

// Writing includes reading.
enum class ScopeAccess { Read, Write };

// What a member, or a group and so its members, may read or write. `scope` is "user:ID", "group:NAME", "org:NAME",
// "global", or a pattern with "*" at the end: "group:*", "group:engineering/*".
struct ScopeGrant {
    std::string scope;
    ScopeAccess access = ScopeAccess::Read;
    friend auto operator<=>(const ScopeGrant&, const ScopeGrant&) = default;
};

}  // namespace rollcall
