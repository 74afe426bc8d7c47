#include "http/connection_ledger.h"

#include "base/check.h"

namespace rollcall::http {

ConnectionLedger::Entry ConnectionLedger::enter(const IpAddress& address, Peer peer,
                                                std::shared_ptr<Connection>& evicted) {
    size_t address_max =
        peer == Peer::Proxy ? limits_.connections_per_proxy_max : limits_.connections_per_address_max;
    std::lock_guard lock(mutex_);
    auto of_address = per_address_.find(address);
    if (of_address != per_address_.end() && of_address->second >= address_max) return Entry::AddressFull;
    if (connections_ >= limits_.connections_max) {
        evicted = take_oldest();
        if (!evicted) return Entry::Full;
    }
    ++connections_;
    ++per_address_[address];
    return Entry::Accepted;
}

void ConnectionLedger::leave(const IpAddress& address) {
    std::lock_guard lock(mutex_);
    auto of_address = per_address_.find(address);
    CHECK(connections_ > 0 && of_address != per_address_.end());
    --connections_;
    if (--of_address->second == 0) per_address_.erase(of_address);
}

uint64_t ConnectionLedger::head_begun(std::weak_ptr<Connection> connection, std::shared_ptr<Connection>& evicted) {
    std::lock_guard lock(mutex_);
    if (unfinished_.size() >= limits_.unfinished_heads_max) evicted = take_oldest();
    unfinished_.emplace(++last_number_, std::move(connection));
    return last_number_;
}

void ConnectionLedger::head_finished(uint64_t number) {
    std::lock_guard lock(mutex_);
    unfinished_.erase(number);
}

size_t ConnectionLedger::connections() const {
    std::lock_guard lock(mutex_);
    return connections_;
}

size_t ConnectionLedger::unfinished_heads() const {
    std::lock_guard lock(mutex_);
    return unfinished_.size();
}

// Null when there is none. Whoever is taken is no longer counted as unfinished.
std::shared_ptr<Connection> ConnectionLedger::take_oldest() {
    while (!unfinished_.empty()) {
        auto oldest = unfinished_.begin()->second.lock();
        unfinished_.erase(unfinished_.begin());
        if (oldest) return oldest;
    }
    return nullptr;
}

}  // namespace rollcall::http
