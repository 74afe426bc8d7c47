// Network addresses as values, without a socket library.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall {

// An IPv4 or IPv6 address. IPv4 is kept as ::ffff:a.b.c.d, so that a dual-stack socket's peer equals the plain one.
struct IpAddress {
    std::array<uint8_t, 16> bytes{};

    // "192.0.2.1" or "2001:db8::1"; no port, no brackets, no zone.
    static std::optional<IpAddress> parse(std::string_view text);
    bool is_ipv4() const;
    bool is_loopback() const;      // 127.0.0.0/8 or ::1
    std::string text() const;
    friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
};

// A block of addresses.
struct AddressRange {
    IpAddress first;
    int prefix_bits = 128;         // of the 128; an IPv4 block of /24 has 120

    // "10.0.0.0/8", "2001:db8::/32", or one address. Empty when it is none of these or has bits beyond the prefix.
    static std::optional<AddressRange> parse(std::string_view text);
    bool contains(const IpAddress& address) const;
};

}  // namespace rollcall
