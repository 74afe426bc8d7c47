// The load generator: sends one kind of request over keep-alive connections and prints what it saw as one JSON object.
// Exit code 1: it could not run; 3: it ran, but some answers were wrong.
#include <sys/resource.h>

#include <cinttypes>
#include <cstdio>
#include <memory>
#include <thread>

#include "driver.h"
#include "process_cost.h"

namespace rollcall::bench {
namespace {

double own_cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + time.tv_usec * 1e-6; };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double seconds_between(Clock::time_point begin, Clock::time_point end) {
    return std::chrono::duration<double>(end - begin).count();
}

struct Measurement {
    Tally tally;
    double seconds = 0;
    double server_cpu_seconds = 0;
    double client_cpu_seconds = 0;
    ProcessCost server;
};

std::vector<std::unique_ptr<Driver>> make_drivers(const Plan& plan, Window& window) {
    std::vector<std::unique_ptr<Driver>> drivers;
    for (size_t i = 0; i < plan.threads; ++i) {
        const size_t connections = plan.connections / plan.threads + (i < plan.connections % plan.threads ? 1 : 0);
        drivers.push_back(std::make_unique<Driver>(plan, window, i, connections));
        drivers.back()->connect();
    }
    return drivers;
}

Measurement measure(const Plan& plan, const std::vector<int>& watched) {
    Window window;
    window.requests_left = static_cast<int64_t>(plan.requests);
    auto drivers = make_drivers(plan, window);
    const auto start = Clock::now();
    window.begin = plan.requests > 0 ? start : start + plan.warm_up;
    window.end = window.begin + plan.duration;
    std::vector<std::jthread> threads;
    for (auto& driver : drivers) threads.emplace_back([&driver] { driver->run(); });

    Measurement result;
    std::this_thread::sleep_until(window.begin);
    const auto server_before = cost_of(watched);
    const double client_before = own_cpu_seconds();
    if (plan.requests > 0) threads.clear();   // joins
    else std::this_thread::sleep_until(window.end);
    result.server = cost_of(watched);
    result.client_cpu_seconds = own_cpu_seconds() - client_before;
    result.server_cpu_seconds = result.server.cpu_seconds - server_before.cpu_seconds;
    threads.clear();
    for (const auto& driver : drivers) result.tally.merge(driver->tally());
    result.seconds = seconds_between(window.begin, plan.requests > 0 ? result.tally.last_answer : window.end);
    return result;
}

void print(const Measurement& measurement) {
    const auto& tally = measurement.tally;
    const auto count = static_cast<double>(std::max<uint64_t>(tally.latency.count(), 1));
    std::printf("{\"requests\": %" PRIu64 ", \"seconds\": %.4f, \"per_second\": %.1f, \"bytes_per_second\": %.0f, ",
                tally.latency.count(), measurement.seconds,
                static_cast<double>(tally.latency.count()) / measurement.seconds,
                static_cast<double>(tally.body_bytes) / measurement.seconds);
    std::printf("\"mean_us\": %.1f, \"p50_us\": %.1f, \"p90_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f, "
                "\"max_us\": %.1f, ",
                tally.latency.mean() / 1e3, tally.latency.percentile(50) / 1e3, tally.latency.percentile(90) / 1e3,
                tally.latency.percentile(99) / 1e3, tally.latency.percentile(99.9) / 1e3,
                static_cast<double>(tally.latency.max()) / 1e3);
    std::printf("\"server_cpu_us\": %.2f, \"client_cpu_us\": %.2f, \"server_cpu_seconds\": %.3f, "
                "\"client_cpu_seconds\": %.3f, \"rss_mib\": %.1f, \"rss_anonymous_mib\": %.1f, ",
                measurement.server_cpu_seconds * 1e6 / count, measurement.client_cpu_seconds * 1e6 / count,
                measurement.server_cpu_seconds, measurement.client_cpu_seconds, measurement.server.resident_mib,
                measurement.server.anonymous_mib);
    std::printf("\"sent\": %" PRIu64 ", \"answered\": %" PRIu64 ", \"reconnects\": %" PRIu64 ", \"errors\": %" PRIu64
                ", \"first_error\": \"%s\"}\n",
                tally.sent, tally.answered, tally.reconnects, tally.errors, tally.first_error.c_str());
}

}  // namespace
}  // namespace rollcall::bench

int main(int argc, char** argv) {
    using namespace rollcall::bench;
    try {
        Arguments arguments(argc, argv);
        const Plan plan = read_plan(arguments);
        const auto watched = parse_processes(arguments.text("watch"));
        arguments.refuse_unknown();
        const auto measurement = measure(plan, watched);
        print(measurement);
        return measurement.tally.errors == 0 ? 0 : 3;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_load: %s\n", error.what());
        return 1;
    }
}
