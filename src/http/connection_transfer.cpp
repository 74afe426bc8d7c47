// The part of a connection that moves bytes: receiving, the answer on its way out, closing.
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include "base/check.h"
#include "base/gzip.h"
#include "base/log.h"
#include "http/compression.h"
#include "http/connection.h"

namespace rollcall::http {
namespace {

constexpr int64_t kHeadAtStopMs = 1'000;  // how long an unfinished head may still take once a stop was asked for

// Body bytes asked for at once.
constexpr size_t kReceiveBytes = 64 * 1024;
// The buffer for heads (under TLS, whole answers) that a connection keeps for the next one.
constexpr size_t kAnswerKeptBytes = 2 * 1024;
// A cancelled read has this long to come back before the connection is closed without an answer.
constexpr int64_t kCancelMs = 1'000;
// A body has this long before its rate is judged.
constexpr int64_t kRateGraceMs = 2'000;

Reason reason_of(int status) {
    switch (status) {
        case 408: return Reason::Slow;
        case 413:
        case 414:
        case 431: return Reason::Size;
        case 503: return Reason::Overload;
        default: return Reason::Framing;
    }
}

}  // namespace

// ------------------------------------------------------------------------------------------------ answers

// An answer of the transport itself; the request stays readable.
Response Connection::failed(int status, std::string_view detail) {
    if (status != 500) worker_.counts().of(reason_of(status)).add();
    if (admission_.refuse != nullptr) return admission_.refuse(status, detail);
    return state_.application.refuse(status, detail);
}

// Answers and closes: what follows cannot be trusted, or will not be read.
Connection::Next Connection::refuse(int status, std::string_view detail) {
    if (phase_ == Phase::Head && !in_flight_) {
        head_.id = RequestId::create();
        head_.received = system_now();
        head_.method = Method::Other;
        head_.headers.clear();
        keep_alive_ = false;
        body_state_ = BodyState::Unread;
    }
    Response response = failed(status, detail);
    response.close = true;
    settle(response);
    return answer(std::move(response));
}

void Connection::settle(Response& response) {
    if (admission_.answered) {
        try {
            admission_.answered(response);
        } catch (const std::exception& error) {
            log(LogLevel::Error, "exception after a request", {{"request", head_.id.text()}, {"what", error.what()}});
        }
    }
    pack(response);
}

void Connection::pack(Response& response) {
    if (!is_compressible(response, limits_.gzip_bytes_min)) return;
    response.with("Vary", "Accept-Encoding");
    if (accepts_gzip(head_.header("accept-encoding"))) compress(response);
}

Connection::Next Connection::answer(Response response) {
    leave_flight();
    release_body();
    bool last = limits_.requests_per_connection_max != 0 && served_ + 1 >= limits_.requests_per_connection_max;
    close_after_ = response.close || !keep_alive_ || last || body_state_ == BodyState::Unread ||
                   state_.stopping.load(std::memory_order_relaxed);
    Persistence persistence = Persistence::KeepAlive;
    if (close_after_) persistence = Persistence::Close;
    else if (parser_.head().minor_version == 0) persistence = Persistence::KeepAliveSaid;
    answer_head_.clear();
    append_answer_head(response, head_.id, worker_.date(head_.received), persistence, answer_head_);
    answer_body_.clear();
    if (head_.method != Method::Head && may_have_body(response.status)) answer_body_ = std::move(response.body);
    if (tls_) {
        // One record instead of two.
        answer_head_.append(answer_body_);
        answer_body_.clear();
    }
    sent_ = 0;
    deadline_ms_ = 0;
    phase_ = Phase::Answer;
    return Next::Go;
}

Connection::Next Connection::send_answer() {
    if (!send(answer_head_, answer_body_)) return Next::Wait;
    deadline_ms_ = 0;
    ++served_;
    admission_ = {};
    // An idle connection must not hold on to its last list.
    std::string().swap(answer_body_);
    if (answer_head_.capacity() > kAnswerKeptBytes) std::string().swap(answer_head_);
    if (close_after_) return part();
    if (parser_.framing().chunked) {
        input_.replace(coded_);
        std::string().swap(coded_);
    } else {
        input_.consume(message_bytes_);
    }
    parser_.reset();
    sent_ = 0;
    body_ignored_ = false;
    empty_line_skipped_ = false;
    phase_ = Phase::Head;
    return Next::Go;
}

// ------------------------------------------------------------------------------------------------ closing

// After the last answer. When the client has sent more than was read, closing at once would send a reset that may
// destroy the answer before the client has read it.
Connection::Next Connection::part() {
    boost::system::error_code ignored;
    bool clean = body_state_ == BodyState::Complete && coded_.empty() && input_.view().size() <= message_bytes_;
    if (tls_) tls_->close_notify();
    socket_.shutdown(Socket::shutdown_send, ignored);
    if (clean) {
        close();
        return Next::Wait;
    }
    deadline_ms_ = Worker::now_ms() + limits_.drain_ms;
    phase_ = Phase::Drain;
    return Next::Go;
}

Connection::Next Connection::drain() {
    if (drained_ <= static_cast<size_t>(limits_.drain_bytes_max)) return receive(worker_.scratch());
    close();
    return Next::Wait;
}

void Connection::close() {
    if (phase_ == Phase::Closed) return;
    bool working = phase_ == Phase::Work;
    phase_ = Phase::Closed;
    head_is_finished();
    leave_flight();
    if (!working) release_body();
    if (tls_) tls_->close_notify();
    boost::system::error_code ignored;
    socket_.close(ignored);
    state_.ledger.leave(peer_);
    worker_.forget(*this);
}

void Connection::evict() {
    asio::post(worker_.context(), [self = shared_from_this()] {
        if (self->phase_ != Phase::Head && self->phase_ != Phase::Handshake) return;
        self->worker_.counts().of(Reason::Evicted).add();
        self->close();
    });
}

// Not closed: the last answer may have promised to keep the connection, and a request may have come whose turn
// has not. What was received is still read; behind it there is nothing more.
bool Connection::end_of_input() {
    boost::system::error_code error;
    socket_.shutdown(Socket::shutdown_receive, error);
    if (error) close();
    return !error;
}

void Connection::begin_stop() {
    boost::system::error_code error;
    bool is_idle = phase_ == Phase::Head && input_.empty() && socket_.available(error) == 0;
    if (phase_ == Phase::Handshake) return close();
    if (is_idle) {
        end_of_input();
        return;
    }
    // A request under way arrives within a moment; half a head that nobody finishes must not hold up the stop.
    if (phase_ == Phase::Head) deadline_ms_ = std::min(deadline_ms_, Worker::now_ms() + kHeadAtStopMs);
}

void Connection::sweep(int64_t now_ms) {
    if (phase_ == Phase::Body && now_ms < deadline_ms_) {
        int64_t elapsed_ms = now_ms - body_began_ms_;
        auto expected = static_cast<size_t>(limits_.body_bytes_per_second_min * elapsed_ms / 1'000);
        if (elapsed_ms > kRateGraceMs && body_received_ < expected) deadline_ms_ = now_ms;
    }
    if (deadline_ms_ == 0 || now_ms < deadline_ms_) return;
    bool sending = phase_ == Phase::Answer || phase_ == Phase::Interim;
    if (sending && unacknowledged() < stalled_with_) {
        stalled_with_ = unacknowledged();
        deadline_ms_ = now_ms + limits_.write_stall_ms;
        return;
    }
    bool answerable = phase_ == Phase::Body || (phase_ == Phase::Head && !input_.empty());
    if (!answerable || too_slow_) {
        if (phase_ != Phase::Drain && head_began_ms_ != 0) worker_.counts().of(Reason::Slow).add();
        close();
        return;
    }
    too_slow_ = true;
    deadline_ms_ = now_ms + kCancelMs;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

// ------------------------------------------------------------------------------------------------ receiving

Connection::Next Connection::receive(std::span<char> out) {
    if (tls_ && phase_ != Phase::Drain) return receive_tls(out);
    socket_.async_read_some(asio::buffer(out.data(), out.size()),
                            [self = shared_from_this()](boost::system::error_code error, size_t bytes) {
                                if (self->phase_ == Phase::Closed) return;
                                if (!error) self->received(bytes);
                                self->resume(error);
                            });
    return Next::Wait;
}

// Here nothing is outstanding on the socket but the wait, so that `out` may move meanwhile.
Connection::Next Connection::receive_tls(std::span<char> out) {
    if (readable_ || tls_->has_pending()) {
        readable_ = false;
        auto transfer = tls_->read(out.data(), out.size());
        switch (transfer.step) {
            case TlsSession::Step::Done: received(transfer.bytes); return Next::Go;
            case TlsSession::Step::WantRead: break;
            case TlsSession::Step::WantWrite: received(0); return wait(Socket::wait_write);
            case TlsSession::Step::Closed:
            case TlsSession::Step::Failed: close(); return Next::Wait;
        }
    }
    received(0);
    return wait(Socket::wait_read);
}

Connection::Next Connection::receive_into(std::string& text, size_t bytes_max) {
    receiving_ = &text;
    receiving_from_ = text.size();
    text.resize(receiving_from_ + std::min(bytes_max, kReceiveBytes));
    return receive({text.data() + receiving_from_, text.size() - receiving_from_});
}

void Connection::received(size_t bytes) {
    worker_.counts().bytes_received.add(bytes);
    switch (phase_) {
        case Phase::Head: input_.received(bytes); break;
        case Phase::Body:
            CHECK(receiving_ != nullptr);
            receiving_->resize(receiving_from_ + bytes);
            receiving_ = nullptr;
            body_received_ += bytes;
            break;
        case Phase::Drain: drained_ += bytes; break;
        default: CHECK(bytes == 0);
    }
}

Connection::Next Connection::wait(Socket::wait_type what) {
    socket_.async_wait(what, [self = shared_from_this(), what](boost::system::error_code error) {
        if (self->phase_ == Phase::Closed) return;
        if (!error && what == Socket::wait_read) self->readable_ = true;
        self->resume(error);
    });
    return Next::Wait;
}

// A read that was cancelled because its time is up goes on to the answer that says so.
void Connection::resume(boost::system::error_code error) {
    if (error && !(error == asio::error::operation_aborted && too_slow_)) {
        close();
        return;
    }
    advance();
}

// ------------------------------------------------------------------------------------------------ sending

bool Connection::send(std::string_view first, std::string_view second) {
    while (sent_ < first.size() + second.size()) {
        size_t skip = std::min(sent_, first.size());
        auto bytes = send_some(first.substr(skip), second.substr(sent_ - skip));
        if (!bytes) {
            close();
            return false;
        }
        if (*bytes == 0) {
            wait(Socket::wait_write);
            return false;
        }
        sent_ += *bytes;
        worker_.counts().bytes_sent.add(*bytes);
        deadline_ms_ = 0;
    }
    return true;
}

// How much was taken at once; 0 when the socket takes nothing now (the time of the stall begins), empty when it is
// broken.
std::optional<size_t> Connection::send_some(std::string_view first, std::string_view second) {
    if (tls_) {
        auto transfer = tls_->write(first.empty() ? second : first);
        if (transfer.step == TlsSession::Step::Done) return transfer.bytes;
        bool waits = transfer.step == TlsSession::Step::WantWrite || transfer.step == TlsSession::Step::WantRead;
        if (!waits) return std::nullopt;
    } else {
        std::array<asio::const_buffer, 2> buffers = {asio::const_buffer(first.data(), first.size()),
                                                     asio::const_buffer(second.data(), second.size())};
        boost::system::error_code error;
        size_t bytes = socket_.write_some(buffers, error);
        if (!error) return bytes;
        if (error != asio::error::would_block && error != asio::error::try_again) return std::nullopt;
    }
    deadline_ms_ = Worker::now_ms() + limits_.write_stall_ms;
    stalled_with_ = unacknowledged();
    return size_t{0};
}

// Bytes the kernel still holds for the client. A slow one takes some long before the socket is writable again, which
// waits for a third of a buffer of megabytes: that is progress too.
size_t Connection::unacknowledged() {
    int bytes = 0;
    return ::ioctl(socket_.native_handle(), SIOCOUTQ, &bytes) == 0 ? static_cast<size_t>(bytes) : 0;
}

}  // namespace rollcall::http
