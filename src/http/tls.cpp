#include "http/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <climits>
#include <stdexcept>

namespace rollcall::http {
namespace {

constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

// Picks http/1.1 when the client offers it; a client that offers only other protocols goes on without ALPN.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                    unsigned int in_size, void*) {
    static constexpr unsigned char kProtocols[] = "\x08http/1.1";
    unsigned char* chosen = nullptr;
    int result = SSL_select_next_proto(&chosen, out_size, kProtocols, sizeof kProtocols - 1, in, in_size);
    *out = chosen;
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

// The reason OpenSSL gives, for the operator's log. It names no content of the files.
std::string last_reason() {
    unsigned long code = ERR_peek_last_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    ERR_clear_error();
    return reason == nullptr ? "no reason given" : reason;
}

void configure(SSL_CTX* settings) {
    SSL_CTX_set_min_proto_version(settings, TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(settings, kCiphers);
    SSL_CTX_set_options(settings, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                      SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(settings, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                   SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // One read(2) a record instead of two.
    SSL_CTX_set_read_ahead(settings, 1);
    // Sessions are resumed by tickets; nothing is kept here per client.
    SSL_CTX_set_session_cache_mode(settings, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(settings, 1);
    SSL_CTX_set_alpn_select_cb(settings, choose_protocol, nullptr);
}

}  // namespace

Result<std::shared_ptr<const TlsIdentity>> TlsIdentity::load(const TlsFiles& files) {
    ERR_clear_error();
    SSL_CTX* settings = SSL_CTX_new(TLS_server_method());
    if (settings == nullptr) throw std::runtime_error("OpenSSL has no memory for TLS settings");
    std::shared_ptr<const TlsIdentity> identity(new TlsIdentity(settings));
    configure(settings);
    if (SSL_CTX_use_certificate_chain_file(settings, files.certificate.c_str()) != 1) {
        return failure(ErrorKind::InvalidValue, "The certificate file " + files.certificate +
                                                    " cannot be read as PEM: " + last_reason() + ".");
    }
    if (SSL_CTX_use_PrivateKey_file(settings, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
        bool mismatch = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH;
        std::string reason = last_reason();
        if (mismatch) {
            return failure(ErrorKind::InvalidValue, "The key in " + files.key +
                                                        " does not belong to the certificate in " + files.certificate +
                                                        ".");
        }
        return failure(ErrorKind::InvalidValue,
                       "The key file " + files.key + " cannot be read as PEM: " + reason + ".");
    }
    if (SSL_CTX_check_private_key(settings) != 1) {
        ERR_clear_error();
        return failure(ErrorKind::InvalidValue, "The key in " + files.key + " does not belong to the certificate in " +
                                                    files.certificate + ".");
    }
    return identity;
}

TlsIdentity::~TlsIdentity() { SSL_CTX_free(settings_); }

// The session holds a reference on the settings of its own: SSL_new counts it.
TlsSession::TlsSession(const TlsIdentity& identity, int descriptor) : session_(SSL_new(identity.settings_)) {
    if (session_ == nullptr || SSL_set_fd(session_, descriptor) != 1) {
        SSL_free(session_);
        throw std::runtime_error("OpenSSL has no memory for a session");
    }
    SSL_set_accept_state(session_);
}

TlsSession::~TlsSession() { SSL_free(session_); }

TlsSession::Step TlsSession::step_of(int result) {
    switch (SSL_get_error(session_, result)) {
        case SSL_ERROR_NONE: return Step::Done;
        case SSL_ERROR_WANT_READ: return Step::WantRead;
        case SSL_ERROR_WANT_WRITE: return Step::WantWrite;
        case SSL_ERROR_ZERO_RETURN: return Step::Closed;
        default: return Step::Failed;
    }
}

TlsSession::Step TlsSession::handshake() {
    ERR_clear_error();
    return step_of(SSL_do_handshake(session_));
}

TlsSession::Transfer TlsSession::read(char* out, size_t size) {
    ERR_clear_error();
    int result = SSL_read(session_, out, static_cast<int>(std::min<size_t>(size, INT_MAX)));
    if (result > 0) return {Step::Done, static_cast<size_t>(result)};
    return {step_of(result)};
}

TlsSession::Transfer TlsSession::write(std::string_view bytes) {
    ERR_clear_error();
    int result = SSL_write(session_, bytes.data(), static_cast<int>(std::min<size_t>(bytes.size(), INT_MAX)));
    if (result > 0) return {Step::Done, static_cast<size_t>(result)};
    return {step_of(result)};
}

bool TlsSession::has_pending() const { return SSL_has_pending(session_) == 1; }

void TlsSession::close_notify() {
    ERR_clear_error();
    if (SSL_is_init_finished(session_)) SSL_shutdown(session_);
    ERR_clear_error();
}

}  // namespace rollcall::http
