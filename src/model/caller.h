// Who asks: built by access/ from the head of a request (or by the command line for its operator), and by
// nobody else. Without a Caller there is no transaction, and a Caller always names one tenant.
#pragma once

#include <string>

#include "base/ids.h"
#include "base/time.h"

namespace rollcall {

enum class Right {
    Provision,   // SCIM: read and write users and groups of the tenant
    Administer,  // credentials and settings of the tenant
    None,        // open endpoints
};

enum class Channel { Scim, Admin, Application, CommandLine };

struct Caller {
    TenantId tenant;
    std::string tenant_slug;
    CredentialId credential;  // nil for the operator at the command line
    Right right = Right::None;
    Channel channel = Channel::Scim;
    std::string address;  // of the peer, without port

    static Caller operator_of(TenantId tenant, std::string slug) {
        return {tenant, std::move(slug), {}, Right::Administer, Channel::CommandLine, {}};
    }
};

}  // namespace rollcall
