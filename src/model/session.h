// What lets a member in: sessions, which an application opens after it has seen who somebody is, and API
// keys, which members make for their programs. Of both only the SHA-256 of the token is kept.
#pragma once

#include <optional>
#include <string>

#include "base/ids.h"
#include "base/secret.h"
#include "base/time.h"

namespace rollcall {

struct Session {
    SessionId id;
    ResourceId member;
    Sha256 token_hash{};
    Instant created;
    Instant expires;
    friend bool operator==(const Session&, const Session&) = default;
};

struct MemberKey {
    MemberKeyId id;
    ResourceId member;
    std::string name;   // for people
    std::string scope;  // names that the application gives a meaning, separated by blanks (RFC 6749 §3.3)
    Sha256 token_hash{};
    Instant created;
    std::optional<Instant> expires;
    std::optional<Instant>
        suspended;  // set: its member is deactivated, and it works again when the member does
    std::optional<Instant> revoked;  // set: it never works again
    friend bool operator==(const MemberKey&, const MemberKey&) = default;

    bool is_live(Instant now) const { return !suspended && !revoked && (!expires || *expires > now); }
};

}  // namespace rollcall
