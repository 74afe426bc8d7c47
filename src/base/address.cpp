#include "base/address.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

namespace rollcall {
namespace {

constexpr std::array<uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool has_bits_beyond(const IpAddress& address, int prefix_bits) {
    for (int bit = prefix_bits; bit < 128; ++bit) {
        if (address.bytes[static_cast<size_t>(bit / 8)] & (0x80 >> (bit % 8))) return true;
    }
    return false;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    char terminated[INET6_ADDRSTRLEN + 1];
    if (text.empty() || text.size() > INET6_ADDRSTRLEN || text.contains('\0')) return std::nullopt;
    std::memcpy(terminated, text.data(), text.size());
    terminated[text.size()] = '\0';
    IpAddress address;
    if (inet_pton(AF_INET, terminated, address.bytes.data() + kMappedPrefix.size()) == 1) {
        std::memcpy(address.bytes.data(), kMappedPrefix.data(), kMappedPrefix.size());
        return address;
    }
    if (inet_pton(AF_INET6, terminated, address.bytes.data()) == 1) return address;
    return std::nullopt;
}

bool IpAddress::is_ipv4() const { return std::memcmp(bytes.data(), kMappedPrefix.data(), kMappedPrefix.size()) == 0; }

bool IpAddress::is_loopback() const {
    if (is_ipv4()) return bytes[12] == 127;
    IpAddress loopback;
    loopback.bytes[15] = 1;
    return *this == loopback;
}

std::string IpAddress::text() const {
    char out[INET6_ADDRSTRLEN];
    const char* written = is_ipv4() ? inet_ntop(AF_INET, bytes.data() + kMappedPrefix.size(), out, sizeof out)
                                    : inet_ntop(AF_INET6, bytes.data(), out, sizeof out);
    return written == nullptr ? std::string() : std::string(written);
}

std::optional<AddressRange> AddressRange::parse(std::string_view text) {
    size_t slash = text.find('/');
    auto first = IpAddress::parse(text.substr(0, slash));
    if (!first) return std::nullopt;
    AddressRange range{*first, 128};
    if (slash == std::string_view::npos) return range;
    std::string_view bits = text.substr(slash + 1);
    int value = -1;
    auto [end, error] = std::from_chars(bits.data(), bits.data() + bits.size(), value);
    int bits_max = first->is_ipv4() ? 32 : 128;
    if (error != std::errc() || end != bits.data() + bits.size() || value < 0 || value > bits_max) return std::nullopt;
    range.prefix_bits = 128 - bits_max + value;
    if (has_bits_beyond(range.first, range.prefix_bits)) return std::nullopt;
    return range;
}

bool AddressRange::contains(const IpAddress& address) const {
    auto whole = static_cast<size_t>(prefix_bits / 8);
    if (std::memcmp(first.bytes.data(), address.bytes.data(), whole) != 0) return false;
    int rest = prefix_bits % 8;
    if (rest == 0) return true;
    auto mask = static_cast<uint8_t>(0xff << (8 - rest));
    return (first.bytes[whole] & mask) == (address.bytes[whole] & mask);
}

}  // namespace rollcall
