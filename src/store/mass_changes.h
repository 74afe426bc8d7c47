// Rows of mass changes. A part of store.h: MassChangeRows is inherited by TenantTransaction, MassChangeLookup by
// Transaction.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "model/mass_change.h"
#include "model/tenant.h"

namespace rollcall::store {

class MassChangeRows {
public:
    virtual ~MassChangeRows() = default;

    // Sets seq, and time when the clock stepped back. Jobs only.
    virtual void append_loss(Loss& loss) = 0;
    // The sum of all weights of losses after `time`; what it costs does not depend on how many there are.
    virtual int64_t losses_after(Instant time) = 0;
    // In order of seq, from above `seq` on, at most `most`.
    virtual std::vector<Loss> losses(int64_t above_seq, int64_t most) = 0;
    // The other way round: from below `seq` on, the newest first.
    virtual std::vector<Loss> losses_before(int64_t below_seq, int64_t most) = 0;
    // Takes away those at this time and before it.
    virtual void forget_losses(Instant until) = 0;

    virtual std::optional<MassChange> open_mass_change() = 0;
    virtual std::optional<MassChange> find_mass_change(MassChangeId id) = 0;
    // The latest first.
    virtual std::vector<MassChange> mass_changes(int64_t most) = 0;
    // Adds or replaces.
    virtual void put_mass_change(const MassChange& change) = 0;

    // All zero when nothing was put.
    virtual MassChangeGuard mass_change_guard() = 0;
    virtual void put_mass_change_guard(const MassChangeGuard& guard) = 0;
    // Counts them: the more members, the longer it takes.
    virtual int64_t count_active_managed_members() = 0;
};

class MassChangeLookup {
public:
    virtual ~MassChangeLookup() = default;
    // Of all tenants, in order of tenant.
    virtual std::vector<std::pair<TenantId, MassChange>> open_mass_changes() = 0;
    // Of all tenants, those whose alert_due is `now` or before, the longest due first, at most `most`.
    virtual std::vector<std::pair<TenantId, MassChange>> due_alerts(Instant now, int64_t most) = 0;
    // Tenants that have losses at this time or before it and no open mass change.
    virtual std::vector<TenantId> tenants_with_losses_until(Instant time) = 0;
};

}  // namespace rollcall::store
