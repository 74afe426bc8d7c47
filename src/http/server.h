// The HTTP/1.1 server: accepts connections, guards them with every limit of base/limits.h, and hands requests to an
// Application. Knows nothing of SCIM; its own refusals become documents through Application::refuse.
//
//   acceptor --round robin--> worker (a thread, an event loop, its connections)
//                                 | handler inline                     | Write: Store::submit, answered when durable
//                                 |                                    | Scan: on the pool
//
// One acceptor deals connections out in turn, because an identity provider opens few of them and the kernel's hash
// over several listening sockets may put all on one thread.
//
// Promises: a request is answered once and in order; what is refused at this layer never reaches the Application's
// handler; stop() loses no request that was begun within shutdown_ms.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "http/message.h"
#include "http/tls.h"
#include "store/store.h"

namespace rollcall::http {

struct ServerOptions {
    std::string address = "127.0.0.1";          // numeric, IPv4 or IPv6; "localhost" is 127.0.0.1
    uint16_t port = 0;                          // 0: any free one, see Server::port()
    unsigned threads = 0;                       // 0: one a core
    unsigned pool_threads = 2;                  // for Scan
    unsigned waiting_threads = 4;               // for Scan::waits
    Limits limits = {};
    std::vector<std::string> trusted_proxies = {};   // addresses or blocks whose X-Forwarded fields are believed
    std::optional<TlsFiles> tls = {};
    bool insecure = false;                      // plain HTTP on any address without a proxy: tests and closed networks
};

class Server {
public:
    // Binds and listens, so that everything that can be wrong with the options is an error here, with a sentence that
    // says what to change: address unreadable or not of this machine, port taken or not allowed, certificate or key
    // unreadable or not matching, a proxy that is no address, plain HTTP where others could listen in (P-SEC-01).
    // `store` must outlive the server. Makes the process ignore SIGPIPE.
    static Result<std::unique_ptr<Server>> create(const ServerOptions& options, Application application,
                                                  store::Store& store);
    virtual ~Server() = default;

    // Serves on threads of its own; returns after stop(), when the last request is answered or shutdown_ms are over.
    // Once.
    virtual void run() = 0;

    // Any thread, any number of times, also before run(). Not from a signal handler itself: use a thread that waits
    // for signals. Idle connections are closed, the others after the answer they wait for.
    virtual void stop() = 0;

    // Reads certificate and key again; connections that are open keep theirs. Error: as at create(), and the old
    // certificate stays. Does nothing without TLS. Any thread.
    virtual Result<void> reload_certificate() = 0;

    virtual uint16_t port() const = 0;

    // For /metrics: name and value. Any thread.
    virtual std::vector<std::pair<std::string, double>> statistics() const = 0;
};

}  // namespace rollcall::http
