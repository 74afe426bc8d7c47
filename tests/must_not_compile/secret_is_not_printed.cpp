// A Secret has no <<, so that no log or message can print one by accident.
// error: no match for .operator<<
#include <iostream>

#include "base/secret.h"

void wrong(const rollcall::Secret& secret) {
#ifdef MUST_NOT_COMPILE
    std::cerr << secret;
#else
    std::cerr << secret.reveal().size();
#endif
}
