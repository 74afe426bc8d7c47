#include "base/ids.h"

#include <algorithm>
#include <atomic>

#include "base/secret.h"
#include "base/time.h"

namespace rollcall {
namespace {

// "000102...ff": ids are written by the hundred into a page of a list.
constexpr auto kHexPairs = [] {
    constexpr char kDigits[] = "0123456789abcdef";
    std::array<char, 512> pairs{};
    for (size_t i = 0; i < 256; ++i) {
        pairs[2 * i] = kDigits[i >> 4];
        pairs[2 * i + 1] = kDigits[i & 15];
    }
    return pairs;
}();

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

bool is_dash_position(size_t i) {
    return i == 8 || i == 13 || i == 18 || i == 23;
}

}  // namespace

UuidBytes new_uuid() {
    // RFC 9562 §6.2 method 1: within one millisecond the 12 bits after the version count up, so that ids of
    // the process increase, whichever thread makes them: resources are listed in the order in which they were
    // created.
    static std::atomic<uint64_t> last{0};  // milliseconds and counter of the last id
    // The random part is drawn in blocks: one system call serves many ids.
    thread_local std::array<uint8_t, 1024> pool;
    thread_local size_t used = pool.size();
    if (used + 8 > pool.size()) {
        random_bytes(pool.data(), pool.size());
        used = 0;
    }
    // A small random start leaves room to count; beyond it the count runs over into the next millisecond.
    const uint64_t now = static_cast<uint64_t>(system_now().ms) << 12 | (pool[used] & 0x7F);
    uint64_t before = last.load(std::memory_order_relaxed);
    uint64_t number = 0;
    do {
        number = std::max(now, before + 1);
    } while (!last.compare_exchange_weak(before, number, std::memory_order_relaxed));
    UuidBytes id;
    for (size_t i = 0; i < 6; ++i) id[i] = static_cast<uint8_t>(number >> (52 - 8 * i));
    id[6] = static_cast<uint8_t>(0x70 | (number >> 8 & 0x0F));
    id[7] = static_cast<uint8_t>(number);
    std::memcpy(id.data() + 8, pool.data() + used, 8);
    used += 8;
    id[8] = static_cast<uint8_t>(0x80 | (id[8] & 0x3F));
    return id;
}

std::optional<UuidBytes> parse_uuid(std::string_view text) {
    if (text.size() != 36) return std::nullopt;
    UuidBytes bytes;
    size_t out = 0;
    for (size_t i = 0; i < 36;) {
        if (is_dash_position(i)) {
            if (text[i] != '-') return std::nullopt;
            ++i;
            continue;
        }
        const int high = hex_value(text[i]);
        const int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes[out++] = static_cast<uint8_t>(high * 16 + low);
        i += 2;
    }
    return bytes;
}

char* write_uuid(const UuidBytes& bytes, char* out) {
    const uint8_t* in = bytes.data();
    const auto pairs = [&](int count) {
        for (; count > 0; --count, ++in, out += 2) std::memcpy(out, kHexPairs.data() + 2 * *in, 2);
    };
    pairs(4);
    for (const int count : {2, 2, 2, 6}) {
        *out++ = '-';
        pairs(count);
    }
    return out;
}

void append_uuid(const UuidBytes& bytes, std::string& out) {
    const size_t before = out.size();
    out.resize_and_overwrite(before + kUuidSize, [&](char* text, size_t) {
        return static_cast<size_t>(write_uuid(bytes, text + before) - text);
    });
}

}  // namespace rollcall
