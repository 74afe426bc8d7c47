#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace rollcall {

void check_failed(const char* condition, const char* file, int line) {
    std::fprintf(stderr,
                 "{\"level\":\"fatal\",\"event\":\"invariant broken\",\"check\":\"%s\",\"at\":\"%s:%d\"}\n",
                 condition, file, line);
    std::abort();
}

}  // namespace rollcall
