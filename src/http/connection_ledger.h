// Who is connected: the bounds on connections in all, per address, and with an unfinished head (threat T54, T55).
// A connection enters when it is accepted and leaves once. A connection whose head is incomplete is noted; when there
// are too many of them, or of connections at all, the oldest unfinished one has to go: it is the one that costs
// memory and gives nothing. Safe on any thread; a request that arrives in one piece on an old connection never
// comes here.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "base/limits.h"
#include "base/address.h"

namespace rollcall::http {

class Connection;

class ConnectionLedger {
public:
    enum class Entry { Accepted, AddressFull, Full };
    enum class Peer { Client, Proxy };

    explicit ConnectionLedger(const Limits& limits) : limits_(limits) {}

    // Full: connections_max is reached and none has an unfinished head. With Accepted, `evicted` may name a
    // connection that the caller must evict() to make room.
    Entry enter(const IpAddress& address, Peer peer, std::shared_ptr<Connection>& evicted);
    void leave(const IpAddress& address);

    // Notes an unfinished head; the number is for head_finished(). `evicted` as above.
    uint64_t head_begun(std::weak_ptr<Connection> connection, std::shared_ptr<Connection>& evicted);
    void head_finished(uint64_t number);   // of a connection evicted meanwhile: no effect

    size_t connections() const;
    size_t unfinished_heads() const;

private:
    std::shared_ptr<Connection> take_oldest();

    const Limits& limits_;
    mutable std::mutex mutex_;
    size_t connections_ = 0;
    std::map<IpAddress, size_t> per_address_;
    uint64_t last_number_ = 0;
    std::map<uint64_t, std::weak_ptr<Connection>> unfinished_;   // in order of age
};

}  // namespace rollcall::http
