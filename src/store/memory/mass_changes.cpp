// Losses, mass changes and what their guard remembers.
#include <algorithm>

#include "store/memory/tenant.h"

namespace rollcall::store::memory {

void MemoryTenant::append_loss(Loss& loss) {
    auto& losses = change().losses;
    loss.seq = losses.empty() ? 1 : losses.back().seq + 1;
    if (!losses.empty()) loss.time = std::max(loss.time, losses.back().time);
    losses.push_back(loss);
}

int64_t MemoryTenant::losses_after(Instant time) {
    int64_t sum = 0;
    for (const auto& loss : data().losses) sum += loss.time > time ? loss.weight : 0;
    return sum;
}

std::vector<Loss> MemoryTenant::losses(int64_t above_seq, int64_t most) {
    std::vector<Loss> found;
    for (const auto& loss : data().losses) {
        if (loss.seq > above_seq && static_cast<int64_t>(found.size()) < most) found.push_back(loss);
    }
    return found;
}

std::vector<Loss> MemoryTenant::losses_before(int64_t below_seq, int64_t most) {
    std::vector<Loss> found;
    const auto& all = data().losses;
    for (auto at = all.rbegin(); at != all.rend() && static_cast<int64_t>(found.size()) < most; ++at) {
        if (at->seq < below_seq) found.push_back(*at);
    }
    return found;
}

void MemoryTenant::forget_losses(Instant until) {
    std::erase_if(change().losses, [&](const Loss& loss) { return loss.time <= until; });
}

std::optional<MassChange> MemoryTenant::open_mass_change() {
    for (const auto& [id, change] : data().mass_changes) {
        if (change.decision.empty()) return change;
    }
    return std::nullopt;
}

std::optional<MassChange> MemoryTenant::find_mass_change(MassChangeId id) {
    const auto found = data().mass_changes.find(id);
    if (found == data().mass_changes.end()) return std::nullopt;
    return found->second;
}

std::vector<MassChange> MemoryTenant::mass_changes(int64_t most) {
    std::vector<MassChange> found;
    const auto& all = data().mass_changes;
    for (auto at = all.rbegin(); at != all.rend() && static_cast<int64_t>(found.size()) < most; ++at) {
        found.push_back(at->second);
    }
    return found;
}

void MemoryTenant::put_mass_change(const MassChange& mass) {
    change().mass_changes[mass.id] = mass;
}

MassChangeGuard MemoryTenant::mass_change_guard() {
    return data().mass_change_guard;
}

void MemoryTenant::put_mass_change_guard(const MassChangeGuard& guard) {
    change().mass_change_guard = guard;
}

int64_t MemoryTenant::count_active_managed_members() {
    return std::ranges::count_if(data().member_rows, [](const auto& entry) {
        return entry.second.managed == Managed::Scim && entry.second.is_active();
    });
}

}  // namespace rollcall::store::memory
