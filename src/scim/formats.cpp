#include "scim/formats.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <utf8proc.h>

#include <array>
#include <memory>

namespace rollcall::scim {
namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_one_of(char c, std::string_view set) {
    return set.find(c) != std::string_view::npos;
}

bool is_scheme(std::string_view text) {
    if (text.empty() || !is_letter(text.front())) return false;
    for (char c : text) {
        if (!is_letter(c) && !is_digit(c) && !is_one_of(c, "+-.")) return false;
    }
    return true;
}

// Characters of RFC 3986 §2, percent encoding included; brackets are judged by the caller.
bool has_uri_characters(std::string_view text, UriAlphabet alphabet) {
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (static_cast<unsigned char>(c) >= 0x80) {
            if (alphabet == UriAlphabet::Ascii) return false;
            continue;
        }
        if (c == '%') {
            if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
            i += 2;
            continue;
        }
        if (!is_letter(c) && !is_digit(c) && !is_one_of(c, "-._~:/?#[]@!$&'()*+,;=")) return false;
    }
    return true;
}

// "//user@host:port": brackets hold an IP literal and stand nowhere else.
bool is_authority(std::string_view text) {
    const size_t at = text.rfind('@');
    std::string_view host = at == std::string_view::npos ? text : text.substr(at + 1);
    if (host.starts_with('[')) {
        const size_t end = host.find(']');
        if (end == std::string_view::npos || end < 3) return false;
        for (char c : host.substr(1, end - 1)) {
            if (!is_hex(c) && !is_one_of(c, ":.vV%_-~")) return false;
        }
        host = host.substr(end + 1);
        if (!host.empty() && host.front() != ':') return false;
    }
    if (host.find_first_of("[]") != std::string_view::npos) return false;
    const size_t colon = host.find(':');
    if (colon == std::string_view::npos) return true;
    for (char c : host.substr(colon + 1)) {
        if (!is_digit(c)) return false;
    }
    return true;
}

std::array<int8_t, 256> make_base64_values() {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::array<int8_t, 256> values;
    values.fill(-1);
    for (size_t i = 0; i < alphabet.size(); ++i) {
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<int8_t>(i);
    }
    return values;
}

// Subtags of letters and digits, at most eight each, the first of two to eight letters (RFC 5646 §2.1, its
// shape).
bool is_language_tag(std::string_view text, char separator) {
    bool first = true;
    while (true) {
        const size_t end = text.find(separator);
        const std::string_view subtag = text.substr(0, end);
        if (subtag.empty() || subtag.size() > 8 || (first && subtag.size() < 2)) return false;
        for (char c : subtag) {
            if (!is_letter(c) && !(is_digit(c) && !first)) return false;
        }
        if (end == std::string_view::npos) return true;
        text.remove_prefix(end + 1);
        first = false;
    }
}

bool is_locale(std::string_view text) {
    return is_language_tag(text, '-') || is_language_tag(text, '_');
}

// Accept-Language of RFC 9110 §12.5.4: "en-US, de;q=0.7, *".
bool is_language_list(std::string_view text) {
    while (true) {
        const size_t end = text.find(',');
        std::string_view range = text.substr(0, end);
        while (range.starts_with(' ')) range.remove_prefix(1);
        while (range.ends_with(' ')) range.remove_suffix(1);
        const size_t weight = range.find(';');
        if (weight != std::string_view::npos) {
            std::string_view quality = range.substr(weight + 1);
            while (quality.starts_with(' ')) quality.remove_prefix(1);
            if (quality.size() < 3 || quality.size() > 7 || !quality.starts_with("q=")) return false;
            for (char c : quality.substr(2)) {
                if (!is_digit(c) && c != '.') return false;
            }
            range = range.substr(0, weight);
            while (range.ends_with(' ')) range.remove_suffix(1);
        }
        if (range != "*" && !is_language_tag(range, '-')) return false;
        if (end == std::string_view::npos) return true;
        text.remove_prefix(end + 1);
    }
}

bool is_country(std::string_view text) {
    return text.size() == 2 && is_letter(text[0]) && is_letter(text[1]);
}

// The shape of names in the IANA database: "America/Los_Angeles", "Etc/GMT+5", "UTC".
bool is_time_zone(std::string_view text) {
    if (text.empty() || text.size() > 64 || !is_letter(text.front())) return false;
    for (char c : text) {
        if (!is_letter(c) && !is_digit(c) && !is_one_of(c, "/_+-")) return false;
    }
    return text == "UTC" || text == "GMT" || text.find('/') != std::string_view::npos;
}

