// What becomes of a member when its User is made or changed: role, activation, verification of its address,
// and what SCIM sees of it.
#pragma once

#include "directory/directory.h"
#include "model/visibility.h"

namespace rollcall::directory {

// Users are members, other types are not.
bool is_member_type(const ResourceType& type);

// Sets after.member from `before` (null: the user is new), from what after.attributes say and from `wanted`, which only
// channels other than scim give; and brings the attributes `active` and role in line with it.
void settle_member(Context& context, const Resource* before, Resource& after, const std::optional<Member>& wanted);

// The first address of a user, the primary one before others; empty when it has none.
std::string email_of(const json::object& attributes);

// The role that the attributes ask for, in the spelling of the policy if it is one of its roles; empty: none.
std::string role_in(const Resource& resource, const Policy& policy);

}  // namespace rollcall::directory
