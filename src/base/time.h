// Instants, and xsd:dateTime text (RFC 7643 §2.3.5).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall {

// Milliseconds since 1970-01-01T00:00:00Z.
struct Instant {
    int64_t ms = 0;
    friend auto operator<=>(const Instant&, const Instant&) = default;
};

// Where the current time comes from; tests inject their own. Must be callable from any thread.
using Clock = std::function<Instant()>;
Instant system_now();

// "2011-05-13T04:42:34.000Z": UTC, always three decimals (S-COM-20).
std::string format_instant(Instant instant);
// The same, written to `out`; returns where it ends.
constexpr size_t kInstantSize = 24;
char* write_instant(Instant instant, char* out);

// The instant of an xsd:dateTime with both date and time. A missing zone means UTC (S-TYPE-09). Fractions
// below a millisecond are cut. Empty when the text is no valid dateTime ("2011-02-30T00:00:00Z",
// "2008-01-23").
std::optional<Instant> parse_date_time(std::string_view text);

// The key by which dateTimes are compared: UTC, "2011-05-13T04:42:34" plus "." and the fraction without
// trailing zeros when there is one; no zone letter. Byte order of keys is order in time, at any precision.
// Empty when the text is no valid dateTime.
std::optional<std::string> date_time_key(std::string_view text);

}  // namespace rollcall
