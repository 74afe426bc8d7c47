#include "directory/mass_change.h"

#include <algorithm>
#include <unordered_set>

#include "audit/record.h"
#include "base/log.h"
#include "directory/groups.h"
#include "directory/mass_change_image.h"

namespace rollcall::directory {
namespace {

constexpr int64_t kMinuteMs = 60'000;
constexpr int64_t kHourMs = 60 * kMinuteMs;
constexpr int64_t kSample = 10;
constexpr int64_t kAnnouncedMax = 10'000'000;

std::optional<Loss::Kind> loss_of_user(const Resource& before, const Resource* after) {
    if (before.member->removed_at) return std::nullopt;
    if (after == nullptr || after->member->removed_at) return Loss::Kind::Deletion;
    if (before.member->is_active() && !after->member->is_active()) return Loss::Kind::Deactivation;
    return std::nullopt;
}

// It does for its members what they could not do without it: in itself, or by a group that it is in.
bool grants_something(Context& context, ResourceId group) {
    const auto mode = context.policy.groups;
    std::vector<ResourceId> reached{group};
    std::unordered_set<ResourceId> seen{group};
    for (size_t at = 0; at < reached.size(); ++at) {
        const ResourceId here = reached[at];
        const auto state = context.transaction.find_group_state(here);
        if (!state || !state->enabled) continue;
        if (mode == GroupMode::Paths || mode == GroupMode::Cohorts) return true;
        if (!context.transaction.grants_of(here).empty()) return true;
        for (const auto& above : context.transaction.direct_groups_of(here)) {
            if (seen.insert(above.id).second) reached.push_back(above.id);
        }
    }
    return false;
}

std::optional<Loss::Kind> kind_of(Context& context, const Change& change, std::span<const ResourceId> removed) {
    if (change.before == nullptr) return std::nullopt;
    if (change.before->member) return loss_of_user(*change.before, change.after);
    if (removed.empty() || change.before->type->name != kGroupType) return std::nullopt;
    if (!grants_something(context, change.before->id)) return std::nullopt;
    return change.after == nullptr ? Loss::Kind::GroupDeletion : Loss::Kind::Removal;
}

bool is_announced(Context& context, MassChangeGuard& guard, int64_t weight) {
    if (guard.announced < weight || guard.announced_until <= context.now) return false;
    guard.announced -= weight;
    context.transaction.put_mass_change_guard(guard);
    return true;
}

// How many losses are not too many yet. Members are counted when it matters, and once in the time at most: there may be
// a million.
int64_t bound(Context& context, MassChangeGuard& guard, Instant begin, int64_t so_far) {
    const auto& policy = context.policy;
    if (so_far <= policy.mass_change_members) return policy.mass_change_members;
    if (guard.counted <= begin) {
        guard.members =
            context.transaction.count_active_managed_members() + context.transaction.losses_after(begin);
        guard.counted = context.now;
        context.transaction.put_mass_change_guard(guard);
    }
    return std::max(policy.mass_change_members, guard.members * policy.mass_change_percent / 100);
}

void tell(Context& context, const MassChange& change) {
    auto& transaction = context.transaction;
    const std::string id = change.id.text();
    json::array sample;
    for (const auto& member : sample_of_losses(transaction)) sample.emplace_back(member.text());
    json::object payload{{"losses", change.losses},
                         {"members", change.members},
                         {"first", format_instant(change.first)},
                         {"due", format_instant(change.due)},
                         {"sample", std::move(sample)}};
    if (!change.credential.is_nil()) payload["credential"] = change.credential.text();
    if (!change.address.empty()) payload["address"] = change.address;
    audit::record(transaction, {context.caller, context.request, context.now}, "mass_change.notice",
                  {"mass_change", id}, to_json(payload));
    transaction.append_outbox({context.now, "notice", "MassChange", ResourceId{change.id.bytes}, 0});
    log(LogLevel::Warning, "mass change",
        {{"tenant", context.caller.tenant_slug},
         {"mass_change", id},
         {"losses", change.losses},
         {"members", change.members},
         {"credential", change.credential.text()},
         {"address", change.address}});
}

}  // namespace

std::vector<ResourceId> sample_of_losses(store::TenantTransaction& transaction) {
    std::vector<ResourceId> found;
    for (const auto& loss : transaction.losses(0, kSample)) found.push_back(loss.target);
    return found;
}

Result<PendingLoss> weigh_loss(Context& context, const Change& change, std::span<const ResourceId> removed) {
    PendingLoss pending;
    pending.loss.weight = 0;
    const auto& policy = context.policy;
    if (policy.mass_change_guard == MassChangeMode::Off) return pending;
    const auto kind = kind_of(context, change, removed);
    if (!kind) return pending;
    auto& transaction = context.transaction;
    transaction.lock_tenant();
    const int64_t weight = removed.empty() ? 1 : static_cast<int64_t>(removed.size());
    auto guard = transaction.mass_change_guard();
    if (is_announced(context, guard, weight)) return pending;
    const auto open = transaction.open_mass_change();
    const Instant begin{context.now.ms - policy.mass_change_minutes * kMinuteMs};
    if (!open) transaction.forget_losses(begin);
    if (open && policy.mass_change_guard == MassChangeMode::Hold && *kind != Loss::Kind::Deactivation) {
        return std::unexpected(Error{ErrorKind::Unavailable,
                                     "Too many members of this tenant have lost access within a short time. "
                                     "Deletions wait until an administrator has released the mass change.",
                                     std::string(kWaitsForDecision)});
    }
    pending.so_far = transaction.losses_after(begin) + weight;
    pending.is_one_too_many = !open && pending.so_far > bound(context, guard, begin, pending.so_far);
    pending.is_mass_change = open || pending.is_one_too_many;
    pending.members = guard.members;
    Loss& loss = pending.loss;
    loss.time = context.now;
    loss.kind = *kind;
    loss.target = change.before->id;
    loss.weight = weight;
    if (context.caller.channel == Channel::Scim) loss.credential = context.caller.credential;
    loss.address = context.caller.address;
    loss.image = image_of(context, *kind, *change.before, removed);
    return pending;
}

void note_loss(Context& context, PendingLoss pending, int64_t version) {
    Loss& loss = pending.loss;
    if (loss.weight == 0) return;
    loss.version = version;
    loss.waits = pending.completes_later;
    context.transaction.append_loss(loss);
    if (!pending.is_one_too_many) return;
    MassChange change;
    change.id = MassChangeId::create();
    change.first = context.transaction.losses(0, 1).front().time;
    change.noticed = context.now;
    change.due = Instant{context.now.ms + context.policy.mass_change_hours * kHourMs};
    change.losses = pending.so_far;
    change.members = pending.members;
    change.credential = loss.credential;
    change.address = loss.address;
    change.needs_two = context.policy.mass_change_second_approver;
    change.alert_due = context.now;
    context.transaction.put_mass_change(change);
    tell(context, change);
}

Result<void> announce_losses(Context& context, int64_t changes, Instant until) {
    if (changes < 0 || changes > kAnnouncedMax) {
        return failure(ErrorKind::InvalidValue, "Between 0 and 10000000 losses can be announced.");
    }
    auto& transaction = context.transaction;
    transaction.lock_tenant();
    auto guard = transaction.mass_change_guard();
    guard.announced = changes;
    guard.announced_until = until;
    transaction.put_mass_change_guard(guard);
    audit::record(transaction, {context.caller, context.request, context.now}, "mass_change.announce",
                  {"tenant", context.caller.tenant_slug},
                  to_json(json::object{{"losses", changes}, {"until", format_instant(until)}}));
    return {};
}

}  // namespace rollcall::directory
