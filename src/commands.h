// What the command line can do. Each returns the exit code: 0 done, 1 refused or failed (a sentence is on
// standard error), 2 wrong use, 3 what was checked is not as it must be (`verify`, `audit verify`, `store copy`).
#pragma once

#include <string>
#include <vector>

#include "settings.h"

namespace rollcall {

enum class Output { Text, Json };

int serve(const Settings& settings);
int create_tenant(const Settings& settings, const std::string& slug, const std::string& profile,
                  const std::vector<std::string>& assignments, Output output);
// `assignments`: "strict=true". In effect with the next request of a running server.
int set_tenant(const Settings& settings, const std::string& slug, const std::vector<std::string>& assignments,
               Output output);
int list_tenants(const Settings& settings, Output output);

struct IssueArguments {
    std::string tenant, name, slug, expires, user, right;
};
int issue_credential(const Settings& settings, const IssueArguments& arguments, Output output);
int list_credentials(const Settings& settings, const std::string& tenant, Output output);
// The addresses and blocks it may be used from; none: all.
int set_credential_networks(const Settings& settings, const std::string& tenant, const std::string& which,
                            const std::vector<std::string>& networks, Output output);
// `change` is "revoke", "disable", "enable", "quarantine" or "confirm"; for the last two an empty `which` means all,
// and an empty `tenant` all tenants.
int change_credential(const Settings& settings, const std::string& tenant, const std::string& which,
                      const std::string& change, Output output);

// service_key_commands.cpp: keys of applications
struct ServiceKeyArguments {
    std::string tenant, name, expires, which;
    std::vector<std::string> scopes;
};
int issue_service_key(const Settings& settings, const ServiceKeyArguments& arguments, Output output);
int list_service_keys(const Settings& settings, const std::string& tenant, Output output);
int revoke_service_key(const Settings& settings, const std::string& tenant, const std::string& which, Output output);

// credential_commands.cpp
struct RotateArguments {
    std::string tenant, which, overlap, expires;
};
int rotate_credential(const Settings& settings, const RotateArguments& arguments, Output output);
// Unusual use, the latest first.
int list_notices(const Settings& settings, const std::string& tenant, Output output);

struct IssuerArguments {
    std::string tenant, url, audience, key_file, keys_url, algorithm, kid, tenant_claim, tenant_value, name, slug;
};
int add_issuer(const Settings& settings, const IssuerArguments& arguments, Output output);
int list_issuers(const Settings& settings, const std::string& tenant, Output output);
int remove_issuer(const Settings& settings, const std::string& tenant, const std::string& url, Output output);

// openid_commands.cpp: the OpenID provider of a tenant
struct OpenIdArguments {
    std::string tenant, issuer, client_id, secret_file, member, subject;
    bool match_email = false;
};
int set_openid(const Settings& settings, const OpenIdArguments& arguments, Output output);
int show_openid(const Settings& settings, const std::string& tenant, Output output);
int remove_openid(const Settings& settings, const std::string& tenant);
// Who the member (id or userName) is at the provider; an empty subject takes the link away.
int link_openid(const Settings& settings, const OpenIdArguments& arguments);

// Switches SCIM on or off for a tenant (MOB-10).
int switch_tenant(const Settings& settings, const std::string& slug, bool on, Output output);

// schema_commands.cpp: schemas and resource types of one tenant
int load_schemas(const Settings& settings, const std::string& tenant, const std::vector<std::string>& files,
                 Output output);
int list_schemas(const Settings& settings, const std::string& tenant, Output output);
int remove_schemas(const Settings& settings, const std::string& tenant,
                   const std::vector<std::string>& names, Output output);

// role_commands.cpp: the roles and entitlements that a tenant lists; `file` holds the whole lists.
int load_roles(const Settings& settings, const std::string& tenant, const std::string& file, Output output);

// member_commands.cpp: members that the operator looks after. `which`: id or userName.
struct MemberArguments {
    std::string tenant, which, role, email;
    std::optional<bool> pre_linked, active;
    bool verified = false;
};
int create_member(const Settings& settings, const MemberArguments& arguments, Output output);
int set_member(const Settings& settings, const MemberArguments& arguments, Output output);
int list_members(const Settings& settings, const std::string& tenant, Output output);

// audit_commands.cpp: the trail of changes. 3 when a row of it is not as it was written.
struct ExportArguments {
    std::string tenant, format = "jsonl", from, until;
    bool installation = false;  // what has no tenant, in its place
};
int verify_audit(const Settings& settings, const std::string& tenant, Output output);
int export_audit(const Settings& settings, const ExportArguments& arguments);
// The last 100 requests of a credential (id or slug), and its answers by hour and class (MOB-17).
int show_requests(const Settings& settings, const std::string& tenant, const std::string& which, Output output);

// mass_change_commands.cpp: many members who lost access at once. `which`: its id, or "open".
int list_mass_changes(const Settings& settings, const std::string& tenant, Output output);
int show_mass_change(const Settings& settings, const std::string& tenant, const std::string& which, Output output);
int undo_mass_change(const Settings& settings, const std::string& tenant, const std::string& which, Output output);
int release_mass_change(const Settings& settings, const std::string& tenant, const std::string& which, Output output);
int announce_losses(const Settings& settings, const std::string& tenant, int64_t losses, int64_t hours, Output output);

// administrator_commands.cpp. Passwords are asked for at a terminal, else the first line of standard input is one.
int create_operator(const Settings& settings, const std::string& name, Output output);
int set_operator_password(const Settings& settings, const std::string& name);
int remove_operator(const Settings& settings, const std::string& name);
int set_member_password(const Settings& settings, const std::string& tenant, const std::string& user_name);
int list_operators(const Settings& settings, Output output);
// group_commands.cpp: groups beside SCIM, and who may read and write what
int list_groups(const Settings& settings, const std::string& tenant, Output output);
// `which`: id or displayName of the group.
int enable_group(const Settings& settings, const std::string& tenant, const std::string& which, bool enabled,
                 Output output);
// Puts `grants` ("group:sales=read") in the place of all that the member or group of that id has itself.
int grant_scopes(const Settings& settings, const std::string& tenant, const std::string& subject,
                 const std::vector<std::string>& grants, Output output);
// With `scope`: whether the member may read it (`access` "read" or empty) or write it; else all it may do.
int show_scopes(const Settings& settings, const std::string& tenant, const std::string& member,
                const std::string& scope, const std::string& access, Output output);

// store_commands.cpp: all of an installation in another place. `from` and `to` are URLs of stores.
int copy_store(const Settings& settings, const std::string& from, const std::string& to, Output output);
// Into a new file, or one in the folder `target`.
int back_up_store(const Settings& settings, const std::string& target, Output output);
// Everything that opens a tenant is in quarantine then, and what the revocation journal says is done again.
int restore_store(const Settings& settings, const std::string& file, Output output);

int verify_store(const Settings& settings, Output output);
int check_config(const GivenSettings& given, Output output);
int show_routes(const Settings& settings, Output output);
int show_version(Output output);

// Prints "rollcall: SENTENCE" to standard error; 1.
int fail(const std::string& sentence);

}  // namespace rollcall
