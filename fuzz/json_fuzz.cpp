// What the strict reader accepts: is also JSON for Boost's own parser; holds no U+0000, no ill-formed text, no name
// twice and no infinity; stays within the limits; and survives writing and reading without the least change.
#include <cmath>
#include <set>

#include "base/check.h"
#include "base/json.h"
#include "base/text.h"

namespace rollcall {
namespace {

const JsonLimits kLimits{.depth_max = 32, .values_max = 2'000, .name_bytes_max = 256, .string_bytes_max = 4'096};

void check_text(std::string_view text, size_t bytes_max) {
    CHECK(text.size() <= bytes_max);
    CHECK(text.find('\0') == std::string_view::npos);
    CHECK(is_valid_utf8(text));
}

void check_value(const json::value& value, size_t depth, size_t& values) {
    CHECK(++values <= kLimits.values_max);
    if (value.is_string()) check_text(value.as_string(), kLimits.string_bytes_max);
    CHECK(!value.is_double() || std::isfinite(value.as_double()));
    CHECK(!value.is_uint64());
    if (value.is_array()) {
        CHECK(depth < kLimits.depth_max);
        for (const json::value& element : value.as_array()) check_value(element, depth + 1, values);
    }
    if (value.is_object()) {
        CHECK(depth < kLimits.depth_max);
        std::set<std::string> names;
        for (const auto& member : value.as_object()) {
            check_text(member.key(), kLimits.name_bytes_max);
            CHECK(names.insert(ascii_lower(member.key())).second);
            check_value(member.value(), depth + 1, values);
        }
    }
}

void check_agreement_with_boost(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    json::error_code code;
    json::parse_options options;
    options.max_depth = 64;
    json::parse(text, code, {}, options);
    CHECK(!code);
}

}  // namespace
}  // namespace rollcall

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace rollcall;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto value = parse_json(text, kLimits);
    if (!value) {
        CHECK(!value.error().detail.empty());
        CHECK(error_traits(value.error().kind).status == 400);
        return 0;
    }
    size_t values = 0;
    check_value(*value, 0, values);
    check_agreement_with_boost(text);
    const std::string written = to_json(*value);
    const auto again = parse_json(written, kLimits);
    CHECK(again.has_value());
    CHECK(*again == *value);
    CHECK(to_json(*again) == written);
    return 0;
}
