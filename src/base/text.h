// Text as Unicode. Two values are "the same" when their keys are the same bytes; the keys are computed here,
// once, so that filters, uniqueness and sorting agree on every engine (RFC 7644 §5, §7.8; AMB-32; threat
// T6). All functions are pure and may be called from any thread.
#pragma once

#include <string>
#include <string_view>

namespace rollcall {

// True when the bytes are well-formed UTF-8 (no overlong form, no surrogate, nothing above U+10FFFF).
bool is_valid_utf8(std::string_view text);

// The key of a string whose attribute has caseExact false: NFC of the full Unicode case folding of NFC.
// Precondition: well-formed UTF-8.
std::string fold_case(std::string_view text);

// The key of a user name: PRECIS UsernameCaseMapped (RFC 8265 §3.3) as a comparison, not as a refusal
// (AMB-65): full-width and half-width forms become ordinary ones, then fold_case. May be empty.
std::string fold_user_name(std::string_view text);

// A password as it is hashed and compared: PRECIS OpaqueString (RFC 8265 §4.2): non-ASCII spaces become a
// space, then NFC. No case or width mapping.
std::string prepare_password(std::string_view text);

// True when the text holds a control character (other than tab, CR, LF), a zero-width or a
// bidirectional-control character: nothing that may stand in a name people tell apart by looking (threat
// T6).
bool has_invisible_characters(std::string_view text);

// True when there is nothing but spaces of any kind (Unicode category Zs) and tabs, or nothing at all.
// Precondition: well-formed UTF-8.
bool is_blank(std::string_view text);

// Number of Unicode code points. Precondition: well-formed UTF-8.
size_t code_point_count(std::string_view text);

// ASCII-only comparisons for protocol words and attribute names (RFC 7643 §2.1).
bool equals_ignoring_case(std::string_view a, std::string_view b);
std::string ascii_lower(std::string_view text);
std::string_view trim(std::string_view text);

}  // namespace rollcall
