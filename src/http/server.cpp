#include "http/server.h"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <csignal>
#include <thread>

#include "base/log.h"
#include "http/connection.h"
#include "http/worker.h"

namespace rollcall::http {
namespace {

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;

// What a process without free descriptors waits before it tries again.
constexpr std::chrono::milliseconds kAcceptPause(100);

IpAddress ip_address(const asio::ip::address& address) {
    IpAddress out;
    if (address.is_v4()) {
        auto bytes = asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()).to_bytes();
        std::copy(bytes.begin(), bytes.end(), out.bytes.begin());
    } else {
        auto bytes = address.to_v6().to_bytes();
        std::copy(bytes.begin(), bytes.end(), out.bytes.begin());
    }
    return out;
}

class AsioServer final : public Server {
public:
    AsioServer(const ServerOptions& options, std::shared_ptr<ServerState> state);

    Result<void> listen();
    void run() override;
    void stop() override;
    Result<void> reload_certificate() override;
    uint16_t port() const override { return port_; }
    std::vector<std::pair<std::string, double>> statistics() const override;

private:
    void accept();
    void accept_waiting();
    void accepted(boost::system::error_code error, Socket socket, Worker& worker);
    void admit(Socket socket, Worker& worker);
    void turn_away(Socket& socket, std::string_view detail);

    const ServerOptions options_;
    std::shared_ptr<ServerState> state_;
    std::vector<std::shared_ptr<Worker>> workers_;
    Acceptor acceptor_;                     // on the first worker's thread
    Timer pause_;
    bool accepting_ = true;
    size_t turn_ = 0;
    uint16_t port_ = 0;
};

std::vector<std::shared_ptr<Worker>> make_workers(unsigned threads, const std::shared_ptr<ServerState>& state) {
    if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
    std::vector<std::shared_ptr<Worker>> workers;
    for (unsigned i = 0; i < threads; ++i) workers.push_back(std::make_shared<Worker>(state));
    return workers;
}

AsioServer::AsioServer(const ServerOptions& options, std::shared_ptr<ServerState> state)
    : options_(options), state_(std::move(state)), workers_(make_workers(options.threads, state_)),
      acceptor_(workers_.front()->context()), pause_(workers_.front()->context()) {}

// EADDRNOTAVAIL, EADDRINUSE and EACCES are what an operator can cause; anything else is named by the system.
Error listen_error(const ServerOptions& options, const boost::system::error_code& error) {
    std::string where = options.address + " port " + std::to_string(options.port);
    if (error == asio::error::address_in_use) {
        return {ErrorKind::Unavailable, "Cannot listen on " + where + ": another process has this port."};
    }
    if (error == boost::system::errc::address_not_available) {
        return {ErrorKind::InvalidValue, "Cannot listen on " + where + ": the address is none of this machine's."};
    }
    if (error == asio::error::access_denied) {
        return {ErrorKind::Forbidden, "Cannot listen on " + where + ": ports below 1024 need a privilege."};
    }
    return {ErrorKind::Unavailable, "Cannot listen on " + where + ": " + error.message() + "."};
}

Result<IpAddress> listening_address(const ServerOptions& options) {
    auto address = IpAddress::parse(options.address == "localhost" ? "127.0.0.1" : options.address);
    if (!address) {
        return failure(ErrorKind::InvalidValue, "The address to listen on must be numeric, like 127.0.0.1 or ::1.");
    }
    bool is_protected = options.tls || options.insecure || !options.trusted_proxies.empty();
    if (!address->is_loopback() && !is_protected) {
        return failure(ErrorKind::InvalidValue,
                       "Plain HTTP on " + options.address +
                           " would send credentials in clear: configure a certificate, name the proxy that "
                           "terminates TLS, or listen on 127.0.0.1.");
    }
    return *address;
}

Result<void> AsioServer::listen() {
    IpAddress address = TRY(listening_address(options_));
    boost::system::error_code error;
    asio::ip::tcp::endpoint endpoint(asio::ip::make_address(address.text(), error), options_.port);
    if (!error) acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error && endpoint.protocol() == asio::ip::tcp::v6()) acceptor_.set_option(asio::ip::v6_only(false), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    if (error) return std::unexpected(listen_error(options_, error));
    return {};
}

void AsioServer::run() {
    state_->waiting_pool.emplace(options_.waiting_threads, [this] { state_->store.end_read(); });
    state_->pool.emplace(std::max(1u, options_.pool_threads), [this] { state_->store.end_read(); });
    if (!state_->stopping) asio::post(workers_.front()->context(), [this] { accept(); });
    std::vector<std::jthread> threads;
    for (auto& worker : workers_) threads.emplace_back([worker] { worker->run(); });
    threads.clear();
    state_->pool.reset();
    state_->waiting_pool.reset();
    // The store finishes what it was given, also when nobody waits for the answer any more; jobs use the application.
    for (size_t left = state_->writes_in_flight; left > 0; left = state_->writes_in_flight) {
        state_->writes_in_flight.wait(left);
    }
}

void AsioServer::accept() {
    if (!acceptor_.is_open()) return;
    Worker& worker = *workers_[turn_++ % workers_.size()];
    acceptor_.async_accept(worker.context(), [this, &worker](boost::system::error_code error, Socket socket) {
        accepted(error, std::move(socket), worker);
    });
}

void AsioServer::accepted(boost::system::error_code error, Socket socket, Worker& worker) {
    if (error == asio::error::operation_aborted) return;
    if (!error) {
        accepting_ = true;
        accept();
        admit(std::move(socket), worker);
        return;
    }
    if (!acceptor_.is_open()) return;
    if (error == asio::error::connection_aborted) {
        accept();
        return;
    }
    // Said once, until one is accepted again.
    if (accepting_) log(LogLevel::Warning, "cannot accept connections", {{"what", error.message()}});
    accepting_ = false;
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](boost::system::error_code) { accept(); });
}

