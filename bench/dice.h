// Repeatable random numbers for made-up data and for the choices of the load generator: one seed, one sequence, on
// every machine. Cheap enough to be asked for every request. Not for secrets.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace rollcall::bench {

// splitmix64 (Steele, Lea, Flood 2014).
class Dice {
public:
    explicit Dice(uint64_t seed) : state_(seed) {}

    uint64_t next() {
        state_ += 0x9e3779b97f4a7c15;
        uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    // From 0 to `bound` - 1. The bias of 2^-32 does not matter here.
    uint64_t below(uint64_t bound) { return static_cast<uint64_t>((static_cast<__uint128_t>(next()) * bound) >> 64); }

    bool one_in(uint64_t times) { return below(times) == 0; }

    std::string_view pick(std::span<const std::string_view> words) { return words[below(words.size())]; }

    // Appends `count` digits and letters, at most 12.
    void append_code(int count, std::string_view alphabet, std::string& out) {
        uint64_t bits = next();
        for (int i = 0; i < count; ++i) {
            out += alphabet[bits % alphabet.size()];
            bits /= alphabet.size();
        }
    }

private:
    uint64_t state_;
};

}  // namespace rollcall::bench
