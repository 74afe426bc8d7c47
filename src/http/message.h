// Requests and responses as plain values: what everything above the transport sees of HTTP. No Beast type
// here.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/time.h"
#include "store/store.h"

namespace rollcall::http {

enum class Method { Get, Head, Post, Put, Patch, Delete, Options, Other };

// "GET"; "" for Other.
inline std::string_view method_name(Method method) {
    constexpr std::string_view names[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", ""};
    return names[static_cast<size_t>(method)];
}

// The method of that name; names are case-sensitive (RFC 9110 §9.1).
inline Method method_of(std::string_view name) {
    for (Method method : {Method::Get, Method::Head, Method::Post, Method::Put, Method::Patch, Method::Delete,
                          Method::Options}) {
        if (method_name(method) == name) return method;
    }
    return Method::Other;
}

// The head of a request, after framing was found unambiguous. Views point into the connection's buffer and
// live until the answer is written.
struct Head {
    Method method = Method::Other;
    std::string_view method_text;
    std::string_view target;  // origin form as received: "/scim/v2/Users?filter=..."
    std::string_view path;    // target up to '?', still percent-encoded
    std::string_view query;   // after '?', still encoded
    std::vector<std::pair<std::string_view, std::string_view>> headers;  // names as received, values trimmed
    std::string_view host;     // Host header, without port, as received
    std::string peer_address;  // the client's, after trusted proxies; no port
    bool secure = false;       // TLS here, or https according to a trusted proxy
    RequestId id;
    Instant received;
    bool has_body = false;

    // First header of that name (ASCII, any case), or empty.
    std::string_view header(std::string_view name) const {
        for (const auto& [key, value] : headers) {
            if (equals_ignoring_case(key, name)) return value;
        }
        return {};
    }
    bool has_header(std::string_view name) const {
        for (const auto& [key, value] : headers) {
            if (equals_ignoring_case(key, name)) return true;
        }
        return false;
    }
};

struct Response {
    int status = 200;
    std::string content_type;  // empty: no body
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;  // further ones: ETag, Location, Allow ...
    bool close = false;                                        // close the connection after it

    Response& with(std::string name, std::string value) {
        headers.emplace_back(std::move(name), std::move(value));
        return *this;
    }
};

// A change waiting to be made: run on the writer inside a transaction; returns the answer, which is sent once
// it is durable. An answer of 400 or above undoes what the closure did.
struct Write {
    std::move_only_function<Response(store::Transaction&)> run;
    // It touches a handful of rows, so that the connection's own thread may run it (Store::run_now).
    bool is_short = false;
    // It may touch thousands, and gets a transaction of its own (Store::submit_alone).
    bool is_large = false;
    // Whose rows it is about (store::Subject); 0: not known.
    TenantId tenant = {};
    store::Claims claims = {};
};

// What work ends in: the answer, or a change.
using Finished = std::variant<Response, Write>;

// Work that would hold up a connection's thread: run on the pool, on a thread that may use Store::read().
struct Scan {
    std::move_only_function<Finished()> run;
    // It waits for other servers: run on threads of its own kind, so that lists do not wait with it.
    bool waits = false;
};

// What a handler gives back: the answer, a change, or work for the pool.
using Outcome = std::variant<Response, Write, Scan>;

inline Outcome outcome_of(Finished finished) {
    return std::visit([](auto& one) -> Outcome { return std::move(one); }, finished);
}
// Runs what is for the pool on this thread.
inline Finished finish(Outcome outcome) {
    if (auto* scan = std::get_if<Scan>(&outcome)) return scan->run();
    if (auto* write = std::get_if<Write>(&outcome)) return std::move(*write);
    return std::move(std::get<Response>(outcome));
}

// What the application says to a head, before one byte of the body is read.
struct Admission {
    std::optional<Response> refusal;  // set: send this, read no body
    size_t body_bytes_max = 0;
    // Works on the request once its body is complete. Called at most once, on a thread that may use
    // Store::read().
    std::move_only_function<Outcome(std::string_view body)> handle;
    // Told the answer, once, for audit rows and metrics of answers that are no Write: the handler's,
    // `refusal`, what the transport answers itself after admission (413, 408, 503 ...), and the failure of a
    // Write. Runs on the thread that made the answer, before it is compressed and sent. Not called when the
    // client left before.
    std::move_only_function<void(const Response&)> answered;
    // How the transport words its own answers to this request; null: as Application::refuse does.
    Response (*refuse)(int status, std::string_view detail) = nullptr;
};

// The application as the transport sees it.
struct Application {
    std::function<Admission(const Head&)> admit;
    // The answer to a message that the transport itself refuses (framing, limits, time); no Head may exist.
    std::function<Response(int status, std::string_view detail)> refuse;
    // What admit() and the handler are going to look up. Asked where Store::asks_together().
    std::function<store::Foreseen(const Head&)> foresee = {};
};

}  // namespace rollcall::http
