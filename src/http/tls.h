// TLS 1.2 and 1.3 on non-blocking sockets, directly on OpenSSL: no copy of records between buffers, and the buffers
// of idle connections are given back. No event loop here; the connection waits for what a Step names.
//
// OpenSSL writes with write(2), so the process must ignore SIGPIPE (Server::create sees to it).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct ssl_ctx_st;
struct ssl_st;

namespace rollcall::http {

struct TlsFiles {
    std::string certificate;      // PEM: the server's certificate, then its chain
    std::string key;              // PEM
};

// A certificate with its key and the settings: ECDHE with AES-GCM or ChaCha20 only, no renegotiation, ALPN http/1.1.
// Immutable; connections that began with one keep it while the next is in use already.
class TlsIdentity {
public:
    // Errors (InvalidValue), each a sentence: certificate unreadable, key unreadable, key does not match.
    static Result<std::shared_ptr<const TlsIdentity>> load(const TlsFiles& files);
    ~TlsIdentity();
    TlsIdentity(const TlsIdentity&) = delete;
    TlsIdentity& operator=(const TlsIdentity&) = delete;

private:
    friend class TlsSession;
    explicit TlsIdentity(ssl_ctx_st* settings) : settings_(settings) {}
    ssl_ctx_st* settings_;
};

// The server's end of one connection. One thread at a time.
class TlsSession {
public:
    enum class Step { Done, WantRead, WantWrite, Closed, Failed };
    struct Transfer {
        Step step;
        size_t bytes = 0;         // with Done: at least one
    };

    // `descriptor` is a connected non-blocking socket that stays open as long as the session.
    TlsSession(const TlsIdentity& identity, int descriptor);
    ~TlsSession();
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;

    Step handshake();
    Transfer read(char* out, size_t size);
    // May write a part. After WantRead or WantWrite the same bytes must be offered again.
    Transfer write(std::string_view bytes);
    // Bytes that were received already may be waiting to be read.
    bool has_pending() const;
    // Says goodbye as far as the socket takes it at once.
    void close_notify();

private:
    Step step_of(int result);
    ssl_st* session_;
};

}  // namespace rollcall::http
