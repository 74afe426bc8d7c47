// Numbers for Prometheus at /metrics. Labels are never made from input: method, route pattern and status
// class only.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace prometheus {
class Registry;
class Counter;
class Histogram;
}  // namespace prometheus

namespace rollcall::ops {

class Metrics {
public:
    // One set of counters for each of `routes` ("GET /{type}/{id}"), made once so that counting needs no
    // look-up.
    explicit Metrics(const std::vector<std::string>& routes);
    ~Metrics();

    // Counts an answer. `route` is an index into the constructor's list. Safe on any thread.
    void observe(size_t route, int status, int64_t duration_us);
    // Counts a credential that was refused.
    void count_unauthorized();

    // The text format; `gauges` are added as rollcall_<name>.
    std::string render(const std::vector<std::pair<std::string, double>>& gauges) const;

private:
    struct Route {
        std::array<prometheus::Counter*, 6> by_class;  // index: status / 100
        prometheus::Histogram* duration;
    };
    std::shared_ptr<prometheus::Registry> registry_;
    std::vector<Route> routes_;
    prometheus::Counter* unauthorized_;
};

}  // namespace rollcall::ops
