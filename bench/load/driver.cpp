#include "driver.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace rollcall::bench {
namespace {

constexpr size_t kReadBytes = 256 * 1024;
constexpr uint64_t kErrorsMax = 100;                    // after so many nothing is to be learnt any more
constexpr auto kAnswerTimeMax = std::chrono::seconds(30);

sockaddr_in address_of(const Plan& plan) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(plan.port);
    ::inet_pton(AF_INET, plan.host.c_str(), &address.sin_addr);
    return address;
}

}  // namespace

void Tally::merge(const Tally& other) {
    latency.merge(other.latency);
    body_bytes += other.body_bytes;
    sent += other.sent;
    answered += other.answered;
    errors += other.errors;
    reconnects += other.reconnects;
    if (first_error.empty()) first_error = other.first_error;
    if (other.last_answer > last_answer) last_answer = other.last_answer;
}

Driver::Driver(const Plan& plan, Window& window, size_t number, size_t connections)
    : plan_(plan), window_(window), maker_(plan, number, window.additions), connections_(connections),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)), buffer_(kReadBytes) {
    // Pages of different connections should not go in step.
    for (size_t i = 0; i < connections; ++i) connections_[i].page = (number + i * plan.threads) * 7 % plan.pages;
}

Driver::~Driver() {
    for (const auto& connection : connections_) {
        if (connection.socket >= 0) ::close(connection.socket);
    }
    ::close(epoll_);
}

void Driver::connect() {
    for (auto& connection : connections_) open(connection);
}

void Driver::open(Connection& connection) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = address_of(plan_);
    if (socket < 0 || ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw std::runtime_error(std::string("cannot connect: ") + std::strerror(errno));
    }
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connection.socket = socket;
    connection.reader.reset();
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &connection;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event);
}

void Driver::reopen(Connection& connection) {
    ::close(connection.socket);
    connection.socket = -1;
    open(connection);
}

bool Driver::over(Clock::time_point now) {
    if (tally_.errors >= kErrorsMax) return true;
    if (plan_.requests > 0) return window_.requests_left.fetch_sub(1, std::memory_order_relaxed) <= 0;
    return now >= window_.end;
}

void Driver::run() {
    const auto start = Clock::now();
    for (auto& connection : connections_) send_next(connection, start);
    std::array<epoll_event, 256> events;
    while (waiting_ > 0) {
        const int timeout_ms = static_cast<int>(std::chrono::milliseconds(kAnswerTimeMax).count());
        const int count = ::epoll_wait(epoll_, events.data(), events.size(), timeout_ms);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            tally_.errors += waiting_;
            if (tally_.first_error.empty()) tally_.first_error = "no answer for 30 s";
            return;
        }
        for (int i = 0; i < count; ++i) on_readable(*static_cast<Connection*>(events[static_cast<size_t>(i)].data.ptr));
    }
}

void Driver::send_next(Connection& connection, Clock::time_point now) {
    if (connection.waiting) --waiting_;
    connection.waiting = false;
    if (over(now)) return;
    request_.clear();
    maker_.append(connection.page, request_);
    connection.reader.reset();
    connection.sent_at = now;
    connection.waiting = true;
    ++waiting_;
    ++tally_.sent;
    write_all(connection);
}

// Requests fit the socket's buffer; the wait is for the one that does not.
void Driver::write_all(Connection& connection) {
    std::string_view rest = request_;
    while (!rest.empty()) {
        const auto written = ::send(connection.socket, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (written > 0) {
            rest.remove_prefix(static_cast<size_t>(written));
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            pollfd writable{connection.socket, POLLOUT, 0};
            ::poll(&writable, 1, 1'000);
        } else {
            return;   // the read that follows finds the connection closed
        }
    }
}

void Driver::on_readable(Connection& connection) {
    const auto count = ::recv(connection.socket, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
    if (count <= 0) {
        if (connection.waiting) return fail(connection, "the connection was closed before the answer");
        ::epoll_ctl(epoll_, EPOLL_CTL_DEL, connection.socket, nullptr);
        return;
    }
    std::string_view bytes(buffer_.data(), static_cast<size_t>(count));
    switch (connection.reader.take(bytes)) {
        case AnswerReader::Progress::NeedMore: return;
        case AnswerReader::Progress::Broken: return fail(connection, "an answer that is no HTTP/1.1 with a length");
        case AnswerReader::Progress::Complete: break;
    }
    if (!bytes.empty()) return fail(connection, "more bytes than the answer has");
    finish(connection);
}

void Driver::finish(Connection& connection) {
    const auto now = Clock::now();
    const auto& answer = connection.reader;
    ++tally_.answered;
    tally_.last_answer = now;
    const bool good = answer.status() < 300 && answer.body_bytes() >= plan_.answer_bytes_min;
    if (!good) {
        ++tally_.errors;
        if (tally_.first_error.empty()) {
            tally_.first_error = "status " + std::to_string(answer.status()) + " with " +
                                 std::to_string(answer.body_bytes()) + " bytes";
        }
    } else if (plan_.requests > 0 || (now >= window_.begin && now < window_.end)) {
        tally_.latency.add(static_cast<uint64_t>((now - connection.sent_at).count()));
        tally_.body_bytes += answer.body_bytes();
    }
    if (answer.closes()) {
        ++tally_.reconnects;
        reopen(connection);
    }
    send_next(connection, now);
}

void Driver::fail(Connection& connection, const std::string& what) {
    ++tally_.errors;
    if (tally_.first_error.empty()) tally_.first_error = what;
    reopen(connection);
    send_next(connection, Clock::now());
}

}  // namespace rollcall::bench
