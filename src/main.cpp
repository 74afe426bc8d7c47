// The command line: reads arguments, hands over to commands.h. The only place that knows CLI11.
#include <CLI/CLI.hpp>

#include "commands.h"

namespace rollcall {
namespace {

// Arguments of all commands; each command uses its own.
struct Arguments {
    GivenSettings given;
    bool json = false;
    std::string slug, profile, which;
    std::vector<std::string> assignments;
    std::string scope, access;
    IssueArguments issue;
    RotateArguments rotate;
    IssuerArguments issuer;
    OpenIdArguments openid;
    MemberArguments member;
    ServiceKeyArguments service_key;
    ExportArguments saved;
    std::vector<std::string> names;
    std::string from, to;
    int64_t losses = 0, hours = 24;

    Output output() const { return json ? Output::Json : Output::Text; }
};

// Flags for settings, by the table. `names` empty: all of them.
void add_settings(CLI::App& app, Arguments& arguments, const std::vector<std::string_view>& names = {}) {
    for (const auto& row : setting_rows()) {
        if (!names.empty() && std::find(names.begin(), names.end(), row.name) == names.end()) continue;
        std::string flag = "--" + std::string(row.name);
        std::replace(flag.begin(), flag.end(), '_', '-');
        const std::string name(row.name);
        auto* option = app.add_option_function<std::string>(
            flag, [&arguments, name](const std::string& text) { arguments.given.flags[name] = text; },
            std::string(row.meaning));
        if (name == "unsafe") option->group("");
    }
    app.add_option("--config", arguments.given.file, "TOML file with settings");
    if (names.empty()) {
        app.add_option("--limit", arguments.given.limit_flags,
                       "NAME=VALUE, a limit of SECURITY.md; may be repeated");
    }
}

CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& meaning,
                      Arguments& arguments, std::vector<std::string_view> settings = {"store"}) {
    if (!settings.empty() && settings.front() == "store") settings.push_back("audit_key_file");
    auto* command = parent.add_subcommand(name, meaning);
    add_settings(*command, arguments, settings);
    command->add_flag("--json", arguments.json, "print JSON");
    return command;
}

template <class Run>
void on_run(CLI::App* command, Arguments& arguments, int& code, Run run) {
    command->callback([&arguments, &code, run] {
        const auto settings = read_settings(arguments.given);
        code = settings ? run(*settings) : (fail(settings.error().detail), 2);
    });
}

void add_tenant_commands(CLI::App& app, Arguments& arguments, int& code) {
    auto* tenant = app.add_subcommand("tenant", "customer organisations")->require_subcommand(1);
    auto* create = add_command(*tenant, "create", "make a tenant", arguments);
    create->add_option("slug", arguments.slug, "its name in host names and paths: a-z, 0-9 and -")
        ->required();
    create->add_option("--profile", arguments.profile,
                       "policy values to start from: standard, mobieus, modelux, plur");
    create->add_option("--set", arguments.assignments, "NAME=VALUE, a policy value; may be repeated")
        ->allow_extra_args(false);
    on_run(create, arguments, code, [&](const Settings& settings) {
        return create_tenant(settings, arguments.slug, arguments.profile, arguments.assignments,
                             arguments.output());
    });
    auto* set =
        add_command(*tenant, "set", "change policy values; takes effect with the next request", arguments,
                    {"store", "schemas"});
    set->add_option("slug", arguments.slug, "the tenant")->required();
    set->add_option("assignments", arguments.assignments, "NAME=VALUE, for example strict=true")->required();
    on_run(set, arguments, code, [&](const Settings& settings) {
        return set_tenant(settings, arguments.slug, arguments.assignments, arguments.output());
    });
    for (const bool on : {true, false}) {
        auto* command =
            add_command(*tenant, on ? "enable" : "disable",
                        on ? "switch SCIM on for a tenant" : "switch SCIM off for a tenant: 404", arguments);
        command->add_option("slug", arguments.slug, "the tenant")->required();
        on_run(command, arguments, code, [&arguments, on](const Settings& settings) {
            return switch_tenant(settings, arguments.slug, on, arguments.output());
        });
    }
    on_run(add_command(*tenant, "list", "list tenants", arguments), arguments, code,
           [&](const Settings& settings) { return list_tenants(settings, arguments.output()); });
}

void add_rotation_commands(CLI::App& credential, Arguments& arguments, int& code) {
    auto* rotate =
        add_command(credential, "rotate", "replace the token of a credential; the next one is printed once", arguments);
    rotate->add_option("--tenant", arguments.rotate.tenant, "slug of the tenant")->required();
    rotate->add_option("credential", arguments.rotate.which, "its id or slug")->required();
    rotate->add_option("--overlap", arguments.rotate.overlap,
                       "how long the token before it is still good: 24h (default), 90m, 7d, 0");
    rotate->add_option("--expires", arguments.rotate.expires, "2027-01-31 or 2027-01-31T12:00:00Z");
    on_run(rotate, arguments, code, [&](const Settings& settings) {
        return rotate_credential(settings, arguments.rotate, arguments.output());
    });
    auto* notices = add_command(credential, "notices", "list unusual use, the latest first", arguments);
    notices->add_option("--tenant", arguments.issue.tenant, "slug of the tenant")->required();
    on_run(notices, arguments, code, [&](const Settings& settings) {
        return list_notices(settings, arguments.issue.tenant, arguments.output());
    });
}

void add_quarantine_commands(CLI::App& credential, Arguments& arguments, int& code) {
    const std::pair<std::string, std::string> changes[] = {
        {"quarantine", "refuse a token, or all of them, until it is confirmed; after an older database was restored"},
        {"confirm", "take a token, or all of them, out of quarantine"}};
    for (const auto& [change, meaning] : changes) {
        auto* command = add_command(credential, change, meaning, arguments);
        command->add_option("--tenant", arguments.issue.tenant, "slug of the tenant; none: of every tenant");
        command->add_option("credential", arguments.which, "its id or slug; none: all");
        on_run(command, arguments, code, [&arguments, change](const Settings& settings) {
            return change_credential(settings, arguments.issue.tenant, arguments.which, change, arguments.output());
        });
    }
}

void add_credential_commands(CLI::App& app, Arguments& arguments, int& code) {
    auto* credential =
        app.add_subcommand("credential", "tokens of identity providers")->require_subcommand(1);
    auto* issue = add_command(*credential, "issue", "issue a token; it is printed once", arguments);
    issue->add_option("--tenant", arguments.issue.tenant, "slug of the tenant")->required();
    issue->add_option("--name", arguments.issue.name, "a name for people")->required();
    issue->add_option("--slug", arguments.issue.slug, "a short name for commands");
    issue->add_option("--expires", arguments.issue.expires, "2027-01-31 or 2027-01-31T12:00:00Z");
    issue->add_option("--user", arguments.issue.user, "id or userName of the user whom /Me then means");
    issue->add_option(
        "--right", arguments.issue.right,
        "provision (default) or read; with --user: read-self (default), change-self or remove-self");
    on_run(issue, arguments, code, [&](const Settings& settings) {
        return issue_credential(settings, arguments.issue, arguments.output());
    });
    auto* list =
        add_command(*credential, "list", "list the tokens of a tenant, without their text", arguments);
    list->add_option("--tenant", arguments.issue.tenant, "slug of the tenant")->required();
    on_run(list, arguments, code, [&](const Settings& settings) {
        return list_credentials(settings, arguments.issue.tenant, arguments.output());
    });
    add_rotation_commands(*credential, arguments, code);
    auto* networks = add_command(*credential, "networks", "set the addresses that a token may be used from", arguments);
    networks->add_option("--tenant", arguments.issue.tenant, "slug of the tenant")->required();
    networks->add_option("credential", arguments.which, "its id or slug")->required();
    networks->add_option("networks", arguments.names, "addresses and blocks, such as 192.0.2.0/24; none: all");
    on_run(networks, arguments, code, [&](const Settings& settings) {
        return set_credential_networks(settings, arguments.issue.tenant, arguments.which, arguments.names,
                                       arguments.output());
    });
    add_quarantine_commands(*credential, arguments, code);
    for (const std::string change : {"revoke", "disable", "enable"}) {
        auto* command = add_command(*credential, change,
                                    change + " a token; takes effect with the next request", arguments);
        command->add_option("--tenant", arguments.issue.tenant, "slug of the tenant")->required();
        command->add_option("credential", arguments.which, "its id or slug")->required();
        on_run(command, arguments, code, [&arguments, change](const Settings& settings) {
            return change_credential(settings, arguments.issue.tenant, arguments.which, change,
                                     arguments.output());
        });
    }
}

void add_issuer_commands(CLI::App& app, Arguments& arguments, int& code) {
    auto* issuer = app.add_subcommand("issuer", "who signs tokens (JWT) for a tenant")->require_subcommand(1);
    auto& given = arguments.issuer;
    const auto add = [&](const std::string& name, const std::string& meaning) {
        auto* command =
            add_command(*issuer, name, meaning, arguments, {"store", "outgoing_networks", "outgoing_loopback"});
        command->add_option("--tenant", given.tenant, "slug of the tenant")->required();
        return command;
    };
    auto* put =
        add("add", "take tokens of an issuer, or change its keys; takes effect with the next request");
    put->add_option("--issuer", given.url, "the claim iss, letter by letter")->required();
    put->add_option("--audience", given.audience, "what the claim aud must name")->required();
    put->add_option("--key", given.key_file, "file with a public key or certificate (PEM), or a JWK Set");
    put->add_option("--jwks-url", given.keys_url, "in its place: where the JWK Set is fetched, now and again");
    put->add_option("--algorithm", given.algorithm, "for PEM: RS256, PS256, ES256, ES384, EdDSA ...");
    put->add_option("--kid", given.kid, "for PEM: the name of the key");
    put->add_option("--tenant-claim", given.tenant_claim, "the claim that names the tenant (tenant)");
    put->add_option("--tenant-value", given.tenant_value, "what it must say (the slug)");
    put->add_option("--name", given.name, "name of the credential that stands for the issuer");
    put->add_option("--slug", given.slug, "a short name of that credential");
    on_run(put, arguments, code,
           [&](const Settings& settings) { return add_issuer(settings, given, arguments.output()); });
    on_run(add("list", "list the issuers of a tenant"), arguments, code, [&](const Settings& settings) {
        return list_issuers(settings, given.tenant, arguments.output());
    });
    auto* remove = add("remove", "take no tokens of an issuer any more, and revoke its credential");
    remove->add_option("issuer", given.url, "the claim iss")->required();
    on_run(remove, arguments, code, [&](const Settings& settings) {
        return remove_issuer(settings, given.tenant, given.url, arguments.output());
    });
}

void add_openid_commands(CLI::App& app, Arguments& arguments, int& code) {
    auto* openid = app.add_subcommand("openid", "where administrators of a tenant sign in besides with a password")
                       ->require_subcommand(1);
    auto& given = arguments.openid;
    const auto add = [&](const std::string& name, const std::string& meaning) {
        auto* command = add_command(*openid, name, meaning, arguments, {"store", "sealing_key_file"});
        command->add_option("--tenant", given.tenant, "slug of the tenant")->required();
        return command;
    };
    auto* set = add("set", "set the OpenID provider of a tenant; takes effect with the next sign-in");
    set->add_option("--issuer", given.issuer, "its address, as its tokens say it")->required();
    set->add_option("--client-id", given.client_id, "what it knows this server as")->required();
    set->add_option("--client-secret-file", given.secret_file,
                    "file whose first line is the secret; none: a public client");
    set->add_flag("--match-email", given.match_email,
                  "whom nobody linked is the member that has verified the same e-mail address");
    on_run(set, arguments, code,
           [&](const Settings& settings) { return set_openid(settings, given, arguments.output()); });
    on_run(add("show", "show the OpenID provider of a tenant"), arguments, code,
           [&](const Settings& settings) { return show_openid(settings, given.tenant, arguments.output()); });
    on_run(add("remove", "take the OpenID provider of a tenant away"), arguments, code,
           [&](const Settings& settings) { return remove_openid(settings, given.tenant); });
    auto* link = add("link", "say who a member is at the provider");
    link->add_option("--member", given.member, "id or userName of the member")->required();
    link->add_option("--subject", given.subject, "the claim sub of the person; none: the link goes");
    on_run(link, arguments, code, [&](const Settings& settings) { return link_openid(settings, given); });
}

void add_service_key_commands(CLI::App& app, Arguments& arguments, int& code) {
    auto* parent =
        app.add_subcommand("service-key", "keys of applications, for /api/v1")->require_subcommand(1);
    auto& given = arguments.service_key;
    const auto add = [&](const std::string& name, const std::string& meaning) {
        auto* command = add_command(*parent, name, meaning, arguments);
        command->add_option("--tenant", given.tenant, "slug of the tenant")->required();
        return command;
    };
    auto* issue = add("issue", "make a key and show it once");
    issue->add_option("--name", given.name, "whose key it is, for people")->required();
    issue->add_option("--scope", given.scopes, "what it may do, such as members:read; may be repeated")
        ->required()
        ->delimiter(',')
        ->allow_extra_args(false);
    issue->add_option("--expires", given.expires, "2027-01-31 or an RFC 3339 time");
    on_run(issue, arguments, code, [&](const Settings& settings) {
        return issue_service_key(settings, arguments.service_key, arguments.output());
    });
    on_run(add("list", "list the keys of a tenant, without their text"), arguments, code,
           [&](const Settings& settings) {
               return list_service_keys(settings, arguments.service_key.tenant, arguments.output());
           });
    auto* revoke = add("revoke", "revoke a key; takes effect with the next request");
    revoke->add_option("key", given.which, "its id")->required();
    on_run(revoke, arguments, code, [&](const Settings& settings) {
        return revoke_service_key(settings, arguments.service_key.tenant, arguments.service_key.which,
                                  arguments.output());
    });
}

void add_schema_commands(CLI::App& app, Arguments& arguments, int& code) {
    auto* schema =
        app.add_subcommand("schema", "schemas and resource types of a tenant")->require_subcommand(1);
    const auto add = [&](const std::string& name, const std::string& meaning) {
        auto* command = add_command(*schema, name, meaning, arguments, {"store", "schemas"});
        command->add_option("--tenant", arguments.slug, "slug of the tenant")->required();
        return command;
    };
    auto* load = add("load", "add or replace schemas and resource types; takes effect with the next request");
    load->add_option("files", arguments.names, "JSON files with Schema and ResourceType documents")
        ->required();
    on_run(load, arguments, code, [&](const Settings& settings) {
        return load_schemas(settings, arguments.slug, arguments.names, arguments.output());
    });
    on_run(
        add("list", "list the schemas and resource types in effect"), arguments, code,
        [&](const Settings& settings) { return list_schemas(settings, arguments.slug, arguments.output()); });
    auto* remove = add("remove", "take schemas and resource types of the tenant away");
    remove->add_option("names", arguments.names, "URIs of schemas, names of resource types")->required();
    on_run(remove, arguments, code, [&](const Settings& settings) {
        return remove_schemas(settings, arguments.slug, arguments.names, arguments.output());
    });
}

void add_role_commands(CLI::App& app, Arguments& arguments, int& code) {
    auto* roles = app.add_subcommand("roles", "roles and entitlements that a tenant offers")->require_subcommand(1);
    auto* load =
        add_command(*roles, "load", "set what /Roles and /Entitlements list; takes effect with the next request",
                    arguments, {"store", "schemas"});
    load->add_option("--tenant", arguments.slug, "slug of the tenant")->required();
    load->add_option("file", arguments.which, "JSON file with the lists \"roles\" and \"entitlements\"")->required();
    on_run(load, arguments, code, [&](const Settings& settings) {
        return load_roles(settings, arguments.slug, arguments.which, arguments.output());
    });
}

void add_operator_commands(CLI::App& app, Arguments& arguments, int& code) {
    auto* group = app.add_subcommand("operator", "those who administer all tenants")->require_subcommand(1);
    const auto add = [&](const std::string& name, const std::string& meaning) {
        auto* command = add_command(*group, name, meaning, arguments);
        command->add_option("name", arguments.slug, "its name: a-z, 0-9 and -")->required();
        return command;
    };
    on_run(add("create", "make an operator; the password is read from standard input"), arguments, code,
           [&](const Settings& settings) {
               return create_operator(settings, arguments.slug, arguments.output());
           });
    on_run(add("password", "change a password; ends the sessions of the operator"), arguments, code,
           [&](const Settings& settings) { return set_operator_password(settings, arguments.slug); });
    on_run(add("remove", "take an operator away, with its sessions"), arguments, code,
           [&](const Settings& settings) { return remove_operator(settings, arguments.slug); });
    on_run(add_command(*group, "list", "list operators", arguments), arguments, code,
           [&](const Settings& settings) { return list_operators(settings, arguments.output()); });
}

void add_member_commands(CLI::App& app, Arguments& arguments, int& code) {
    auto* member = app.add_subcommand("member", "members of a tenant")->require_subcommand(1);
    auto& wanted = arguments.member;
    const auto add = [&](const std::string& name, const std::string& meaning) {
        auto* command = add_command(*member, name, meaning, arguments, {"store", "schemas"});
        command->add_option("--tenant", wanted.tenant, "slug of the tenant")->required();
        return command;
    };
    const auto add_state = [&](CLI::App* command) {
        command->add_option("--role", wanted.role, "one of the roles of the tenant");
        command->add_option("--pre-linked", wanted.pre_linked,
                            "true: a creation by SCIM with this userName takes the manual member over");
        command->add_flag("--email-verified", wanted.verified, "the first e-mail address is known to be the person's");
    };
    auto* create = add("create", "make a manual member");
    create->add_option("user-name", wanted.which, "its userName")->required();
    create->add_option("--email", wanted.email, "its e-mail address");
    add_state(create);
    on_run(create, arguments, code, [&](const Settings& settings) {
        return create_member(settings, wanted, arguments.output());
    });
    auto* set = add("set", "change role and state of a member");
    set->add_option("member", wanted.which, "its id or userName")->required();
    set->add_option("--active", wanted.active, "false: it may not sign in, and its credentials end");
    add_state(set);
    on_run(set, arguments, code,
           [&](const Settings& settings) { return set_member(settings, wanted, arguments.output()); });
    on_run(add("list", "list all members, also those that SCIM does not see"), arguments, code,
           [&](const Settings& settings) { return list_members(settings, wanted.tenant, arguments.output()); });
    auto* password = add("password", "set the password of a member who administers; it is read from standard input");
    password->add_option("member", wanted.which, "its id or userName")->required();
    on_run(password, arguments, code, [&](const Settings& settings) {
        return set_member_password(settings, wanted.tenant, wanted.which);
    });
}

void add_audit_commands(CLI::App& app, Arguments& arguments, int& code) {
    auto* audit = app.add_subcommand("audit", "the trail of changes")->require_subcommand(1);
    auto* verify = add_command(*audit, "verify", "check that no row was altered, removed or moved", arguments);
    verify->add_option("--tenant", arguments.slug, "slug of the tenant; without it all of them");
    on_run(verify, arguments, code, [&](const Settings& settings) {
        return verify_audit(settings, arguments.slug, arguments.output());
    });
    auto* requests =
        add_command(*audit, "requests", "show the last requests of a token, and its answers by hour", arguments);
    requests->add_option("--tenant", arguments.slug, "slug of the tenant")->required();
    requests->add_option("credential", arguments.which, "its id or slug")->required();
    on_run(requests, arguments, code, [&](const Settings& settings) {
        return show_requests(settings, arguments.slug, arguments.which, arguments.output());
    });
    auto* save = add_command(*audit, "export", "write the changes of a tenant to standard output", arguments);
    auto* whose = save->add_option_group("whose");
    whose->add_option("--tenant", arguments.saved.tenant, "slug of the tenant");
    whose->add_flag("--installation", arguments.saved.installation, "what has no tenant: operators and their sessions");
    whose->require_option(1);
    save->add_option("--format", arguments.saved.format, "jsonl (default) or csv");
    save->add_option("--from", arguments.saved.from, "from this time on: 2027-01-31 or 2027-01-31T12:00:00Z");
    save->add_option("--to", arguments.saved.until, "before this time");
    on_run(save, arguments, code,
           [&](const Settings& settings) { return export_audit(settings, arguments.saved); });
}

void add_mass_change_commands(CLI::App& app, Arguments& arguments, int& code) {
    auto* parent = app.add_subcommand("mass-change", "many members who lost access at once")->require_subcommand(1);
    const auto add = [&](const std::string& name, const std::string& meaning) {
        auto* command = add_command(*parent, name, meaning, arguments, {"store", "schemas"});
        command->add_option("--tenant", arguments.slug, "slug of the tenant")->required();
        return command;
    };
    on_run(add("list", "list mass changes, the latest first"), arguments, code, [&](const Settings& settings) {
        return list_mass_changes(settings, arguments.slug, arguments.output());
    });
    using Command = int (*)(const Settings&, const std::string&, const std::string&, Output);
    const std::tuple<const char*, const char*, Command> commands[] = {
        {"show", "show one, and some of the members", show_mass_change},
        {"undo", "give back what was taken, and pause the credentials that took it", undo_mass_change},
        {"release", "let it stand: deletions that waited are completed", release_mass_change}};
    for (const auto& [name, meaning, run] : commands) {
        auto* command = add(name, meaning);
        command->add_option("mass-change", arguments.which, "its id, or open")->required();
        on_run(command, arguments, code, [&arguments, run](const Settings& settings) {
            return run(settings, arguments.slug, arguments.which, arguments.output());
        });
    }
    auto* announce = add("announce", "say beforehand that members are going to lose access");
    announce->add_option("losses", arguments.losses, "how many; 0: none any more")->required();
    announce->add_option("--hours", arguments.hours, "for how long (24)");
    on_run(announce, arguments, code, [&](const Settings& settings) {
        return announce_losses(settings, arguments.slug, arguments.losses, arguments.hours, arguments.output());
    });
}

void add_group_commands(CLI::App& app, Arguments& arguments, int& code) {
    const auto add = [&](CLI::App* noun, const std::string& name, const std::string& meaning) {
        auto* command = add_command(*noun, name, meaning, arguments, {"store", "schemas"});
        command->add_option("--tenant", arguments.slug, "slug of the tenant")->required();
        return command;
    };
    auto* group = app.add_subcommand("group", "groups: where they come from, whether they take effect")
                      ->require_subcommand(1);
    on_run(add(group, "list", "list the groups of a tenant"), arguments, code, [&](const Settings& settings) {
        return list_groups(settings, arguments.slug, arguments.output());
    });
    for (const bool enabled : {true, false}) {
        auto* command = add(group, enabled ? "enable" : "disable",
                            enabled ? "let a group take effect, with the members it has"
                                    : "keep a group and its members, but let it grant nothing");
        command->add_option("group", arguments.which, "its id or displayName")->required();
        on_run(command, arguments, code, [&arguments, enabled](const Settings& settings) {
            return enable_group(settings, arguments.slug, arguments.which, enabled, arguments.output());
        });
    }
    auto* scope = app.add_subcommand("scope", "what members may read and write")->require_subcommand(1);
    auto* grant = add(scope, "grant", "set what a member or group is granted itself");
    grant->add_option("subject", arguments.which, "id of the member or group")->required();
    grant->add_option("grants", arguments.names, "SCOPE=read or SCOPE=write; none: nothing is granted");
    on_run(grant, arguments, code, [&](const Settings& settings) {
        return grant_scopes(settings, arguments.slug, arguments.which, arguments.names, arguments.output());
    });
    auto* list = add(scope, "list", "list the effective groups and scopes of a member");
    list->add_option("member", arguments.which, "its id")->required();
    on_run(list, arguments, code, [&](const Settings& settings) {
        return show_scopes(settings, arguments.slug, arguments.which, "", "", arguments.output());
    });
    auto* check = add(scope, "check", "may a member read or write a scope?");
    check->add_option("member", arguments.which, "its id")->required();
    check->add_option("scope", arguments.scope, "for example group:engineering/platform")->required();
    check->add_option("access", arguments.access, "read (default) or write");
    on_run(check, arguments, code, [&](const Settings& settings) {
        return show_scopes(settings, arguments.slug, arguments.which, arguments.scope, arguments.access,
                           arguments.output());
    });
}

void add_store_commands(CLI::App& app, Arguments& arguments, int& code) {
    auto* store = app.add_subcommand("store", "the whole installation: copy it, back it up")->require_subcommand(1);
    auto* copy = add_command(*store, "copy",
                             "copy everything into an empty database, of either kind; run again after an interruption, "
                             "it goes on",
                             arguments, {"unsafe"});
    copy->add_option("from", arguments.from, "sqlite:PATH or postgres://USER@HOST/DATABASE")->required();
    copy->add_option("to", arguments.to, "the same; a file is made")->required();
    on_run(copy, arguments, code, [&](const Settings& settings) {
        return copy_store(settings, arguments.from, arguments.to, arguments.output());
    });
    auto* backup = add_command(*store, "backup", "write everything into a new file, while servers run", arguments,
                               {"store", "unsafe"});
    backup->add_option("file", arguments.to, "the file, or a folder for it")->required();
    on_run(backup, arguments, code, [&](const Settings& settings) {
        return back_up_store(settings, arguments.to, arguments.output());
    });
    auto* restore = add_command(*store, "restore",
                                "read a backup into an empty database; tokens are in quarantine until confirmed",
                                arguments, {"store", "schemas", "revocation_journal", "unsafe"});
    restore->add_option("file", arguments.from, "the backup")->required();
    on_run(restore, arguments, code, [&](const Settings& settings) {
        return restore_store(settings, arguments.from, arguments.output());
    });
}

int run(int argc, char** argv) {
    Arguments arguments;
    int code = 0;
    CLI::App app("Rollcall, a SCIM 2.0 provisioning server", "rollcall");
    app.require_subcommand(1);
    auto* serve_command = app.add_subcommand("serve", "serve SCIM over HTTP until SIGTERM");
    add_settings(*serve_command, arguments);
    on_run(serve_command, arguments, code, [](const Settings& settings) { return serve(settings); });
    add_tenant_commands(app, arguments, code);
    add_credential_commands(app, arguments, code);
    add_service_key_commands(app, arguments, code);
    add_issuer_commands(app, arguments, code);
    add_openid_commands(app, arguments, code);
    add_schema_commands(app, arguments, code);
    add_member_commands(app, arguments, code);
    add_group_commands(app, arguments, code);
    add_role_commands(app, arguments, code);
    add_audit_commands(app, arguments, code);
    add_mass_change_commands(app, arguments, code);
    add_operator_commands(app, arguments, code);
    add_store_commands(app, arguments, code);
    on_run(add_command(app, "verify", "check that every invariant of the store holds", arguments,
                       {"store", "schemas"}),
           arguments, code,
           [&](const Settings& settings) { return verify_store(settings, arguments.output()); });
    on_run(add_command(app, "routes", "list the endpoints", arguments, {"schemas"}), arguments, code,
           [&](const Settings& settings) { return show_routes(settings, arguments.output()); });
    auto* config = app.add_subcommand("config", "settings")->require_subcommand(1);
    auto* check =
        config->add_subcommand("check", "show the settings in effect, or what is wrong with them and where");
    add_settings(*check, arguments);
    check->add_flag("--json", arguments.json, "print JSON");
    check->callback([&] { code = check_config(arguments.given, arguments.output()); });
    auto* version = app.add_subcommand("version", "print the version");
    version->add_flag("--json", arguments.json, "print JSON");
    version->callback([&] { code = show_version(arguments.output()); });
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        // 0 for --help, 2 for wrong use.
        return app.exit(error) == 0 ? 0 : 2;
    }
    return code;
}

}  // namespace
}  // namespace rollcall

int main(int argc, char** argv) {
    try {
        return rollcall::run(argc, argv);
    } catch (const std::exception& error) {
        return rollcall::fail(error.what());
    }
}
