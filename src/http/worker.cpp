#include "http/worker.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include "base/check.h"
#include "base/log.h"
#include "http/connection.h"

namespace rollcall::http {
namespace {

// Deadlines are kept to within this; one timer a thread costs nothing, one a connection costs 7 % of
// throughput.
constexpr std::chrono::milliseconds kSweepInterval(200);
// How long a view of the store is kept for the next request. Beginning one costs a fifth of a point read. The
// store itself gives up a view that is used without a pause before its log grows too long.
constexpr std::chrono::milliseconds kReadKept(5);

}  // namespace

Worker::Worker(std::shared_ptr<ServerState> state)
    : state_(std::move(state)),
      context_(1),
      guard_(context_.get_executor()),
      sweeper_(context_),
      read_timer_(context_) {}

Worker::~Worker() = default;

void Worker::run() {
    for (;;) {
        try {
            context_.run();
            break;
        } catch (const std::exception& error) {
            log(LogLevel::Error, "exception in the event loop", {{"what", error.what()}});
        }
    }
    state_->store.end_read();
}

void Worker::adopt(Socket socket, const IpAddress& peer) {
    asio::post(context_, [this, socket = std::move(socket), peer]() mutable {
        auto connection = std::make_shared<Connection>(*this, std::move(socket), peer);
        connection->set_place(connections_.size());
        connections_.push_back(connection);
        counts_.connections.add();
        connection->start();
        if (stop_at_ms_ != 0) connection->begin_stop();
        arm_sweeper();
    });
}

void Worker::begin_stop(int64_t within_ms) {
    asio::post(context_, [this, within_ms] {
        // The sweeper looks now and then only, and what it cuts must be gone in time.
        stop_at_ms_ = now_ms() + std::max<int64_t>(0, within_ms - 2 * kSweepInterval.count());
        for (size_t i = connections_.size(); i-- > 0;) {
            auto connection = connections_[i];
            connection->begin_stop();
        }
        arm_sweeper();
        finish_if_empty();
    });
}

int64_t Worker::now_ms() {
    auto since_boot = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since_boot).count();
}

void Worker::note_read() {
    has_read_ = true;
    if (!read_armed_) arm_read_timer();
}

void Worker::arm_read_timer() {
    read_armed_ = true;
    has_read_ = false;
    read_timer_.expires_after(kReadKept);
    read_timer_.async_wait([this](boost::system::error_code) {
        if (has_read_) {
            state_->store.yield_read();
            return arm_read_timer();
        }
        read_armed_ = false;
        state_->store.end_read();
    });
}

void Worker::send_soon(std::shared_ptr<Connection> connection) {
    to_send_.push_back(std::move(connection));
    if (to_send_.size() > 1) return;
    asio::post(context_, [this] {
        sending_.swap(to_send_);
        for (const auto& each : sending_) each->send_now();
        sending_.clear();
    });
}

void Worker::admit_soon(std::shared_ptr<Connection> connection) {
    to_admit_.push_back(std::move(connection));
    if (to_admit_.size() == 1) asio::post(context_, [this] { await_others(); });
}

// Requests of one turn share a question to the store. Where several arrive at a time others are on their way, as a
// rule from those who have just been answered: they get a chance to be sent, and are received.
void Worker::await_others() {
    if (to_admit_.size() == 1) return admit_all();
    std::this_thread::yield();
    // What has arrived is received behind the next handler, and that is the first of these two.
    asio::post(context_, [this] { asio::post(context_, [this] { admit_all(); }); });
}

void Worker::admit_all() {
    admitting_.swap(to_admit_);
    note_read();
    try {
        std::vector<store::Foreseen> foreseen;
        for (const auto& each : admitting_) {
            if (each->is_to_be_admitted()) foreseen.push_back(state_->application.foresee(each->head()));
        }
        state_->store.foresee(foreseen);
    } catch (const std::exception& failure) {
        // Each request asks for itself, and is answered with what it meets.
        log(LogLevel::Error, "store failed ahead of requests", {{"what", failure.what()}});
    }
    for (const auto& each : admitting_) each->admit_now();
    admitting_.clear();
    state_->store.end_foreseen();
}

// The last one takes the place of the one that goes.
void Worker::forget(Connection& connection) {
    size_t place = connection.place();
    CHECK(place < connections_.size() && connections_[place].get() == &connection);
    std::swap(connections_[place], connections_.back());
    connections_[place]->set_place(place);
    connections_.pop_back();
    finish_if_empty();
}

void Worker::arm_sweeper() {
    if (sweeper_armed_ || connections_.empty()) return;
    sweeper_armed_ = true;
    sweeper_.expires_after(kSweepInterval);
    sweeper_.async_wait([this](boost::system::error_code) {
        sweeper_armed_ = false;
        sweep();
        arm_sweeper();
    });
}

// Backwards, because a connection that is closed is replaced by one that was looked at already.
void Worker::sweep() {
    int64_t now = now_ms();
    bool time_is_up = stop_at_ms_ != 0 && now >= stop_at_ms_;
    for (size_t i = connections_.size(); i-- > 0;) {
        auto connection = connections_[i];
        if (time_is_up) {
            connection->close();
        } else {
            connection->sweep(now);
        }
    }
}

void Worker::finish_if_empty() {
    if (stop_at_ms_ == 0 || !connections_.empty()) return;
    guard_.reset();
    sweeper_.cancel();
    read_timer_.cancel();
}

}  // namespace rollcall::http
