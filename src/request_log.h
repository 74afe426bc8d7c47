// What every request leaves, whichever interface it came by: a row of the trail, numbers for the metrics, a
// line of the log. Rows of changes are written in the transaction of the change.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "audit/trail.h"
#include "http/call.h"
#include "ops/metrics.h"
#include "ops/tenant_rates.h"

namespace rollcall {

// A request on its way through, as far as the log is concerned.
struct Passage {
    size_t route = 0;                 // number given by RequestLog::no_route() or the order of the routes
    std::optional<Sha256> body_hash;  // empty when the body was never read
    std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
    bool is_counted = false;  // as a change, which may run again

    int64_t elapsed_us() const {
        return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() -
                                                                     started)
            .count();
    }
};

class RequestLog {
public:
    struct RouteName {
        std::string method;
        std::string pattern;  // "/Users/{id}"; never a path
    };
    // Routes are numbered in this order. `source`: audit::Trail.
    RequestLog(store::Store& store, std::vector<RouteName> routes, audit::Trail::Source source = {});

    // The number of requests that met no route.
    size_t no_route() const { return routes_.size() - 1; }

    // The row of a read or a refusal: durable within about 100 ms.
    void record(const http::Call& call, const Passage& passage, int status);
    // Metrics and log without a row: a refusal that is counted with others.
    void count(const http::Call& call, const Passage& passage, int status);
    // The row of a change: there is no change without its row.
    void record(const http::Call& call, const Passage& passage, int status, store::Transaction& transaction);
    // The same without metrics and log: an operation of a Bulk.
    static void append(const http::Call& call, const Passage& passage, int status, int64_t duration_us,
                       store::Transaction& transaction);

    // Runs `change` and writes its row; an answer of 400 or above undoes what it did.
    http::Response run(const http::Call& call, Passage& passage, store::Transaction& transaction,
                       const std::function<http::Response()>& change);

    ops::Metrics& metrics() { return metrics_; }
    // Of requests by SCIM.
    ops::TenantRates& rates() { return rates_; }

private:
    void count(const http::Call& call, const Passage& passage, const audit::Entry& entry);

    std::vector<RouteName> routes_;  // the last is that of no route
    ops::Metrics metrics_;
    ops::TenantRates rates_;
    audit::Trail trail_;
};

}  // namespace rollcall
