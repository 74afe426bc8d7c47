// Asks other servers: documents of identity providers. The only place that opens connections on behalf of
// tenants, by libcurl.
//
// TLS with the system's certificates; the address that is connected to is the one that was checked (no second
// look-up); no redirects, no proxy from the environment; 3 s to connect, 10 s in all, 64 KiB; at most 16 at
// once. A call blocks: never on a thread of a connection, never inside a job of the store.
#pragma once

#include <atomic>
#include <optional>
#include <semaphore>
#include <string>
#include <vector>

#include "outside/destination.h"

namespace rollcall::outside {

struct Fetched {
    int status = 0;
    std::string body;
    std::optional<int64_t> max_age_s;  // of Cache-Control
};

struct Posted {
    std::string content_type;
    std::string body;
    std::vector<std::string> headers;  // "name: value"
};

class Fetcher {
public:
    explicit Fetcher(Destinations destinations);

    // From any thread: ends what is under way within a second, and refuses what comes after.
    void stop() { stopping_ = true; }

    const Destinations& destinations() const { return destinations_; }

    // Any status is an answer. Errors: InvalidValue (check_url); Unavailable for everything else, with the
    // reason as its note. Safe on any thread.
    Result<Fetched> get(const std::string& url) const;
    // application/x-www-form-urlencoded. `authorization` is the value of that header; empty: none is sent.
    Result<Fetched> post(const std::string& url, const std::string& form,
                         const std::string& authorization) const;
    Result<Fetched> post(const std::string& url, const Posted& posted) const;

private:
    Result<Fetched> run(const std::string& url, const Posted* posted) const;

    const Destinations destinations_;
    std::atomic<bool> stopping_ = false;
    mutable std::counting_semaphore<16> places_{16};
};

// As a value of a form or a query.
std::string form_encoded(std::string_view text);

}  // namespace rollcall::outside
