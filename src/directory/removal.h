// What deleting a user leaves (STD-06, MOD-05, PLU-08), and how one that was deleted softly comes back.
#pragma once

#include "directory/directory.h"

namespace rollcall::directory {

// True when the policy keeps the member: then it is deactivated, hidden, and gives back its userName. One that was
// deleted softly before goes for good.
bool is_kept(const Resource& user, const Policy& policy);

// `user` as it stays. `name_key`: of its userName.
Resource removed_softly(const Resource& user, std::string name_key, Context& context);

// The member is SCIM's from now on and has the attributes; one that was removed has the role of a new member and no
// groups (T7).
void take_over(Resource& user, Context& context);

}  // namespace rollcall::directory
