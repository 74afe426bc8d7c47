// Order of numbers by their mathematical value. Converting int64 to double first would make 2^53 and 2^53 + 1 equal.
#pragma once

#include <cmath>
#include <cstdint>

namespace rollcall {

inline int compare_numbers(int64_t a, int64_t b) { return a < b ? -1 : a > b ? 1 : 0; }
inline int compare_numbers(double a, double b) { return a < b ? -1 : a > b ? 1 : 0; }

// Precondition: `b` is finite.
inline int compare_numbers(int64_t a, double b) {
    constexpr double kAboveAll = 9223372036854775808.0;   // 2^63
    if (b >= kAboveAll) return -1;
    if (b < -kAboveAll) return 1;
    const double whole = std::trunc(b);
    if (const int order = compare_numbers(a, static_cast<int64_t>(whole))) return order;
    return compare_numbers(whole, b);
}

inline int compare_numbers(double a, int64_t b) { return -compare_numbers(b, a); }

}  // namespace rollcall
