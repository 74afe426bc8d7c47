// Who the client is when a reverse proxy stands in front. The X-Forwarded fields are believed only from peers that
// the operator named as proxies; from anybody else they are text without meaning (a client could write its own).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/address.h"
#include "http/message.h"

namespace rollcall::http {

class TrustedProxies {
public:
    // Each text is an address or a block ("10.0.0.0/8"). Errors: InvalidValue, naming the position in the list.
    static Result<TrustedProxies> parse(const std::vector<std::string>& texts);

    bool empty() const { return ranges_.empty(); }
    bool trusts(const IpAddress& address) const;

private:
    std::vector<AddressRange> ranges_;
};

// For a peer that is trusted: sets peer_address, secure and host of `head` from its fields. X-Forwarded-For: the
// right-most address that is no trusted proxy, so that what a client wrote itself, further left, is never reached.
// X-Forwarded-Proto and X-Forwarded-Host: only when there is exactly one value; two mean that a client's own came
// through.
void apply_forwarded(const TrustedProxies& proxies, Head& head);

// "example.com" of "example.com:8443"; brackets of IPv6 stay.
std::string_view host_without_port(std::string_view host);

}  // namespace rollcall::http
