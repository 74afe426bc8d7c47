// A Result that nobody looks at is an error that nobody sees.
// error: ignoring return(?:ed)? value
#include "model/attribute_path.h"

void wrong(const rollcall::ResourceType& type) {
#ifdef MUST_NOT_COMPILE
    rollcall::resolve_path(type, "userName");
#else
    if (!rollcall::resolve_path(type, "userName")) return;
#endif
}