bool is_mailbox(std::string_view text) {
    const size_t at = text.rfind('@');
    if (at == std::string_view::npos || at == 0 || at > 64 || text.size() - at - 1 > 255) return false;
    const std::string_view domain = text.substr(at + 1);
    if (domain.empty() || domain.starts_with('.') || domain.ends_with('.')) return false;
    return text.find_first_of(" \t\r\n<>") == std::string_view::npos;
}

struct FormatRow {
    std::string_view parent;
    std::string_view attribute;
    bool (*is_valid)(std::string_view);
    std::string_view fault;
};

constexpr FormatRow kStrictFormats[] = {
    {"addresses", "country", is_country, "must be a two-letter country code (ISO 3166-1)"},
    {"", "locale", is_locale, "must be a language tag such as en-US (RFC 5646)"},
    {"", "preferredLanguage", is_language_list,
     "must be a value of Accept-Language such as en-US (RFC 9110)"},
    {"", "timezone", is_time_zone, "must be the name of an IANA time zone such as Europe/Berlin"},
    {"emails", "value", is_mailbox, "must be an e-mail address (RFC 5321)"},
    {"", "userName", is_identifier_class,
     "must have neither blanks nor symbols beyond ASCII (RFC 8264 §4.2)"},
};

}  // namespace

bool is_uri_reference(std::string_view text, UriAlphabet alphabet) {
    if (text.empty() || !has_uri_characters(text, alphabet)) return false;
    const size_t hash = text.find('#');
    if (hash != std::string_view::npos && text.find('#', hash + 1) != std::string_view::npos) return false;
    const size_t colon = text.find(':');
    const size_t delimiter = text.find_first_of("/?#");
    std::string_view rest = text;
    if (colon != std::string_view::npos && colon < delimiter) {
        if (!is_scheme(text.substr(0, colon))) return false;
        rest = text.substr(colon + 1);
    }
    if (!rest.starts_with("//")) return rest.find_first_of("[]") == std::string_view::npos;
    rest.remove_prefix(2);
    const size_t end = rest.find_first_of("/?#");
    if (!is_authority(rest.substr(0, end))) return false;
    return end == std::string_view::npos || rest.substr(end).find_first_of("[]") == std::string_view::npos;
}

std::optional<std::string> decode_base64(std::string_view text) {
    static const std::array<int8_t, 256> values = make_base64_values();
    const size_t padded = text.size();
    size_t padding = 0;
    while (padding < 2 && text.ends_with('=')) {
        text.remove_suffix(1);
        ++padding;
    }
    if (padding > 0 && padded % 4 != 0) return std::nullopt;
    if (text.size() % 4 == 1) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3 + 3);
    uint32_t bits = 0;
    int count = 0;
    for (char c : text) {
        const int8_t value = values[static_cast<unsigned char>(c)];
        if (value < 0) return std::nullopt;
        bits = (bits << 6) | static_cast<uint32_t>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes += static_cast<char>((bits >> count) & 0xff);
        }
    }
    return bytes;
}

bool is_one_certificate(std::string_view der) {
    const auto* start = reinterpret_cast<const unsigned char*>(der.data());
    const unsigned char* position = start;
    const std::unique_ptr<X509, void (*)(X509*)> certificate(
        d2i_X509(nullptr, &position, static_cast<long>(der.size())), X509_free);
    if (!certificate) ERR_clear_error();
    return certificate != nullptr && position == start + der.size();
}

bool is_identifier_class(std::string_view text) {
    const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
    auto left = static_cast<utf8proc_ssize_t>(text.size());
    while (left > 0) {
        utf8proc_int32_t code = 0;
        const utf8proc_ssize_t used = utf8proc_iterate(bytes, left, &code);
        if (used <= 0) return false;
        bytes += used;
        left -= used;
        if (code > 0x20 && code < 0x7f) continue;
        if (code >= 0xff01 && code <= 0xff5e)
            continue;  // full-width forms are mapped before the class is judged
        switch (utf8proc_category(code)) {
            case UTF8PROC_CATEGORY_LL:
            case UTF8PROC_CATEGORY_LU:
            case UTF8PROC_CATEGORY_LO:
            case UTF8PROC_CATEGORY_LM:
            case UTF8PROC_CATEGORY_ND:
            case UTF8PROC_CATEGORY_MN:
            case UTF8PROC_CATEGORY_MC:
                continue;
            default:
                return false;
        }
    }
    return true;
}

std::string_view strict_format_fault(std::string_view parent, std::string_view attribute,
                                     std::string_view text) {
    for (const FormatRow& row : kStrictFormats) {
        if (row.parent == parent && row.attribute == attribute) return row.is_valid(text) ? "" : row.fault;
    }
    return {};
}

}  // namespace rollcall::scim
