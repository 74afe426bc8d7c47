// One thread of the server with its event loop and its connections, and the state that all of them share. Includes
// Asio: only connection*.cpp, worker.cpp and server.cpp may include this.
#pragma once

#include <atomic>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/limits.h"
#include "base/address.h"
#include "http/answer.h"
#include "http/connection_ledger.h"
#include "http/forwarded.h"
#include "http/message.h"
#include "http/tls.h"
#include "http/work_pool.h"
#include "store/store.h"

namespace rollcall::http {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                                         Executor>;

// Why the transport refused or cut something; one counter each.
enum class Reason {
    Framing,         // malformed or ambiguous: 400, 415, 417, 501, 505
    Size,            // 413, 414, 431
    Slow,            // 408, or cut while idle in the middle of something
    Overload,        // 503: requests in flight, bodies in flight, the pool's queue
    AddressFull,     // connections of one address
    Full,            // connections in all
    Evicted,         // the oldest unfinished head
    Tls,             // failed handshakes
};
constexpr size_t kReasons = 8;

class Count {
public:
    void add(uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
    uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<uint64_t> value_ = 0;
};

struct WorkerCounts {
    Count connections;
    Count requests;
    Count bytes_received;
    Count bytes_sent;
    std::array<Count, kReasons> refused;
    Count& of(Reason reason) { return refused[static_cast<size_t>(reason)]; }
};

// Shared by all threads; outlives every connection and every job that was given to the store.
struct ServerState {
    ServerState(const Limits& numbers, Application handlers, store::Store& data, TrustedProxies trusted)
        : limits(numbers), application(std::move(handlers)), store(data), proxies(std::move(trusted)),
          ledger(limits) {}

    const Limits limits;
    const Application application;
    store::Store& store;
    const TrustedProxies proxies;
    ConnectionLedger ledger;
    std::optional<WorkPool> pool;                       // while the server runs
    std::optional<WorkPool> waiting_pool;               // the same; for what waits for other servers
    std::atomic<size_t> requests_in_flight = 0;
    std::atomic<size_t> body_bytes_in_flight = 0;
    std::atomic<size_t> writes_in_flight = 0;           // jobs the store has; they may use the application
    std::atomic<bool> stopping = false;

    // The certificate of new connections; null without TLS.
    std::shared_ptr<const TlsIdentity> tls() const {
        std::lock_guard lock(tls_mutex_);
        return tls_;
    }
    void set_tls(std::shared_ptr<const TlsIdentity> identity) {
        std::lock_guard lock(tls_mutex_);
        tls_ = std::move(identity);
    }

private:
    mutable std::mutex tls_mutex_;
    std::shared_ptr<const TlsIdentity> tls_;
};

class Worker : public std::enable_shared_from_this<Worker> {
public:
    explicit Worker(std::shared_ptr<ServerState> state);
    ~Worker();

    // Runs the loop on the calling thread until begin_stop() and the last connection is gone.
    void run();

    // From any thread: takes over an accepted connection; stops when the connections are done, at the latest
    // `within_ms` from now.
    void adopt(Socket socket, const IpAddress& peer);
    void begin_stop(int64_t within_ms);

    asio::io_context& context() { return context_; }
    ServerState& state() { return *state_; }
    WorkerCounts& counts() { return counts_; }

    // The rest is for this worker's connections, on its thread.
    static int64_t now_ms();                        // monotonic
    std::string_view date(Instant now) { return date_.at(now); }
    // Something may have read from the store on this thread: the view is given back once nothing has for a few
    // milliseconds.
    void note_read();
    // Calls send_now() of the connection when what was ready in this turn of the loop has been worked on: answers
    // that leave together wake a client once, not one by one in the middle of the work.
    void send_soon(std::shared_ptr<Connection> connection);
    // Calls admit_now() of the connection when everything that was ready in this turn has been read: what the
    // requests look up is asked of the store at once (Store::foresee).
    void admit_soon(std::shared_ptr<Connection> connection);
    void forget(Connection& connection);
    // Bytes nobody will look at, for connections that are being drained.
    std::span<char> scratch() { return scratch_; }

private:
    void await_others();
    void admit_all();
    void arm_read_timer();
    void sweep();
    void arm_sweeper();
    void finish_if_empty();

    std::shared_ptr<ServerState> state_;
    WorkerCounts counts_;
    DateText date_;
    std::array<char, 16 * 1024> scratch_;
    asio::io_context context_;
    std::optional<asio::executor_work_guard<Executor>> guard_;
    Timer sweeper_;
    Timer read_timer_;
    bool sweeper_armed_ = false;
    bool read_armed_ = false;
    bool has_read_ = false;                         // since the timer was armed
    std::vector<std::shared_ptr<Connection>> to_send_;
    std::vector<std::shared_ptr<Connection>> sending_;
    std::vector<std::shared_ptr<Connection>> to_admit_;
    std::vector<std::shared_ptr<Connection>> admitting_;
    int64_t stop_at_ms_ = 0;                        // 0: not stopping
    std::vector<std::shared_ptr<Connection>> connections_;
};

}  // namespace rollcall::http
