// What an application presents to the application API: a key of a tenant with scopes. Never a SCIM
// credential.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/secret.h"
#include "base/time.h"

namespace rollcall {

// The scopes there are. Their order is that of the bits of Scopes and never changes; new ones go to the end.
inline constexpr std::array<std::string_view, 11> kScopeNames = {
    "members:read", "members:write", "groups:read",   "sessions:write", "keys:write",       "introspect",
    "scopes:read",  "content:read",  "content:write", "audit:read",     "invitations:write"};

// A set of scopes.
class Scopes {
public:
    // False when there is no such scope.
    bool add(std::string_view name) {
        for (size_t i = 0; i < kScopeNames.size(); ++i) {
            if (kScopeNames[i] != name) continue;
            bits_ |= 1U << i;
            return true;
        }
        return false;
    }
    bool has(std::string_view name) const {
        for (size_t i = 0; i < kScopeNames.size(); ++i) {
            if (kScopeNames[i] == name) return (bits_ >> i & 1U) != 0;
        }
        return false;
    }
    bool empty() const { return bits_ == 0; }
    // "members:read introspect": as OAuth writes them (RFC 6749 §3.3), and as they are stored.
    std::string text() const {
        std::string out;
        for (size_t i = 0; i < kScopeNames.size(); ++i) {
            if ((bits_ >> i & 1U) == 0) continue;
            if (!out.empty()) out += ' ';
            out += kScopeNames[i];
        }
        return out;
    }
    // Of stored text; a scope that this program does not know allows nothing.
    static Scopes of(std::string_view text) {
        Scopes scopes;
        while (!text.empty()) {
            const auto end = std::min(text.find(' '), text.size());
            scopes.add(text.substr(0, end));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        return scopes;
    }
    friend bool operator==(const Scopes&, const Scopes&) = default;

private:
    uint32_t bits_ = 0;
};

struct ServiceKey {
    ServiceKeyId id;
    std::string name;
    Scopes scopes;
    Sha256 token_hash{};
    Instant created;
    std::optional<Instant> expires;
    std::optional<Instant> revoked;
    std::optional<Instant> last_used;
    std::optional<Instant> quarantined;  // since then nobody has confirmed that it is still good (T36)
    friend bool operator==(const ServiceKey&, const ServiceKey&) = default;
};

}  // namespace rollcall
