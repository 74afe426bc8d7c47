#include "store/plain_text.h"

#include "base/text.h"

namespace rollcall::store {

bool is_plain_text(std::string_view text) {
    return text.find('\0') == std::string_view::npos && is_valid_utf8(text);
}

std::string plain_text(std::string_view text) {
    if (is_plain_text(text)) return std::string(text);
    std::string clean;
    for (const char byte : text) {
        if (byte > 0)
            clean += byte;
        else
            clean += "\uFFFD";
    }
    return clean;
}

}  // namespace rollcall::store
