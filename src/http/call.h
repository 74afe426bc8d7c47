// What every request has on its way through an interface: SCIM and the JSON APIs add what is theirs.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "http/message.h"
#include "model/caller.h"
#include "model/policy.h"

namespace rollcall::http {

struct Call {
    const Head* head = nullptr;  // valid until the answer is written
    std::string_view body;       // the same
    Caller caller;
    std::shared_ptr<const Policy> policy;  // of the caller's tenant
    // Set by endpoints for the audit row.
    std::string target;  // id of what is concerned
    std::string note;
};

}  // namespace rollcall::http
