#include "ops/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace rollcall::ops {

Metrics::Metrics(const std::vector<std::string>& routes)
    : registry_(std::make_shared<prometheus::Registry>()) {
    auto& answers = prometheus::BuildCounter()
                        .Name("rollcall_http_responses_total")
                        .Help("Answers by route and class of status")
                        .Register(*registry_);
    auto& durations = prometheus::BuildHistogram()
                          .Name("rollcall_http_request_duration_seconds")
                          .Help("Time from the head to the answer, by route; of changes, to the end of their "
                                "part of the transaction")
                          .Register(*registry_);
    constexpr const char* kClasses[] = {"other", "1xx", "2xx", "3xx", "4xx", "5xx"};
    const prometheus::Histogram::BucketBoundaries buckets = {
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5};
    for (const auto& name : routes) {
        Route route{};
        for (size_t i = 0; i < 6; ++i)
            route.by_class[i] = &answers.Add({{"route", name}, {"class", kClasses[i]}});
        route.duration = &durations.Add({{"route", name}}, buckets);
        routes_.push_back(route);
    }
    unauthorized_ = &prometheus::BuildCounter()
                         .Name("rollcall_unauthorized_total")
                         .Help("Requests whose credential was missing or refused")
                         .Register(*registry_)
                         .Add({});
}

Metrics::~Metrics() = default;

void Metrics::observe(size_t route, int status, int64_t duration_us) {
    auto& counters = routes_[route];
    const auto status_class = static_cast<size_t>(status / 100);
    counters.by_class[status_class < 6 ? status_class : 0]->Increment();
    counters.duration->Observe(static_cast<double>(duration_us) / 1e6);
}

void Metrics::count_unauthorized() {
    unauthorized_->Increment();
}

std::string Metrics::render(const std::vector<std::pair<std::string, double>>& gauges) const {
    std::string text = prometheus::TextSerializer().Serialize(registry_->Collect());
    for (const auto& [name, value] : gauges) {
        text += "# TYPE rollcall_" + name + " gauge\nrollcall_" + name + ' ' + std::to_string(value) + '\n';
    }
    return text;
}

}  // namespace rollcall::ops
