// Text as every engine can store it: UTF-8 without NUL. What is stored is that already, but for the log of
// requests, which takes what was sent.
#pragma once

#include <string>
#include <string_view>

namespace rollcall::store {

bool is_plain_text(std::string_view text);

// The text itself if it is plain; else with U+FFFD in the place of every byte that is not ASCII.
std::string plain_text(std::string_view text);

}  // namespace rollcall::store
