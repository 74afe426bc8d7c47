// What an identity provider calls a resource can never stand where our own id is meant.
// error: could not convert|no viable conversion|cannot convert
#include "base/ids.h"

rollcall::ResourceId wrong(const rollcall::ExternalId& external) {
#ifdef MUST_NOT_COMPILE
    return external;
#else
    return rollcall::ResourceId::parse(external.text()).value_or(rollcall::ResourceId{});
#endif
}