void AsioServer::admit(Socket socket, Worker& worker) {
    boost::system::error_code error;
    auto remote = socket.remote_endpoint(error);
    if (error) return;
    IpAddress peer = ip_address(remote.address());
    auto kind = state_->proxies.trusts(peer) ? ConnectionLedger::Peer::Proxy : ConnectionLedger::Peer::Client;
    std::shared_ptr<Connection> evicted;
    auto entry = state_->ledger.enter(peer, kind, evicted);
    if (evicted) evicted->evict();
    WorkerCounts& counts = workers_.front()->counts();
    switch (entry) {
        case ConnectionLedger::Entry::Accepted: worker.adopt(std::move(socket), peer); return;
        case ConnectionLedger::Entry::AddressFull:
            counts.of(Reason::AddressFull).add();
            turn_away(socket, "Too many connections from this address.");
            return;
        case ConnectionLedger::Entry::Full:
            counts.of(Reason::Full).add();
            turn_away(socket, "The server has as many connections as it can hold.");
            return;
    }
}

// One attempt to say why, without keeping anything for this client. Under TLS there is nobody to say it to yet.
void AsioServer::turn_away(Socket& socket, std::string_view detail) {
    boost::system::error_code ignored;
    if (!state_->tls()) {
        Response response = state_->application.refuse(503, detail);
        response.with("Retry-After", "2");
        DateText date;
        std::string text;
        append_answer_head(response, RequestId::create(), date.at(system_now()), Persistence::Close, text);
        text += response.body;
        socket.non_blocking(true, ignored);
        socket.write_some(asio::buffer(text), ignored);
    }
    socket.shutdown(Socket::shutdown_send, ignored);
    socket.close(ignored);
}

void AsioServer::stop() {
    if (state_->stopping.exchange(true)) return;
    asio::post(workers_.front()->context(), [this] {
        boost::system::error_code ignored;
        accept_waiting();
        acceptor_.close(ignored);
        pause_.cancel();
        // Behind the connection that may have been accepted just now, whose turn comes next.
        asio::post(workers_.front()->context(), [this] {
            for (auto& worker : workers_) worker->begin_stop(state_->limits.shutdown_ms);
        });
    });
}

// Clients that the kernel has let in may have sent a request already: closing would throw it away.
void AsioServer::accept_waiting() {
    boost::system::error_code error;
    acceptor_.non_blocking(true, error);
    for (int left = asio::socket_base::max_listen_connections; left > 0 && !error; --left) {
        Worker& worker = *workers_[turn_++ % workers_.size()];
        Socket socket(worker.context());
        acceptor_.accept(socket, error);
        if (!error) admit(std::move(socket), worker);
    }
}

Result<void> AsioServer::reload_certificate() {
    if (!options_.tls) return {};
    state_->set_tls(TRY(TlsIdentity::load(*options_.tls)));
    return {};
}

std::vector<std::pair<std::string, double>> AsioServer::statistics() const {
    static constexpr std::array<const char*, kReasons> kNames = {
        "http_refused_framing",      "http_refused_size", "http_refused_slow",    "http_refused_overload",
        "http_refused_address_full", "http_refused_full", "http_refused_evicted", "http_refused_tls"};
    uint64_t connections = 0, requests = 0, bytes_received = 0, bytes_sent = 0;
    std::array<uint64_t, kReasons> refused{};
    for (const auto& worker : workers_) {
        const WorkerCounts& counts = worker->counts();
        connections += counts.connections.value();
        requests += counts.requests.value();
        bytes_received += counts.bytes_received.value();
        bytes_sent += counts.bytes_sent.value();
        for (size_t i = 0; i < kReasons; ++i) refused[i] += counts.refused[i].value();
    }
    std::vector<std::pair<std::string, double>> out = {
        {"http_connections", static_cast<double>(state_->ledger.connections())},
        {"http_unfinished_heads", static_cast<double>(state_->ledger.unfinished_heads())},
        {"http_connections_total", static_cast<double>(connections)},
        {"http_requests_total", static_cast<double>(requests)},
        {"http_requests_in_flight", static_cast<double>(state_->requests_in_flight.load())},
        {"http_body_bytes_in_flight", static_cast<double>(state_->body_bytes_in_flight.load())},
        {"http_bytes_received_total", static_cast<double>(bytes_received)},
        {"http_bytes_sent_total", static_cast<double>(bytes_sent)},
    };
    for (size_t i = 0; i < kReasons; ++i) out.emplace_back(kNames[i], static_cast<double>(refused[i]));
    return out;
}

}  // namespace

Result<std::unique_ptr<Server>> Server::create(const ServerOptions& options, Application application,
                                               store::Store& store) {
    auto proxies = TRY(TrustedProxies::parse(options.trusted_proxies));
    auto state = std::make_shared<ServerState>(options.limits, std::move(application), store, std::move(proxies));
    if (options.tls) state->set_tls(TRY(TlsIdentity::load(*options.tls)));
    std::signal(SIGPIPE, SIG_IGN);
    auto server = std::make_unique<AsioServer>(options, std::move(state));
    TRY_VOID(server->listen());
    return server;
}

}  // namespace rollcall::http
