#include "process_cost.h"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace rollcall::bench {
namespace {

// The first number of /proc/PID/task/TID/schedstat: nanoseconds on a core. /proc/PID/stat counts in steps of 10 ms, too
// coarse for a run of a few hundred requests.
double cpu_seconds(int process) {
    double nanoseconds = 0;
    std::error_code error;
    const std::filesystem::directory_iterator tasks("/proc/" + std::to_string(process) + "/task", error);
    if (error) return 0;
    for (const auto& task : tasks) {
        double on_core = 0;
        std::ifstream(task.path() / "schedstat") >> on_core;
        nanoseconds += on_core;
    }
    return nanoseconds * 1e-9;
}

void add_memory(int process, ProcessCost& cost) {
    std::ifstream file("/proc/" + std::to_string(process) + "/status");
    std::string line;
    while (std::getline(file, line)) {
        std::istringstream fields(line);
        std::string name;
        double kib = 0;
        fields >> name >> kib;
        if (name == "VmRSS:") cost.resident_mib += kib / 1024;
        if (name == "RssAnon:") cost.anonymous_mib += kib / 1024;
    }
}

}  // namespace

ProcessCost cost_of(const std::vector<int>& processes) {
    ProcessCost cost;
    for (const int process : processes) {
        cost.cpu_seconds += cpu_seconds(process);
        add_memory(process, cost);
    }
    return cost;
}

std::vector<int> parse_processes(const std::string& text) {
    std::vector<int> processes;
    std::istringstream parts(text);
    std::string part;
    while (std::getline(parts, part, ',')) processes.push_back(std::stoi(part));
    return processes;
}

}  // namespace rollcall::bench
