// A log field cannot be made from a Secret.
// error: use of deleted function
#include "base/log.h"
#include "base/secret.h"

void wrong(const rollcall::Secret& secret) {
#ifdef MUST_NOT_COMPILE
    rollcall::log(rollcall::LogLevel::Info, "issued", {rollcall::LogField("token", secret)});
#else
    rollcall::log(rollcall::LogLevel::Info, "issued", {rollcall::LogField("bytes", secret.reveal().size())});
#endif
}
