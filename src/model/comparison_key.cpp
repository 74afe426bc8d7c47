#include "base/text.h"
#include "base/time.h"
#include "model/filter.h"

namespace rollcall {
namespace {

int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

// RFC 3986 §6.2.2.2: only what needs no encoding is decoded.
std::string decode_unreserved(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            const int high = digit_of(text[i + 1]);
            const int low = digit_of(text[i + 2]);
            const char decoded = high < 0 || low < 0 ? '\0' : static_cast<char>(high * 16 + low);
            if (is_unreserved(decoded)) {
                out += decoded;
                i += 2;
                continue;
            }
        }
        out += text[i];
    }
    return out;
}

bool refers_to_resources(const Attribute& attribute) {
    return attribute.type == AttributeType::Reference &&
           std::ranges::any_of(attribute.reference_types,
                               [](const std::string& name) { return name != "external" && name != "uri"; });
}

}  // namespace

std::string comparison_key(const Attribute& attribute, std::string_view value) {
    switch (attribute.type) {
        case AttributeType::DateTime: return date_time_key(value).value_or(std::string(value));
        case AttributeType::Binary: return std::string(value);
        default: break;
    }
    if (attribute.preparation == Preparation::UserName) return fold_user_name(value);
    return attribute.case_exact ? std::string(value) : fold_case(value);
}

std::string equality_key(const Attribute& attribute, std::string_view value) {
    if (refers_to_resources(attribute)) {
        std::string key = resource_reference_key(value);
        if (!key.empty()) return key;
    }
    return comparison_key(attribute, value);
}

std::string resource_reference_key(std::string_view uri) {
    if (uri.find_first_of("?#") != std::string_view::npos) return {};
    const size_t scheme = uri.find("://");
    if (scheme != std::string_view::npos) {
        const size_t path = uri.find('/', scheme + 3);
        if (path == std::string_view::npos) return {};
        uri.remove_prefix(path);
    }
    const size_t last = uri.rfind('/');
    if (last == std::string_view::npos || last == 0 || last + 1 == uri.size()) return {};
    const size_t previous = uri.rfind('/', last - 1);
    const size_t begin = previous == std::string_view::npos ? 0 : previous + 1;
    if (begin == last) return {};
    return decode_unreserved(uri.substr(begin));
}

}  // namespace rollcall
