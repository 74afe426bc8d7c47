// A Secret does not turn into JSON, so that no answer can hold one by accident.
// error: no matching function|static assertion failed|cannot convert
#include "base/json.h"
#include "base/secret.h"

rollcall::json::value wrong(const rollcall::Secret& secret) {
#ifdef MUST_NOT_COMPILE
    return rollcall::json::value_from(secret);
#else
    return rollcall::json::value(static_cast<int64_t>(secret.reveal().size()));
#endif
}
