// What the rules judge: a resource before, the resource wanted after, and who wants it. Never the verb: PUT,
// PATCH, Bulk and the console become the same Change.
#pragma once

#include <optional>

#include "model/caller.h"
#include "model/policy.h"
#include "model/resource.h"

namespace rollcall {

struct Change {
    const Resource* before;  // null: the resource is being created
    const Resource* after;   // null: it is being removed
    const Caller* caller;
    const Policy* policy;
};

}  // namespace rollcall
