// Events as text for other programs.
#pragma once

#include <string>

#include "store/events.h"

namespace rollcall::audit {

// One line of JSON, without a line end.
std::string event_as_json(const store::Event& event);

// RFC 4180, with CRLF. A cell that a spreadsheet would take for a formula - it begins with = + - @, tab, CR
// or LF - has an apostrophe before it (T62).
std::string csv_header();
std::string event_as_csv(const store::Event& event);

}  // namespace rollcall::audit
