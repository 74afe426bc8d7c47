// Only the counting: what happens to connections that must go is tested over sockets in tests/edge.
#include "http/connection_ledger.h"

#include <gtest/gtest.h>

namespace rollcall::http {
namespace {

using Entry = ConnectionLedger::Entry;
using Peer = ConnectionLedger::Peer;

Limits small() {
    Limits limits;
    limits.connections_max = 4;
    limits.connections_per_address_max = 2;
    limits.connections_per_proxy_max = 3;
    limits.unfinished_heads_max = 2;
    return limits;
}

TEST(ConnectionLedger, PerAddress) {
    Limits limits = small();
    ConnectionLedger ledger(limits);
    std::shared_ptr<Connection> evicted;
    IpAddress a = *IpAddress::parse("192.0.2.1"), b = *IpAddress::parse("192.0.2.2");
    EXPECT_EQ(ledger.enter(a, Peer::Client, evicted), Entry::Accepted);
    EXPECT_EQ(ledger.enter(a, Peer::Client, evicted), Entry::Accepted);
    EXPECT_EQ(ledger.enter(a, Peer::Client, evicted), Entry::AddressFull);
    EXPECT_EQ(ledger.enter(a, Peer::Proxy, evicted), Entry::Accepted);
    EXPECT_EQ(ledger.enter(a, Peer::Proxy, evicted), Entry::AddressFull);
    EXPECT_EQ(ledger.enter(b, Peer::Client, evicted), Entry::Accepted);
    EXPECT_EQ(ledger.enter(b, Peer::Client, evicted), Entry::Full);
    ledger.leave(a);
    EXPECT_EQ(ledger.enter(b, Peer::Client, evicted), Entry::Accepted);
    EXPECT_EQ(ledger.connections(), 4u);
}

TEST(ConnectionLedger, UnfinishedHeads) {
    Limits limits = small();
    ConnectionLedger ledger(limits);
    std::shared_ptr<Connection> evicted;
    uint64_t first = ledger.head_begun({}, evicted);
    uint64_t second = ledger.head_begun({}, evicted);
    EXPECT_LT(first, second);
    EXPECT_EQ(ledger.unfinished_heads(), 2u);
    ledger.head_finished(first);
    ledger.head_finished(first);
    EXPECT_EQ(ledger.unfinished_heads(), 1u);
    EXPECT_FALSE(evicted);
}

}  // namespace
}  // namespace rollcall::http
