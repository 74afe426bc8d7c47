// failure() makes the error to return; a call whose value is dropped forgot the return.
// error: ignoring return value
#include "base/result.h"

rollcall::Result<int> wrong() {
#ifdef MUST_NOT_COMPILE
    rollcall::failure(rollcall::ErrorKind::NotFound, "There is nothing.");
    return 1;
#else
    return rollcall::failure(rollcall::ErrorKind::NotFound, "There is nothing.");
#endif
}
