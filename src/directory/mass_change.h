// The guard against mass changes (T66, P32): an identity provider with a wrong scope, or one that was taken over, takes
// access from many members within a short time. No deactivation is ever refused. What happens happens at once, what
// could not be undone waits, somebody is told, and one call undoes all of it or lets it stand (decision 065).
//
// Every change goes through weigh_loss() and note_loss(), whatever the verb and the channel: directory.cpp calls them.
#pragma once

#include <span>

#include "directory/directory.h"

namespace rollcall::directory {

// What a change takes away, weighed before it is stored.
struct PendingLoss {
    Loss loss;                    // weight 0: nothing that counts
    bool is_mass_change = false;  // there were too many, with this one or before it: nothing is final
    bool is_one_too_many = false;
    bool completes_later = false;  // set by the caller: a deletion that only SCIM takes for one until somebody decides
    int64_t so_far = 0;            // the weight of all in the time, with this one
    int64_t members = 0;           // as MassChange::members
};

// Counts are deactivations, deletions of users, and members who leave groups that grant something: `removed`, of the
// group that changes or goes. Called when the change has been judged, before it is stored. Error: Unavailable
// (kWaitsForDecision), where the policy holds back what is no deactivation.
Result<PendingLoss> weigh_loss(Context& context, const Change& change, std::span<const ResourceId> removed = {});

// Called when it is stored. `version`: of the target, 0 when it is gone. One too many leaves an event
// (mass_change.notice), a line in the log, and a row for those who follow changes.
void note_loss(Context& context, PendingLoss loss, int64_t version);

// ---- what is decided about a mass change; by no caller of the channel scim

struct Decision {
    MassChange change;  // as it is now
    int64_t done = 0;
    std::vector<ResourceId> skipped;  // changed by somebody since, or in the way of somebody else
    std::vector<CredentialId> paused;
};

// Puts back what was before each of its losses, the newest first, unless somebody has changed it since; its API keys
// work again, sessions have to be opened anew. The identity providers that caused it are answered with 503 until their
// credentials are enabled. Errors: NotFound; Conflict when it is decided.
Result<Decision> undo_mass_change(Context& context, MassChangeId id);

// Lets it stand: what waited is completed. `decision`: "released" by somebody, or "expired". Where it takes two, the
// first leaves it open, with an event (mass_change.approve). Errors as above; Conflict when both are the same.
inline constexpr std::string_view kReleased = "released";
Result<Decision> release_mass_change(Context& context, MassChangeId id, std::string_view decision = kReleased);

// The next `changes` losses until `until` are expected and do not count. 0: none is. Errors: InvalidValue.
Result<void> announce_losses(Context& context, int64_t changes, Instant until);

// A few of its members, for those who decide: the first ten that lost something.
std::vector<ResourceId> sample_of_losses(store::TenantTransaction& transaction);

}  // namespace rollcall::directory
