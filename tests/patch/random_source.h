// Random choices of the tests of this folder. The seed is printed and can be given again: ROLLCALL_SEED=1
// repeats a run, ROLLCALL_CASES=1000000 makes it longer.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <random>
#include <string>

namespace rollcall::scim::test {

inline uint64_t number_from_environment(const char* name, uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

class RandomSource {
public:
    explicit RandomSource(uint64_t seed) : engine_(seed) {}

    // Reads the seed from the environment, or takes a new one, and prints it.
    static uint64_t seed() {
        const uint64_t seed = number_from_environment("ROLLCALL_SEED", std::random_device()());
        std::printf("ROLLCALL_SEED=%llu\n", static_cast<unsigned long long>(seed));
        return seed;
    }

    // 0 .. bound - 1
    size_t below(size_t bound) { return static_cast<size_t>(engine_() % bound); }
    bool one_in(size_t n) { return below(n) == 0; }
    template <class T>
    T pick(std::initializer_list<T> choices) {
        return *(choices.begin() + below(choices.size()));
    }

private:
    std::mt19937_64 engine_;
};

}  // namespace rollcall::scim::test
