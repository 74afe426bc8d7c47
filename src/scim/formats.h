// Formats of text: what a reference, a binary value or a certificate must look like, and the formats of RFC
// 7643 §4 that are only checked in strict mode (AMB-38). Pure functions; nothing here knows JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rollcall::scim {

enum class UriAlphabet {
    Ascii,    // RFC 3986 to the letter
    Unicode,  // letters beyond ASCII are let through, as browsers do
};

// An absolute or relative reference of RFC 3986 §4.1. Empty text is none.
bool is_uri_reference(std::string_view text, UriAlphabet alphabet);

// The bytes of base64 text (RFC 4648 §4), with or without padding (RFC 7643 §2.3.6). Empty optional when it
// is none.
std::optional<std::string> decode_base64(std::string_view text);

// Exactly one X.509 certificate in DER, nothing before or after it (S-USER-26).
bool is_one_certificate(std::string_view der);

// A user name of the IdentifierClass of RFC 8264 §4.2: no blanks, no symbols beyond ASCII. Precondition:
// UTF-8.
bool is_identifier_class(std::string_view text);

// Strict mode only. What the value of `attribute` of `parent` ("" for an attribute of its own) should be, in
// words for an error detail ("must be a two-letter country code (ISO 3166-1)"), or empty when there is no
// fault.
std::string_view strict_format_fault(std::string_view parent, std::string_view attribute,
                                     std::string_view text);

}  // namespace rollcall::scim
