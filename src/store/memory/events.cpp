#include <algorithm>

#include "store/memory/tenant.h"

namespace rollcall::store::memory {

void MemoryTenant::append_event(Event& event) {
    auto& events = change().events;
    const Event none;
    const Event& last = events.empty() ? none : events.back();
    event.seq = last.seq + 1;
    event.time = std::max(event.time, last.time);
    event.code = chain_code(nullptr, last.code, id_.value, event);
    events.push_back(event);
}

std::vector<Event> MemoryTenant::search_events(const EventSearch& search, int64_t& looked_to) {
    looked_to = 0;
    std::vector<Event> found;
    const auto& events = data().events;
    for (auto at = events.rbegin(); at != events.rend(); ++at) {
        const Event& event = *at;
        const bool action = search.action.empty() || event.action == search.action ||
                            (search.action.ends_with('.') && event.action.starts_with(search.action));
        const bool wanted = action && (!search.from || event.time >= *search.from) &&
                            (!search.until || event.time < *search.until) &&
                            (!search.before || event.seq < *search.before) &&
                            (search.channel.empty() || event.channel == search.channel) &&
                            (search.target_type.empty() || event.target_type == search.target_type) &&
                            (search.target.empty() || event.target == search.target) &&
                            (!search.actor || event.actor == *search.actor);
        if (!wanted) continue;
        found.push_back(event);
        if (static_cast<int64_t>(found.size()) < search.limit) continue;
        looked_to = event.seq <= 1 ? 0 : event.seq;
        break;
    }
    return found;
}

void MemoryTenant::visit_events(int64_t after, const std::function<bool(const Event&)>& visit) {
    for (const Event& event : data().events) {
        if (event.seq > after && !visit(event)) return;
    }
}

// The engine of the tests counts requests and keeps none.
std::vector<LoggedRequest> MemoryTenant::requests_of(CredentialId, const std::optional<RequestPlace>&,
                                                     int64_t) {
    return {};
}

std::vector<HourOfAnswers> MemoryTenant::answers_of(CredentialId, Instant) {
    return {};
}

EventHead MemoryTenant::event_head() {
    const auto& events = data().events;
    if (events.empty()) return {};
    return {events.back().seq, events.back().code};
}

}  // namespace rollcall::store::memory
