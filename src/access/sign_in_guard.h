// Who may try a password now. So many wrong ones for a name (sign_in_failures_max), then each further try has to
// wait: 30 s, twice as long after every failure, at most 15 min; and so many tries a minute from one address
// (sign_ins_per_address_max). Names that nobody
// has are treated alike. Kept in memory: a restart forgets it. Safe on any thread.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/limits.h"
#include "base/result.h"
#include "base/time.h"

namespace rollcall::access {

class SignInGuard {
public:
    static constexpr size_t kNamesMax = 20'000;  // the longest unused is forgotten

    // Counts the try as a failure until succeeded() is called, so that tries at the same time count too.
    // `name` is whatever tells accounts apart. Error: TooManyRequests, with the seconds to wait as its note.
    Result<void> try_now(const std::string& name, const std::string& address, const Limits& limits, Instant now);
    void succeeded(const std::string& name);

private:
    struct Failures {
        int64_t count = 0;
        Instant last;
    };
    struct Minute {
        int64_t number = 0;
        int64_t tries = 0;
    };
    void forget_the_oldest(Instant now);

    std::mutex mutex_;
    std::unordered_map<std::string, Failures> names_;
    std::unordered_map<std::string, Minute> addresses_;
};

}  // namespace rollcall::access
