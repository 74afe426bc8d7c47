// What a resource must have, whoever writes it.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "model/schema.h"

namespace rollcall {

// Every required attribute is there, also those of extensions that are present, and required extensions are present
// (S-RES-12, 13, P-POST-09, P-PUT-11). What is kept elsewhere than in the document is not asked for. Error:
// InvalidValue naming the first that is missing.
Result<void> check_required(const ResourceType& type, const json::object& attributes);

}  // namespace rollcall
