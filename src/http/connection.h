// One connection's life, on one worker's thread. A state machine instead of a coroutine: everything that can be done
// without waiting is done in one turn, and the only thing kept per connection is what it waits with.
//
//   Handshake -> Head -> [Admission] -> [Interim] -> Body -> Work -> Answer -> Head ...
//                  |                       |          |                 |
//                  +-----------------------+--refuse--+------>----------+--> Drain -> Closed
//
// Admission is a wait for the other requests of this turn of the loop, where the store likes to be asked together.
// Interim sends "100 Continue". Work is the handler, inline, on the pool, or on the store's writer. Drain reads and
// drops what a refused client still sends, so that the answer is not lost to a reset.
// Requests of one connection are answered in order, one at a time; while one is worked on, nothing is read, so that a
// client that pipelines is bounded by the input buffer.
#pragma once

#include <span>

#include "http/input_buffer.h"
#include "http/request_parser.h"
#include "http/worker.h"

namespace rollcall::http {

class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(Worker& worker, Socket socket, const IpAddress& peer);

    // On the worker's thread.
    void start();
    void sweep(int64_t now_ms);
    void begin_stop();            // no further request; at once when idle
    void send_now();              // the answer that Worker::send_soon() was asked for
    void admit_now();             // the admission that Worker::admit_soon() was asked for
    bool is_to_be_admitted() const { return phase_ == Phase::Admission; }
    const Head& head() const { return head_; }
    void close();                 // at once, whatever happens; more than once is harmless
    void set_place(size_t place) { place_ = place; }
    size_t place() const { return place_; }

    // From any thread: closes it if its head is still unfinished.
    void evict();

private:
    enum class Phase { Handshake, Head, Admission, Interim, Body, Work, Answer, Drain, Closed };
    // What a phase says: go on with the (perhaps new) phase, or leave because something is awaited.
    enum class Next { Go, Wait };
    enum class BodyState { Unread, Complete };
    // How a change went wrong on the writer.
    struct Failure {
        enum class Kind { None, Store, Other } kind = Kind::None;
        std::string what;
    };

    void advance();
    void advance_or_throw();
    Next shake_hands();
    Next read_head();
    Next wait_for_head();
    Next begin_request();
    Next admit();
    void describe_request();
    Next begin_body();
    Next read_body();
    Next read_chunks();
    Next send_interim();
    Next work(std::string_view body);
    Outcome guarded(const std::function<Outcome()>& part);
    void scan(Scan scan);
    Next take(Outcome outcome);
    void submit(Write write);
    static Failure failure_of(std::exception_ptr exception);
    void finish_write(Response response, const Failure& failure);
    void settle(Response& response);   // told to the application, then packed
    void pack(Response& response);
    Next answer(Response response);
    Next refuse(int status, std::string_view detail);
    Response failed(int status, std::string_view detail);
    Next send_answer();
    Next finish_answer();
    Next part();
    bool end_of_input();  // false when the connection is closed
    Next drain();

    // Moving bytes. What receive() gets is told to received(). send() returns true when all of `first` and `second`
    // is out; otherwise it has begun to wait, or closed.
    Next receive(std::span<char> out);
    Next receive_tls(std::span<char> out);
    Next receive_into(std::string& text, size_t bytes_max);
    void received(size_t bytes);
    bool send(std::string_view first, std::string_view second);
    std::optional<size_t> send_some(std::string_view first, std::string_view second);
    size_t unacknowledged();
    Next wait(Socket::wait_type what);
    void resume(boost::system::error_code error);

    bool reserve_body(size_t bytes);
    void release_body();
    void leave_flight();
    void head_is_finished();

    Worker& worker_;
    ServerState& state_;
    const Limits& limits_;
    Socket socket_;
    std::unique_ptr<TlsSession> tls_;
    IpAddress peer_;
    std::string peer_text_;
    bool peer_is_proxy_;
    size_t place_ = 0;

    Phase phase_ = Phase::Head;
    int64_t deadline_ms_ = 0;           // 0: none
    bool too_slow_ = false;             // the deadline passed while reading; to be answered
    bool readable_ = false;             // TLS: the socket was reported readable
    uint64_t unfinished_ = 0;           // number in the ledger; 0: not noted
    size_t served_ = 0;

    InputBuffer input_;
    RequestParser parser_;
    int64_t head_began_ms_ = 0;         // 0: no byte of it yet
    bool empty_line_skipped_ = false;
    Head head_;
    Admission admission_;
    bool keep_alive_ = false;
    bool in_flight_ = false;
    bool may_admit_ = false;            // the turn of the loop in which the request was read is over
    bool may_send_ = false;             // the turn of the loop in which the answer was made is over

    BodyState body_state_ = BodyState::Complete;
    size_t message_bytes_ = 0;          // of the input buffer, to be consumed after the answer
    std::string body_;                  // when it did not come with the head
    std::string coded_;                 // chunked: not yet decoded
    std::string_view body_view_;
    size_t body_bytes_max_ = 0;
    bool body_ignored_ = false;
    size_t body_reserved_ = 0;
    int64_t body_began_ms_ = 0;
    size_t body_received_ = 0;
    std::string* receiving_ = nullptr;  // what received() has to cut to size
    size_t receiving_from_ = 0;

    std::string answer_head_;
    std::string answer_body_;
    size_t sent_ = 0;
    size_t stalled_with_ = 0;           // unacknowledged() when the socket took nothing more
    bool close_after_ = false;
    size_t drained_ = 0;
};

}  // namespace rollcall::http
