#include "base/time.h"

#include <chrono>

namespace rollcall {
namespace {

using namespace std::chrono;

struct DateTimeParts {
    sys_seconds time;           // UTC
    std::string_view fraction;  // digits after the point, may be empty
};

bool read_digits(std::string_view& text, size_t count, int& value) {
    if (text.size() < count) return false;
    value = 0;
    for (size_t i = 0; i < count; ++i) {
        const char c = text[i];
        if (c < '0' || c > '9') return false;
        value = value * 10 + (c - '0');
    }
    text.remove_prefix(count);
    return true;
}

bool read_char(std::string_view& text, char wanted) {
    if (text.empty() || text.front() != wanted) return false;
    text.remove_prefix(1);
    return true;
}

// "Z", "+02:00" or nothing; minutes east of UTC.
bool read_zone(std::string_view text, int& minutes) {
    minutes = 0;
    if (text.empty() || text == "Z") return true;
    const int sign = text.front() == '-' ? -1 : 1;
    if (text.front() != '-' && text.front() != '+') return false;
    text.remove_prefix(1);
    int hours = 0, rest = 0;
    if (!read_digits(text, 2, hours) || !read_char(text, ':') || !read_digits(text, 2, rest)) return false;
    if (!text.empty() || rest > 59 || hours > 14 || (hours == 14 && rest > 0)) return false;
    minutes = sign * (hours * 60 + rest);
    return true;
}

std::optional<DateTimeParts> parse_parts(std::string_view text) {
    int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
    if (!read_digits(text, 4, y) || !read_char(text, '-') || !read_digits(text, 2, mo) ||
        !read_char(text, '-') || !read_digits(text, 2, d) ||
        !read_char(text, 'T') || !read_digits(text, 2, h) || !read_char(text, ':') ||
        !read_digits(text, 2, mi) || !read_char(text, ':') || !read_digits(text, 2, s)) {
        return std::nullopt;
    }
    const year_month_day date{year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
    if (!date.ok() || y == 0 || mi > 59 || s > 59 || h > 24 || (h == 24 && (mi > 0 || s > 0)))
        return std::nullopt;
    std::string_view fraction;
    if (read_char(text, '.')) {
        size_t n = 0;
        while (n < text.size() && text[n] >= '0' && text[n] <= '9') ++n;
        if (n == 0) return std::nullopt;
        fraction = text.substr(0, n);
        text.remove_prefix(n);
        if (h == 24 && fraction.find_first_not_of('0') != std::string_view::npos) return std::nullopt;
    }
    int zone_minutes = 0;
    if (!read_zone(text, zone_minutes)) return std::nullopt;
    const sys_seconds time = sys_days{date} + hours{h} + minutes{mi} + seconds{s} - minutes{zone_minutes};
    // Keys are ordered as text, which holds for four-digit years only.
    if (time < sys_days{year{1} / 1 / 1} || time >= sys_days{year{10000} / 1 / 1}) return std::nullopt;
    return DateTimeParts{time, fraction};
}

// Writes `width` digits and returns where they end.
char* put_number(unsigned value, int width, char* at) {
    for (int i = width - 1; i >= 0; --i) {
        at[i] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
    return at + width;
}

constexpr size_t kSecondsSize = 19;  // 2011-05-13T04:42:34

char* put_seconds(sys_seconds time, char* at) {
    const auto day_point = floor<days>(time);
    const year_month_day date{day_point};
    const auto second = static_cast<unsigned>((time - day_point).count());
    at = put_number(static_cast<unsigned>(static_cast<int>(date.year())), 4, at);
    *at++ = '-';
    at = put_number(static_cast<unsigned>(date.month()), 2, at);
    *at++ = '-';
    at = put_number(static_cast<unsigned>(date.day()), 2, at);
    *at++ = 'T';
    at = put_number(second / 3600, 2, at);
    *at++ = ':';
    at = put_number(second / 60 % 60, 2, at);
    *at++ = ':';
    return put_number(second % 60, 2, at);
}

}  // namespace

Instant system_now() {
    return {duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()};
}

char* write_instant(Instant instant, char* out) {
    const sys_time<milliseconds> time{milliseconds{instant.ms}};
    const auto whole = floor<seconds>(time);
    out = put_seconds(whole, out);
    *out++ = '.';
    out = put_number(static_cast<unsigned>((time - whole).count()), 3, out);
    *out++ = 'Z';
    return out;
}

std::string format_instant(Instant instant) {
    char text[kInstantSize];
    return {text, write_instant(instant, text)};
}

std::optional<Instant> parse_date_time(std::string_view text) {
    const auto parts = parse_parts(text);
    if (!parts) return std::nullopt;
    int64_t ms = 0;
    for (size_t i = 0; i < 3; ++i) ms = ms * 10 + (i < parts->fraction.size() ? parts->fraction[i] - '0' : 0);
    return Instant{duration_cast<milliseconds>(parts->time.time_since_epoch()).count() + ms};
}

std::optional<std::string> date_time_key(std::string_view text) {
    const auto parts = parse_parts(text);
    if (!parts) return std::nullopt;
    std::string key;
    key.reserve(24);
    char begin[kSecondsSize];
    key.append(begin, put_seconds(parts->time, begin));
    auto fraction = parts->fraction;
    while (!fraction.empty() && fraction.back() == '0') fraction.remove_suffix(1);
    if (!fraction.empty()) {
        key += '.';
        key += fraction;
    }
    return key;
}

}  // namespace rollcall
