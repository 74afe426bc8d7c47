// Made-up people as identity providers send them: core and enterprise attributes, two e-mails, a phone, an address, an
// externalId; about 1.2 KB once stored. The generator, the load generator and the raw SQLite program all use this, so
// that rows have the same shape and size whoever writes them.
#pragma once

#include <string>
#include <string_view>

#include "dice.h"

namespace rollcall::bench {

// Appends the body of POST /Users. `manager` is the id of another person, or empty. Gives the userName, which is
// random enough to be new every time and to fall on any page of an index.
std::string append_person(Dice& dice, std::string_view manager, std::string& body);

// Appends the body of POST /Groups without members.
void append_group(std::string_view name, std::string& body);

// Appends the body of a PATCH that adds one member.
void append_member_patch(std::string_view member, std::string& body);

}  // namespace rollcall::bench
