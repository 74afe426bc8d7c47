// What an application keeps for its members, as far as the directory must know it: where it stands and whose
// it is.
#pragma once

#include <string>

#include "base/ids.h"
#include "base/time.h"

namespace rollcall {

struct Content {
    std::string scope;      // as read_scope() gives it: "user:ID", "group:NAME", "org:NAME", "global"
    std::string reference;  // the application's own name of it within the scope; 1 to 200 bytes
    ResourceId owner;       // nil: the placeholder, whose is what members who are gone have left (PLU-08)
    Instant registered;
    friend bool operator==(const Content&, const Content&) = default;
};

}  // namespace rollcall
