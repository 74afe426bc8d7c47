// What one run of the load generator does: read from the command line once, then the same for all threads.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "../arguments.h"
#include "directory_file.h"

namespace rollcall::bench {

enum class Work {
    Get,         // GET /Users/{id}, ids at random
    Filter,      // GET /Users?filter=userName eq "...", names at random
    List,        // GET /Users?startIndex=..&count=100, each connection from page to page
    Create,      // POST /Users, a new person each time
    Bulk,        // POST /Bulk of `operations` new persons
    AddMember,   // PATCH /Groups/{id}: one new member, one group after the other
    Rename,      // PATCH /Users/{id}: another title, ids at random
    Introspect,  // POST of a token of `tokens` to `path`, tokens at random
    Path,        // GET of one path, for a server that knows no SCIM
};

struct Plan {
    Work work = Work::Path;
    std::string host = "127.0.0.1";
    uint16_t port = 0;
    size_t connections = 32;
    size_t threads = 2;
    std::chrono::nanoseconds warm_up{0};        // answers of this time are not measured
    std::chrono::nanoseconds duration{0};
    uint64_t requests = 0;                      // stop after so many instead; everything is measured then
    uint64_t seed = 1;
    uint64_t first = 0;                         // AddMember: number of the first addition, so that rounds do not repeat
    std::string prefix = "/scim/v2";
    std::string path = "/";
    std::string token;
    size_t page_rows = 100;
    size_t first_page = 0;                      // List: where connections begin
    size_t pages = 100;                         // List: after so many pages a connection begins again
    size_t answer_bytes_min = 0;                // a shorter body counts as an error: 2xx, but without what was asked
    size_t operations = 1'000;                  // Bulk: persons of a request
    size_t members_taken = 0;                   // AddMember: users before this one are members already
    UserFile users;
    LineFile groups;
    LineFile tokens;
};

// Throws std::runtime_error with a sentence.
Plan read_plan(Arguments& arguments);

}  // namespace rollcall::bench
