// A filter as the client wrote it cannot be put where a store expects a checked one.
// error: cannot convert
#include "store/store.h"

void wrong(const rollcall::ParsedFilter& parsed, const rollcall::CheckedFilter& checked) {
#ifdef MUST_NOT_COMPILE
    rollcall::store::TypeFilter filter{nullptr, &parsed};
#else
    rollcall::store::TypeFilter filter{nullptr, &checked};
    (void)parsed;
#endif
    (void)filter;
    (void)checked;
}
