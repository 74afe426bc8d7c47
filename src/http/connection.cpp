#include "http/connection.h"

#include <boost/asio/post.hpp>

#include "base/check.h"
#include "base/log.h"

namespace rollcall::http {
namespace {

// P-ERR-10: the detail names the limit.
std::string body_too_long(size_t bytes_max) {
    return "The body of the request is longer than the " + std::to_string(bytes_max) +
           " bytes that are read here.";
}

// Pipelined requests answered before other connections of the thread get their turn.
constexpr int kRequestsPerTurn = 8;

}  // namespace

Connection::Connection(Worker& worker, Socket socket, const IpAddress& peer)
    : worker_(worker),
      state_(worker.state()),
      limits_(state_.limits),
      socket_(std::move(socket)),
      peer_(peer),
      peer_text_(peer.text()),
      peer_is_proxy_(state_.proxies.trusts(peer)),
      parser_(limits_) {}

void Connection::start() {
    boost::system::error_code ignored;
    socket_.non_blocking(true, ignored);
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    // A connection that has sent nothing yet counts as an unfinished head, and its time runs already.
    head_began_ms_ = Worker::now_ms();
    deadline_ms_ = head_began_ms_ + limits_.head_timeout_ms;
    std::shared_ptr<Connection> evicted;
    unfinished_ = state_.ledger.head_begun(weak_from_this(), evicted);
    if (evicted) evicted->evict();
    if (auto identity = state_.tls()) {
        tls_ = std::make_unique<TlsSession>(*identity, socket_.native_handle());
        phase_ = Phase::Handshake;
    }
    advance();
}

void Connection::send_now() {
    if (phase_ != Phase::Answer) return;
    may_send_ = true;
    advance();
}

void Connection::admit_now() {
    if (phase_ != Phase::Admission) return;
    may_admit_ = true;
    advance();
}

void Connection::advance() {
    try {
        advance_or_throw();
    } catch (const std::exception& error) {
        log(LogLevel::Error, "exception on a connection",
            {{"what", error.what()}, {"request", head_.id.text()}});
        close();
    }
}

void Connection::advance_or_throw() {
    int requests = 0;
    for (;;) {
        Next next = Next::Wait;
        if (too_slow_ && (phase_ == Phase::Head || phase_ == Phase::Body)) {
            too_slow_ = false;
            refuse(408, "The request did not arrive in time.");
        }
        switch (phase_) {
            case Phase::Handshake:
                next = shake_hands();
                break;
            case Phase::Head:
                next = read_head();
                break;
            case Phase::Admission:
                if (!may_admit_) return worker_.admit_soon(shared_from_this());
                may_admit_ = false;
                next = admit();
                break;
            case Phase::Interim:
                next = send_interim();
                break;
            case Phase::Body:
                next = read_body();
                break;
            case Phase::Answer:
                if (!may_send_) return worker_.send_soon(shared_from_this());
                next = send_answer();
                may_send_ = next == Next::Wait && phase_ == Phase::Answer;
                if (phase_ != Phase::Head || ++requests < kRequestsPerTurn || input_.empty()) break;
                asio::post(worker_.context(), [self = shared_from_this()] { self->advance(); });
                return;
            case Phase::Drain:
                next = drain();
                break;
            case Phase::Work:
            case Phase::Closed:
                return;
        }
        if (next == Next::Wait) return;
    }
}

Connection::Next Connection::shake_hands() {
    switch (tls_->handshake()) {
        case TlsSession::Step::Done:
            phase_ = Phase::Head;
            return Next::Go;
        case TlsSession::Step::WantRead:
            return wait(Socket::wait_read);
        case TlsSession::Step::WantWrite:
            return wait(Socket::wait_write);
        case TlsSession::Step::Closed:
        case TlsSession::Step::Failed:
            break;
    }
    worker_.counts().of(Reason::Tls).add();
    close();
    return Next::Wait;
}

Connection::Next Connection::read_head() {
    // RFC 9112 §2.2: an empty line before a request is what some clients leave after a body. Only one, or a
    // client could keep a connection by sending nothing else.
    if (!empty_line_skipped_ && input_.view().starts_with("\r\n")) {
        empty_line_skipped_ = true;
        input_.consume(2);
    }
    std::string_view bytes = input_.view();
    if (bytes.empty() || bytes == "\r") return wait_for_head();
    switch (parser_.read_head(bytes)) {
        case RequestParser::Progress::NeedMore:
            return wait_for_head();
        case RequestParser::Progress::Complete:
            return begin_request();
        case RequestParser::Progress::Refused:
            break;
    }
    head_is_finished();
    return refuse(parser_.refusal().status, parser_.refusal().detail);
}

Connection::Next Connection::wait_for_head() {
    if (head_began_ms_ == 0 && input_.empty()) {
        if (state_.stopping.load(std::memory_order_relaxed) && !end_of_input()) return Next::Wait;
        input_.shrink();
        deadline_ms_ = Worker::now_ms() + limits_.idle_timeout_ms;
    } else {
        if (head_began_ms_ == 0) head_began_ms_ = Worker::now_ms();
        deadline_ms_ = head_began_ms_ + limits_.head_timeout_ms;
        if (unfinished_ == 0) {
            std::shared_ptr<Connection> evicted;
            unfinished_ = state_.ledger.head_begun(weak_from_this(), evicted);
            if (evicted) evicted->evict();
        }
    }
    return receive(input_.room());
}

void Connection::head_is_finished() {
    head_began_ms_ = 0;
    deadline_ms_ = 0;
    if (unfinished_ == 0) return;
    state_.ledger.head_finished(unfinished_);
    unfinished_ = 0;
}

// Fills head_ for the application.
void Connection::describe_request() {
    const ParsedHead& parsed = parser_.head();
    const Framing& framing = parser_.framing();
    head_.method_text = parsed.method;
    head_.method = method_of(parsed.method);
    head_.target = parsed.target;
    size_t question = parsed.target.find('?');
    head_.path = parsed.target.substr(0, question);
    head_.query =
        question == std::string_view::npos ? std::string_view() : parsed.target.substr(question + 1);
    head_.headers.assign(parsed.fields.begin(), parsed.fields.end());
    head_.host = host_without_port(head_.header("host"));
    head_.peer_address = peer_text_;
    head_.secure = tls_ != nullptr;
    head_.has_body = framing.has_body();
    if (peer_is_proxy_) apply_forwarded(state_.proxies, head_);
    keep_alive_ = framing.keep_alive;
    message_bytes_ = parser_.head_bytes();
    body_state_ = framing.has_body() ? BodyState::Unread : BodyState::Complete;
    if (!framing.chunked && input_.view().size() - message_bytes_ >= framing.content_length) {
        message_bytes_ += framing.content_length;
        body_state_ = BodyState::Complete;
    }
}

Connection::Next Connection::begin_request() {
    head_is_finished();
    worker_.counts().requests.add();
    head_.id = RequestId::create();
    head_.received = system_now();
    describe_request();
    in_flight_ = true;
    if (state_.requests_in_flight.fetch_add(1, std::memory_order_relaxed) >= limits_.requests_in_flight_max) {
        return answer(
            failed(503, "The server is working on as many requests as it can; try again in a second.")
                .with("Retry-After", "1"));
    }
    if (!state_.store.asks_together()) return admit();
    phase_ = Phase::Admission;
    return Next::Go;
}

Connection::Next Connection::admit() {
    try {
        worker_.note_read();
        admission_ = state_.application.admit(head_);
    } catch (const store::StoreFailure& failure) {
        log(LogLevel::Error, "store failed at admission",
            {{"request", head_.id.text()}, {"what", failure.what()}});
        return answer(failed(503, "The directory is not available; try again.").with("Retry-After", "2"));
    } catch (const std::exception& error) {
        log(LogLevel::Error, "exception at admission",
            {{"request", head_.id.text()}, {"what", error.what()}});
        return answer(failed(500, "The server failed on this request; its id is in X-Request-Id."));
    }
    if (!admission_.refusal) return begin_body();
    Response refusal = std::move(*admission_.refusal);
    settle(refusal);
    return answer(std::move(refusal));
}

Connection::Next Connection::begin_body() {
    const Framing& framing = parser_.framing();
    if (!framing.has_body()) return work({});
    body_ignored_ = head_.method == Method::Get || head_.method == Method::Head ||
                    head_.method == Method::Delete || head_.method == Method::Options;
    body_bytes_max_ = body_ignored_ ? limits_.ignored_body_bytes_max : admission_.body_bytes_max;
    if (!framing.chunked && framing.content_length > body_bytes_max_) {
        return refuse(413, body_too_long(body_bytes_max_));
    }
    std::string_view after_head = input_.view().substr(parser_.head_bytes());
    if (body_state_ == BodyState::Complete) return work(after_head.substr(0, framing.content_length));
    body_began_ms_ = Worker::now_ms();
    deadline_ms_ = body_began_ms_ + limits_.body_timeout_ms;
    body_received_ = after_head.size();
    if (framing.chunked) {
        coded_ = after_head;
    } else {
        if (!reserve_body(framing.content_length)) return Next::Go;
        body_.reserve(framing.content_length);
        body_ = after_head;
    }
    phase_ = framing.expects_continue && after_head.empty() ? Phase::Interim : Phase::Body;
    return Next::Go;
}

// RFC 9110 §10.1.1. Sent only now that the request was admitted and its length is acceptable.
Connection::Next Connection::send_interim() {
    if (!send("HTTP/1.1 100 Continue\r\n\r\n", {})) return Next::Wait;
    sent_ = 0;
    deadline_ms_ = body_began_ms_ + limits_.body_timeout_ms;
    phase_ = Phase::Body;
    return Next::Go;
}

Connection::Next Connection::read_body() {
    if (parser_.framing().chunked) return read_chunks();
    size_t missing = parser_.framing().content_length - body_.size();
    if (missing > 0) return receive_into(body_, missing);
    // The part that came with the head lies in both buffers.
    message_bytes_ = input_.view().size();
    body_state_ = BodyState::Complete;
    return work(body_);
}

Connection::Next Connection::read_chunks() {
    size_t consumed = 0;
    auto progress = parser_.read_chunks(coded_, body_bytes_max_, body_, consumed);
    coded_.erase(0, consumed);
    if (progress == RequestParser::Progress::Refused) {
        if (parser_.refusal().status == 413) return refuse(413, body_too_long(body_bytes_max_));
        return refuse(parser_.refusal().status, parser_.refusal().detail);
    }
    if (body_.size() > body_reserved_ && !reserve_body(body_.capacity() - body_reserved_)) return Next::Go;
    if (progress == RequestParser::Progress::NeedMore) return receive_into(coded_, limits_.head_bytes_max);
    message_bytes_ = input_.view().size();
    body_state_ = BodyState::Complete;
    return work(body_);
}

// False, and the request refused, when all bodies together would be too much.
bool Connection::reserve_body(size_t bytes) {
    size_t before = state_.body_bytes_in_flight.fetch_add(bytes, std::memory_order_relaxed);
    body_reserved_ += bytes;
    if (before + bytes <= limits_.bodies_in_flight_bytes_max) return true;
    Response response =
        failed(503, "The server holds as many request bodies as it can; try again in two seconds.");
    response.with("Retry-After", "2").close = true;
    settle(response);
    answer(std::move(response));
    return false;
}

void Connection::release_body() {
    if (body_reserved_ > 0) state_.body_bytes_in_flight.fetch_sub(body_reserved_, std::memory_order_relaxed);
    body_reserved_ = 0;
    if (!body_.empty()) std::string().swap(body_);
}

void Connection::leave_flight() {
    if (in_flight_) state_.requests_in_flight.fetch_sub(1, std::memory_order_relaxed);
    in_flight_ = false;
}

Connection::Next Connection::work(std::string_view body) {
    phase_ = Phase::Work;
    deadline_ms_ = 0;
    body_view_ = body_ignored_ ? std::string_view() : body;
    Outcome outcome = guarded([this] { return admission_.handle(body_view_); });
    if (auto* response = std::get_if<Response>(&outcome)) settle(*response);
    return take(std::move(outcome));
}

// Runs a part of the handler on whichever thread this is. Touches nothing but what stays still during
// Phase::Work.
Outcome Connection::guarded(const std::function<Outcome()>& part) {
    try {
        return part();
    } catch (const store::StoreFailure& failure) {
        log(LogLevel::Error, "store failed", {{"request", head_.id.text()}, {"what", failure.what()}});
        return failed(503, "The directory is not available; try again.").with("Retry-After", "2");
    } catch (const std::exception& error) {
        log(LogLevel::Error, "exception in a handler",
            {{"request", head_.id.text()}, {"what", error.what()}});
        return failed(500, "The server failed on this request; its id is in X-Request-Id.");
    }
}

void Connection::scan(Scan scan) {
    const int64_t latest_ms = Worker::now_ms() + limits_.request_deadline_ms;
    auto& pool = scan.waits ? state_.waiting_pool : state_.pool;
    pool->submit([self = shared_from_this(), latest_ms, scan = std::move(scan)]() mutable {
        Outcome outcome =
            Worker::now_ms() <= latest_ms
                ? self->guarded([&] { return outcome_of(scan.run()); })
                : Outcome(self->failed(503, "The request waited too long for its turn; try again.")
                              .with("Retry-After", "2"));
        if (auto* response = std::get_if<Response>(&outcome)) self->settle(*response);
        asio::post(self->worker_.context(), [self, outcome = std::move(outcome)]() mutable {
            if (self->phase_ != Phase::Work) return;
            self->take(std::move(outcome));
            self->advance();
        });
    });
}

Connection::Next Connection::take(Outcome outcome) {
    if (auto* response = std::get_if<Response>(&outcome)) return answer(std::move(*response));
    if (auto* work = std::get_if<Scan>(&outcome)) {
        scan(std::move(*work));
    } else {
        submit(std::get<Write>(std::move(outcome)));
    }
    return Next::Wait;
}

// The callback keeps the worker and its state alive: the store may be done after the server gave up waiting.
// What an exception says is read on the writer, so that the exception itself never changes threads.
void Connection::submit(Write write) {
    struct Pending {
        Write write;
        Response response;
        Failure failure;
    };
    auto pending = std::make_shared<Pending>(std::move(write));
    store::Work run = [pending](store::Transaction& transaction) {
        pending->response = pending->write.run(transaction);
    };
    store::Done done = [pending, worker = worker_.shared_from_this(),
                        self = shared_from_this()](std::exception_ptr exception) mutable {
        pending->failure = failure_of(std::move(exception));
        asio::post(worker->context(), [pending = std::move(pending), self = std::move(self)] {
            if (self->phase_ != Phase::Work) return;
            self->finish_write(std::move(pending->response), pending->failure);
        });
        worker->state().writes_in_flight.fetch_sub(1);
        worker->state().writes_in_flight.notify_all();
    };
    state_.writes_in_flight.fetch_add(1, std::memory_order_relaxed);
    // Alone, a change is quicker without two changes of thread; nobody else waits for this one meanwhile.
    const bool is_alone = state_.requests_in_flight.load(std::memory_order_relaxed) == 1;
    if (pending->write.is_short && is_alone && state_.store.run_now(run, done)) return;
    const TenantId tenant = pending->write.tenant;
    if (pending->write.is_large)
        return state_.store.submit_alone_for(tenant, std::move(run), std::move(done));
    state_.store.submit_for({tenant, std::move(pending->write.claims)}, std::move(run),
                            std::move(done));
}

Connection::Failure Connection::failure_of(std::exception_ptr exception) {
    if (!exception) return {};
    try {
        std::rethrow_exception(std::move(exception));
    } catch (const store::StoreFailure& lost) {
        return {Failure::Kind::Store, lost.what()};
    } catch (const std::exception& other) {
        return {Failure::Kind::Other, other.what()};
    }
}

void Connection::finish_write(Response response, const Failure& failure) {
    switch (failure.kind) {
        case Failure::Kind::None:
            pack(response);
            break;
        case Failure::Kind::Store:
            log(LogLevel::Error, "store failed", {{"request", head_.id.text()}, {"what", failure.what}});
            response = failed(503, "The change was not made: the directory is not available; try again.");
            response.with("Retry-After", "2");
            settle(response);
            break;
        case Failure::Kind::Other:
            log(LogLevel::Error, "exception in a change",
                {{"request", head_.id.text()}, {"what", failure.what}});
            response = failed(500, "The server failed on this request; its id is in X-Request-Id.");
            settle(response);
            break;
    }
    answer(std::move(response));
    advance();
}

}  // namespace rollcall::http
