// Where this server may call: addresses come from administrators of tenants and from documents of others, and
// must not lead into the network that the server stands in (T63).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/result.h"

namespace rollcall::outside {

// A unicast address of the public internet: no private, loopback, link-local, shared, documentation,
// multicast or reserved one, and none that hides an IPv4 address (6to4, Teredo, NAT64).
bool is_public(const IpAddress& address);

struct Destinations {
    std::vector<AddressRange> networks;  // that are not public and may be called nevertheless
    bool loopback = false;               // this machine too, and there without TLS

    // Texts as in the settings. Error: InvalidValue.
    static Result<Destinations> parse(const std::vector<std::string>& networks, bool loopback);

    bool allows(const IpAddress& address, bool with_tls) const;
    // Public addresses are called at 443 and 8443.
    bool allows_port(const IpAddress& address, int port) const;
};

// An absolute https URL without user, password and fragment; http only when `destinations` has the loopback.
// Whether the host's addresses may be called shows when it is called. Error: InvalidValue.
Result<void> check_url(const std::string& url, const Destinations& destinations);

}  // namespace rollcall::outside
