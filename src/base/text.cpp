#include "base/text.h"

#include <utf8proc.h>

#include <cstdlib>

#include "base/check.h"

namespace rollcall {
namespace {

bool is_ascii(std::string_view text) {
    for (char c : text) {
        if (static_cast<unsigned char>(c) >= 0x80) return false;
    }
    return true;
}

std::string map_text(std::string_view text, utf8proc_option_t options) {
    utf8proc_uint8_t* out = nullptr;
    const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                   static_cast<utf8proc_ssize_t>(text.size()), &out, options);
    // Callers pass well-formed UTF-8; what is left to fail is memory.
    if (size < 0 || out == nullptr) {
        std::free(out);
        throw std::bad_alloc();
    }
    std::string result(reinterpret_cast<char*>(out), static_cast<size_t>(size));
    std::free(out);
    return result;
}

// Calls visit(code point) for each; stops and returns false at the first ill-formed byte.
template <class Visit>
bool each_code_point(std::string_view text, Visit&& visit) {
    auto data = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
    auto left = static_cast<utf8proc_ssize_t>(text.size());
    while (left > 0) {
        utf8proc_int32_t code_point = 0;
        const auto used = utf8proc_iterate(data, left, &code_point);
        if (used <= 0) return false;
        visit(code_point);
        data += used;
        left -= used;
    }
    return true;
}

void append_code_point(utf8proc_int32_t code_point, std::string& out) {
    utf8proc_uint8_t bytes[4];
    const auto size = utf8proc_encode_char(code_point, bytes);
    out.append(reinterpret_cast<char*>(bytes), static_cast<size_t>(size));
}

// RFC 8265 §3.3.1, width mapping: only characters whose decomposition is <wide> or <narrow>.
std::string map_width(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    each_code_point(text, [&](utf8proc_int32_t code_point) {
        const auto* property = utf8proc_get_property(code_point);
        if (property->decomp_type != UTF8PROC_DECOMP_TYPE_WIDE &&
            property->decomp_type != UTF8PROC_DECOMP_TYPE_NARROW) {
            append_code_point(code_point, out);
            return;
        }
        utf8proc_int32_t parts[8];
        int boundary = UTF8PROC_BOUNDCLASS_START;
        const auto count = utf8proc_decompose_char(
            code_point, parts, 8, static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT),
            &boundary);
        for (utf8proc_ssize_t i = 0; i < count && i < 8; ++i) append_code_point(parts[i], out);
    });
    return out;
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
    return is_ascii(text) || each_code_point(text, [](utf8proc_int32_t) {});
}

std::string fold_case(std::string_view text) {
    if (is_ascii(text)) return ascii_lower(text);
    return map_text(text,
                    static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD));
}

std::string fold_user_name(std::string_view text) {
    if (is_ascii(text)) return ascii_lower(text);
    return fold_case(map_width(text));
}

std::string prepare_password(std::string_view text) {
    if (is_ascii(text)) return std::string(text);
    std::string spaced;
    spaced.reserve(text.size());
    each_code_point(text, [&](utf8proc_int32_t code_point) {
        append_code_point(utf8proc_category(code_point) == UTF8PROC_CATEGORY_ZS ? ' ' : code_point, spaced);
    });
    return map_text(spaced, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
}

bool has_invisible_characters(std::string_view text) {
    bool found = false;
    each_code_point(text, [&](utf8proc_int32_t code_point) {
        if (code_point == '\t' || code_point == '\r' || code_point == '\n') return;
        const auto category = utf8proc_category(code_point);
        // Cc: controls; Cf: zero-width, bidirectional controls, soft hyphen, tags; Zl, Zp: line separators.
        if (category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF ||
            category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP) {
            found = true;
        }
    });
    return found;
}

bool is_blank(std::string_view text) {
    bool blank = true;
    each_code_point(text, [&](utf8proc_int32_t code_point) {
        blank = blank && (code_point == '\t' || utf8proc_category(code_point) == UTF8PROC_CATEGORY_ZS);
    });
    return blank;
}

size_t code_point_count(std::string_view text) {
    size_t count = 0;
    for (char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    return count;
}

namespace {
char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); ++i) {
        if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
}

std::string ascii_lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = lower(c);
    return out;
}

std::string_view trim(std::string_view text) {
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
}

}  // namespace rollcall
