// Who asks: built by access/ from the head of a request (or by the command line for its operator), and by
// nobody else. Without a Caller there is no transaction, and a Caller always names one tenant.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/ids.h"
#include "base/time.h"

namespace rollcall {

// What may be done, in an order in which each right includes those before it (decision 021).
enum class Right {
    None,        // open endpoints
    Discover,    // schemas and types; every credential
    ReadSelf,    // a member: read the user it is
    ChangeSelf,  // ... change its own profile
    RemoveSelf,  // ... remove itself
    Read,        // read users and groups of the tenant
    Provision,   // ... and write them
    Administer,  // credentials and settings of the tenant; never by SCIM
};

constexpr bool allows(Right held, Right wanted) {
    return held >= wanted;
}
// A right of a member concerns the user behind the credential and nobody else.
constexpr bool is_of_member(Right right) {
    return right == Right::ReadSelf || right == Right::ChangeSelf || right == Right::RemoveSelf;
}

// Rights as they are written at the command line and in the store.
inline constexpr std::array<std::pair<Right, std::string_view>, 8> kRightNames = {{
    {Right::None, "none"},
    {Right::Discover, "discover"},
    {Right::ReadSelf, "read-self"},
    {Right::ChangeSelf, "change-self"},
    {Right::RemoveSelf, "remove-self"},
    {Right::Read, "read"},
    {Right::Provision, "provision"},
    {Right::Administer, "administer"},
}};
constexpr std::string_view right_name(Right right) {
    return kRightNames[static_cast<size_t>(right)].second;
}
constexpr std::optional<Right> right_named(std::string_view name) {
    for (const auto& [right, known] : kRightNames) {
        if (known == name) return right;
    }
    return std::nullopt;
}

enum class Channel { Scim, Admin, Application, CommandLine };

// As it stands in the trail.
constexpr std::string_view channel_name(Channel channel) {
    constexpr std::string_view names[] = {"scim", "admin", "app", "cli"};
    return names[static_cast<size_t>(channel)];
}

struct Caller {
    TenantId tenant;
    std::string tenant_slug;
    CredentialId credential;  // also the id of a service key; nil for the operator at the command line
    Right right = Right::None;
    Channel channel = Channel::Scim;
    std::string address;  // of the peer, without port
    ResourceId user;      // whom the credential belongs to; nil: no member

    static Caller operator_of(TenantId tenant, std::string slug) {
        return {tenant, std::move(slug), {}, Right::Administer, Channel::CommandLine, {}, {}};
    }
};

}  // namespace rollcall
