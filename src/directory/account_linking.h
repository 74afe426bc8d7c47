// Who is the person that an identity provider wants to create (MOD-02, PLU-10, T3, T9)? There are exactly three
// outcomes.
#pragma once

#include "directory/directory.h"

namespace rollcall::directory {

struct Link {
    enum class Kind {
        New,             // nobody who is known here
        VerifiedAccount, // the person of `account`, which has verified the same address
        PreLinked,       // the manual member `member`, which an administrator linked to the userName
    };
    Kind kind = Kind::New;
    AccountId account = {};
    ResourceId member = {};
};

// Errors: Uniqueness, when the person is a member of this tenant already.
Result<Link> link_person(Context& context, const Resource& user, std::string_view user_name_key);

// The member that was deleted softly and comes back, if the policy lets it: it had the same userName and has the same
// externalId (T7).
std::optional<ResourceId> member_to_revive(Context& context, const Resource& user, std::string_view user_name_key);

}  // namespace rollcall::directory
