// What the lines of the revocation journal come to, thing by thing, when they are read in order (T36).
#pragma once

#include <map>
#include <optional>
#include <string>

#include "revocation_lines.h"

namespace rollcall {

// The last states of one tenant, or of the installation. Keys of the maps are targets of events: ids as text,
// or the URL of an issuer. `time` is that of the last event about it.
struct RevocationStates {
    struct Credential {
        Instant time;
        bool revoked = false, disabled = false, paused = false, held = false, networks = false;
        std::optional<Instant> rotated;
    };
    struct Issuer {
        Instant time;
        bool removed = false;  // at some time; else it was only set anew
    };
    // What lets a member or an operator in beside keys and sessions.
    struct Person {
        Instant time;
        bool password = false, invited = false, verification = false, subject = false;
    };
    struct Group {
        Instant time;
        bool disabled = false, removed = false, left = false;
    };
    struct User {
        Instant time;
        std::optional<bool> active;   // empty: nothing is said about it
        std::optional<Instant> left;  // when it was deactivated or deleted last
        bool deleted = false;         // ... the latter, and was not made again
        bool was_deleted = false;
        std::string role_before, role;  // the first and the last that is said; empty: nothing is
    };

    // The role of inactive members under the policy of the tenant, which is no role to lower somebody to.
    std::string inactive_role;

    std::map<std::string, Credential> credentials;
    std::map<std::string, Instant> service_keys, member_keys, grants, operators_removed, operators_changed;
    std::map<std::string, Issuer> issuers;
    std::map<std::string, Person> people;
    std::map<std::string, Group> groups;
    std::map<std::string, User> users;
    std::optional<Issuer> openid;  // the provider of the tenant
    std::optional<std::pair<Instant, bool>> enabled;

    void add(const JournalLine& line);

private:
    void add_credential(const JournalLine& line);
    void add_user(const JournalLine& line);
    void add_group(const JournalLine& line);
};

}  // namespace rollcall
