// What processes have cost so far and hold now, from /proc: the server's share of a measurement.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rollcall::bench {

struct ProcessCost {
    double cpu_seconds = 0;         // user and system, all threads
    double resident_mib = 0;        // VmRSS, with mapped files
    double anonymous_mib = 0;       // RssAnon: what no other process could share
};

// The sum over `processes`; those that are gone count nothing.
ProcessCost cost_of(const std::vector<int>& processes);

// "12,34" to numbers.
std::vector<int> parse_processes(const std::string& text);

}  // namespace rollcall::bench
