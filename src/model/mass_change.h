// Mass changes: many members of a tenant losing access within a short time, by mistake or by an identity provider that
// was taken over (T66). What such a change was before is kept until somebody has decided.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/time.h"

namespace rollcall {

using MassChangeId = Id<struct MassChangeNoun>;

// The note of errors (Unavailable) that end when an administrator has decided; the answer has Retry-After.
inline constexpr std::string_view kWaitsForDecision = "waits_for_decision";
inline constexpr int64_t kDecisionRetryAfterS = 3'600;

// One change by which members lost access, with what it takes to undo it.
struct Loss {
    enum class Kind {
        Deactivation,   // of a user
        Deletion,       // of a user
        Removal,        // of members from a group that grants something
        GroupDeletion,  // of such a group
    };

    int64_t seq = 0;  // from 1 up in each tenant; given by append_loss()
    Instant time;     // never before that of the loss before; append_loss() sees to it
    Kind kind = Kind::Deactivation;
    ResourceId target;         // the user or group
    int64_t weight = 1;        // how many members lost something
    int64_t version = 0;       // of the target afterwards; 0: it is not there any more
    bool waits = false;        // a deletion that is to be completed when the mass change is released
    CredentialId credential;   // of the identity provider; nil: somebody else's change
    std::string address;       // of the peer
    std::string image;         // JSON: what the target was before (directory/mass_change_image.h)
    friend bool operator==(const Loss&, const Loss&) = default;
};

// The losses of one tenant from the first that counted on, once there were too many. At most one is open.
struct MassChange {
    MassChangeId id;
    Instant first;    // of its losses
    Instant noticed;  // when there were too many
    Instant due;      // when it is released if nobody decides
    int64_t losses = 0;   // members who lost something: then, and at the end all of them
    int64_t members = 0;  // active ones that SCIM managed, before
    CredentialId credential;  // whose change was the one too many; nil: nobody's
    std::string address;      // where it came from
    std::string decision;     // "released", "undone", "expired"; empty: open
    std::optional<Instant> decided;
    std::string decided_by;  // as Member::deactivated_by
    bool needs_two = false;           // to release it, as the policy said when it was noticed
    std::optional<Instant> approved;  // when the first of them did
    std::string approved_by;
    std::optional<Instant> alert_due;  // when to tell the webhook (again); nullopt: it knows, or was given up
    int64_t alert_attempts = 0;
    friend bool operator==(const MassChange&, const MassChange&) = default;
};

// What the guard of a tenant remembers beside losses.
struct MassChangeGuard {
    int64_t announced = 0;  // losses that are still expected and not counted
    Instant announced_until;
    int64_t members = 0;  // active ones that SCIM managed, when they were counted last
    Instant counted;
    friend bool operator==(const MassChangeGuard&, const MassChangeGuard&) = default;
};

}  // namespace rollcall
