// Searching the trail of changes, the same on both APIs.
#pragma once

#include "api/call.h"
#include "store/events.h"

namespace rollcall::api {

// What the query asks for, and how many. Errors: BadRequest (a parameter that is none), InvalidValue, InvalidCursor,
// InvalidCount. `further`: parameters that the caller reads itself.
Result<store::EventSearch> read_change_search(const Call& call,
                                              std::initializer_list<std::string_view> further = {});

// True when the event is one of those that are asked for, whatever its place.
bool is_asked_for(const store::EventSearch& search, const store::Event& event);

// A page of them, the newest first.
http::Outcome answer_changes(const CallPointer& call, const store::EventSearch& search);

}  // namespace rollcall::api
