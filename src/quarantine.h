// Quarantine of everything that opens tenants or leaves them: what a restore ends with, and what
// `credential quarantine` and `credential confirm` do to all (T36).
#pragma once

#include <string>

#include "access/credential.h"
#include "base/json.h"
#include "store/store.h"

namespace rollcall {

// Of the tenant, or of all with an empty `slug`: one change for each tenant, with its event. Sessions of
// administrators end where it begins. Throws StoreFailure; tenants before that are changed then, and the call
// may be repeated.
access::Quarantined change_quarantine_of(store::Store& store, const std::string& slug, bool begins);

json::object shown_quarantine(const access::Quarantined& changed, bool begins);
std::string quarantine_sentence(const access::Quarantined& changed, bool begins);

}  // namespace rollcall
