// A Secret has no ==: comparing takes a time that tells where the texts differ.
// error: no match for .operator==
#include "base/secret.h"

bool wrong(const rollcall::Secret& a, const rollcall::Secret& b) {
#ifdef MUST_NOT_COMPILE
    return a == b;
#else
    return rollcall::equal_in_constant_time(a.reveal(), b.reveal());
#endif
}
