#include <algorithm>

#include "store/memory/tenant.h"

namespace rollcall::store::memory {

void MemoryTenant::append_event(Event& event) {
    auto& end = change().last_event;
    const Event none;
    const Event& last = end == nullptr ? none : end->event;
    event.seq = last.seq + 1;
    event.time = std::max(event.time, last.time);
    event.code = chain_code(nullptr, last.code, id_.value, event);
    end = std::shared_ptr<const EventNode>(new EventNode{event, end});
}

std::vector<Event> MemoryTenant::search_events(const EventSearch& search, int64_t& looked_to) {
    looked_to = 0;
    std::vector<Event> found;
    for (auto at = data().last_event.get(); at != nullptr; at = at->before.get()) {
        const Event& event = at->event;
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
    std::vector<const Event*> wanted;
    for (auto at = data().last_event.get(); at != nullptr && at->event.seq > after; at = at->before.get()) {
        wanted.push_back(&at->event);
    }
    for (auto at = wanted.rbegin(); at != wanted.rend(); ++at) {
        if (!visit(**at)) return;
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
    const auto& last = data().last_event;
    if (last == nullptr) return {};
    return {last->event.seq, last->event.code};
}

}  // namespace rollcall::store::memory
