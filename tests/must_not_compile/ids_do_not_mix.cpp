// The id of a credential can never stand where the id of a resource is meant.
// error: could not convert|no viable conversion|cannot convert
#include "base/ids.h"

rollcall::ResourceId wrong(const rollcall::CredentialId& credential) {
#ifdef MUST_NOT_COMPILE
    return credential;
#else
    return rollcall::ResourceId::from_bytes(credential.bytes.data());
#endif
}
