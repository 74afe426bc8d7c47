#include "outside/destination.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

namespace rollcall::outside {
namespace {

const std::vector<AddressRange>& special_ranges() {
    static const std::vector<AddressRange> ranges = [] {
        std::vector<AddressRange> list;
        // The registries of special-purpose addresses of IANA (RFC 6890), and multicast.
        for (const std::string_view text :
             {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
              "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
              "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "2001::/23", "2001:db8::/32",
              "2002::/16", "3fff::/20"}) {
            list.push_back(*AddressRange::parse(text));
        }
        return list;
    }();
    return ranges;
}

bool is_within(const std::vector<AddressRange>& ranges, const IpAddress& address) {
    return std::ranges::any_of(ranges, [&](const AddressRange& range) { return range.contains(address); });
}

struct FreeUrl {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

std::string part_of(CURLU* url, CURLUPart part) {
    char* text = nullptr;
    if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
    std::string copy(text);
    curl_free(text);
    return copy;
}

}  // namespace

bool is_public(const IpAddress& address) {
    static const AddressRange global = *AddressRange::parse("2000::/3");
    if (!address.is_ipv4() && !global.contains(address)) return false;
    return !is_within(special_ranges(), address);
}

Result<Destinations> Destinations::parse(const std::vector<std::string>& networks, bool loopback) {
    Destinations destinations;
    destinations.loopback = loopback;
    for (const auto& text : networks) {
        const auto range = AddressRange::parse(text);
        if (!range) {
            return failure(ErrorKind::InvalidValue,
                           "outgoing_networks holds addresses and blocks, such as 10.0.0.0/8.");
        }
        destinations.networks.push_back(*range);
    }
    return destinations;
}

bool Destinations::allows(const IpAddress& address, bool with_tls) const {
    if (address.is_loopback() && loopback) return true;
    return with_tls && (is_public(address) || is_within(networks, address));
}

bool Destinations::allows_port(const IpAddress& address, int port) const {
    return port == 443 || port == 8443 || !is_public(address);
}

Result<void> check_url(const std::string& url, const Destinations& destinations) {
    const std::unique_ptr<CURLU, FreeUrl> parsed(curl_url());
    const auto refuse = [](const char* sentence) { return failure(ErrorKind::InvalidValue, sentence); };
    if (url.size() > 1'024 || !parsed ||
        curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
        std::ranges::any_of(url, [](char c) { return c <= ' ' || c == '\x7f' || c == '\\'; })) {
        return refuse("The address is no URL.");
    }
    const auto scheme = part_of(parsed.get(), CURLUPART_SCHEME);
    if (scheme != "https" && !(scheme == "http" && destinations.loopback)) {
        return refuse("The address begins with https://.");
    }
    if (!part_of(parsed.get(), CURLUPART_USER).empty() ||
        !part_of(parsed.get(), CURLUPART_PASSWORD).empty() || url.contains('@') || url.contains('#')) {
        return refuse("The address holds no user, no password and no fragment.");
    }
    return {};
}

}  // namespace rollcall::outside
