// One thread of the load generator: a set of keep-alive connections on one epoll, each with one request under way
// (closed loop, as wrk does). An answer costs one read, one look at the clock and the write of the next request.
#pragma once

#include <netinet/in.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "../histogram.h"
#include "answer_reader.h"
#include "plan.h"
#include "request_maker.h"

namespace rollcall::bench {

using Clock = std::chrono::steady_clock;

// When to measure and when to stop; the same for all threads.
struct Window {
    Clock::time_point begin;
    Clock::time_point end;
    std::atomic<uint64_t> additions{0};
    std::atomic<int64_t> requests_left{0};   // only when Plan::requests is set
};

struct Tally {
    Histogram latency;              // of answers within the window
    uint64_t body_bytes = 0;        // of the same
    uint64_t sent = 0;              // all requests
    uint64_t answered = 0;          // all answers
    uint64_t errors = 0;            // anything but 2xx, too short, cut off; over all the run
    uint64_t reconnects = 0;        // the server closed after an answer, as it may
    std::string first_error;
    Clock::time_point last_answer;

    void merge(const Tally& other);
};

class Driver {
public:
    Driver(const Plan& plan, Window& window, size_t number, size_t connections);
    ~Driver();
    Driver(const Driver&) = delete;
    Driver& operator=(const Driver&) = delete;

    // Connects; throws std::runtime_error when that fails.
    void connect();
    // Until the window is over and every answer is there, or an answer is missing for too long.
    void run();
    const Tally& tally() const { return tally_; }

private:
    struct Connection {
        int socket = -1;
        bool waiting = false;       // for an answer
        size_t page = 0;
        Clock::time_point sent_at;
        AnswerReader reader;
    };

    void open(Connection& connection);
    void reopen(Connection& connection);
    void send_next(Connection& connection, Clock::time_point now);
    void write_all(Connection& connection);
    void on_readable(Connection& connection);
    void finish(Connection& connection);
    void fail(Connection& connection, const std::string& what);
    bool over(Clock::time_point now);

    const Plan& plan_;
    Window& window_;
    RequestMaker maker_;
    std::vector<Connection> connections_;
    size_t waiting_ = 0;
    int epoll_ = -1;
    std::string request_;
    std::vector<char> buffer_;
    Tally tally_;
};

}  // namespace rollcall::bench
