#include "http/forwarded.h"

#include <algorithm>

#include "base/text.h"
#include "http/framing.h"

namespace rollcall::http {
namespace {

// The one value of a field, or empty when there is none or more than one.
std::string_view single_value(const Head& head, std::string_view name) {
    std::string_view found;
    for (const auto& [key, value] : head.headers) {
        if (!equals_ignoring_case(key, name)) continue;
        if (!found.empty() || value.empty() || value.contains(',')) return {};
        found = value;
    }
    return found;
}

// One element of X-Forwarded-For: an address, some proxies add a port: "192.0.2.1:4711", "[2001:db8::1]:4711".
std::optional<IpAddress> parse_hop(std::string_view text) {
    if (text.starts_with('[')) {
        size_t end = text.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        return IpAddress::parse(text.substr(1, end - 1));
    }
    if (std::count(text.begin(), text.end(), ':') == 1) text = text.substr(0, text.find(':'));
    return IpAddress::parse(text);
}

// Walks one field's list from the right. True when the client was found or the list cannot be read on.
bool walk_hops(std::string_view list, const TrustedProxies& proxies, std::string& client) {
    while (!list.empty()) {
        size_t comma = list.rfind(',');
        std::string_view element = trim(comma == std::string_view::npos ? list : list.substr(comma + 1));
        auto address = parse_hop(element);
        if (!address) return true;
        client = address->text();
        if (!proxies.trusts(*address)) return true;
        list = comma == std::string_view::npos ? std::string_view() : list.substr(0, comma);
    }
    return false;
}

}  // namespace

Result<TrustedProxies> TrustedProxies::parse(const std::vector<std::string>& texts) {
    TrustedProxies proxies;
    for (size_t i = 0; i < texts.size(); ++i) {
        auto range = AddressRange::parse(texts[i]);
        if (!range) {
            return failure(ErrorKind::InvalidValue,
                           "Trusted proxy number " + std::to_string(i + 1) +
                               " is neither an address nor a block like 10.0.0.0/8 without bits beyond its prefix.");
        }
        proxies.ranges_.push_back(*range);
    }
    return proxies;
}

bool TrustedProxies::trusts(const IpAddress& address) const {
    return std::any_of(ranges_.begin(), ranges_.end(),
                       [&](const AddressRange& range) { return range.contains(address); });
}

void apply_forwarded(const TrustedProxies& proxies, Head& head) {
    for (auto field = head.headers.rbegin(); field != head.headers.rend(); ++field) {
        if (!equals_ignoring_case(field->first, "x-forwarded-for")) continue;
        if (walk_hops(field->second, proxies, head.peer_address)) break;
    }
    std::string_view scheme = single_value(head, "x-forwarded-proto");
    if (!scheme.empty()) head.secure = equals_ignoring_case(scheme, "https");
    std::string_view host = single_value(head, "x-forwarded-host");
    if (!host.empty() && is_host(host)) head.host = host_without_port(host);
}

std::string_view host_without_port(std::string_view host) {
    size_t from = host.starts_with('[') ? host.find(']') : 0;
    if (from == std::string_view::npos) return host;
    return host.substr(0, host.find(':', from));
}

}  // namespace rollcall::http
