#include "commands.h"

#include <cstdio>

#include "access/authenticate.h"
#include "access/credential.h"
#include "audit/record.h"
#include "directory/catalogues.h"
#include "directory/policies.h"
#include "json_api.h"
#include "operator_job.h"
#include "quarantine.h"
#include "revocation_lines.h"
#include "routes.h"

namespace rollcall {
namespace {

// By id, or by userName as it is compared everywhere.
Result<ResourceId> user_named(store::TenantTransaction& transaction, const std::string& text) {
    const auto id = ResourceId::parse(text);
    if (id && transaction.find("User", *id)) return *id;
    const auto catalogue = Catalogue::standard();
    const auto& name = *catalogue->find_type("User")->schema->find("userName");
    if (const auto named = transaction.user_named(comparison_key(name, text))) return *named;
    return failure(ErrorKind::NotFound, "The tenant has no user with this id or userName.");
}

json::object shown_tenant(const Tenant& tenant) {
    return json::object{{"slug", tenant.slug},
                        {"profile", tenant.profile},
                        {"created", format_instant(tenant.created)},
                        {"enabled", tenant.enabled},
                        {"policy", parse_json(tenant.policy).value_or(json::object())}};
}

json::object shown_credential(const Credential& credential, Instant now) {
    json::object shown{{"id", credential.id.text()}, {"name", credential.name}};
    if (!credential.slug.empty()) shown["slug"] = credential.slug;
    shown["right"] = right_name(credential.right);
    if (!credential.user.is_nil()) shown["user"] = credential.user.text();
    const char* reason = access::reason_to_refuse(credential, now);
    shown["state"] = reason != nullptr ? reason : credential.paused ? "paused" : "live";
    if (!credential.networks.empty()) {
        json::array networks;
        for (const auto& network : credential.networks) networks.push_back(json::value(network));
        shown["networks"] = std::move(networks);
    }
    shown["created"] = format_instant(credential.created);
    if (credential.token_issued && *credential.token_issued != credential.created)
        shown["rotated"] = format_instant(*credential.token_issued);
    if (credential.expires) shown["expires"] = format_instant(*credential.expires);
    if (credential.revoked) shown["revoked"] = format_instant(*credential.revoked);
    if (credential.last_used) {
        shown["last_used"] = format_instant(*credential.last_used);
        shown["last_used_address"] = credential.last_used_address;
    }
    return shown;
}

json::object shown_route(const api::Face& face, const api::Route& route) {
    constexpr std::string_view kBodies[] = {"none", "json", "form"};
    return json::object{{"method", method_name(route.method)},
                        {"path", std::string(face.base) + std::string(route.pattern)},
                        {"needs", route.needs},
                        {"body", kBodies[static_cast<size_t>(route.body)]}};
}

}  // namespace

int fail(const std::string& sentence) {
    std::fprintf(stderr, "rollcall: %s\n", sentence.c_str());
    return 1;
}

int create_tenant(const Settings& settings, const std::string& slug, const std::string& profile,
                  const std::vector<std::string>& assignments, Output output) {
    Tenant tenant;
    const int code = run_job(settings, true, [&](store::Transaction& transaction) -> Result<void> {
        auto values = TRY(profile_values(profile.empty() ? "standard" : profile));
        for (const auto& assignment : assignments) TRY_VOID(assign_policy_value(assignment, values));
        tenant = TRY(
            directory::create_tenant(transaction, slug, profile, values, Caller::operator_of({}, slug),
                                     *TRY(installation_catalogue(settings)), settings.limits, system_now()));
        append_change(transaction, tenant, "tenant.create", slug, slug, "",
                      audit::payload_of({}, json::object{{"profile", tenant.profile}}));
        return {};
    });
    if (code != 0) return code;
    if (output == Output::Json) {
        print(json::value(shown_tenant(tenant)));
    } else {
        print_line("Tenant " + slug + " made from profile " + tenant.profile + ".");
    }
    return 0;
}

int set_tenant(const Settings& settings, const std::string& slug, const std::vector<std::string>& assignments,
               Output output) {
    const auto installation = installation_catalogue(settings);
    if (!installation) return fail(installation.error().detail);
    Tenant tenant;
    const int code = run_job(settings, false, [&](store::Transaction& transaction) -> Result<void> {
        const auto found = TRY(tenant_named(transaction, slug));
        auto values = TRY(parse_json(found.policy)).as_object();
        std::string said;
        for (const auto& assignment : assignments) {
            TRY_VOID(assign_policy_value(assignment, values));
            said += (said.empty() ? "" : " ") + assignment;
        }
        const auto caller = Caller::operator_of(found.id, found.slug);
        const auto catalogue =
            TRY((*installation)->extended(directory::own_documents(transaction.tenant(caller))));
        auto done = TRY(directory::change_policy(transaction, found, values, caller, *catalogue,
                                                 settings.limits, system_now()));
        tenant = std::move(done.tenant);
        if (done.changed.empty()) {
            append_audit(transaction, tenant, "tenant.set", slug, slug, said);
            return {};
        }
        append_change(
            transaction, tenant, "tenant.set", slug, slug, said,
            audit::payload_of(parse_json(found.policy)->as_object(), parse_json(tenant.policy)->as_object()));
        return {};
    });
    if (code != 0) return code;
    if (output == Output::Json) {
        print(json::value(shown_tenant(tenant)));
    } else {
        print_line("Tenant " + slug + " changed. The next request sees it.");
    }
    return 0;
}

int list_tenants(const Settings& settings, Output output) {
    auto store = open_store(settings, false);
    if (!store) return fail(store.error().detail);
    json::array list;
    for (const auto& tenant : (*store)->read().tenants()) {
        if (output == Output::Text)
            print_line(tenant.slug + "\t" + tenant.profile + (tenant.enabled ? "" : "\toff"));
        list.push_back(shown_tenant(tenant));
    }
    if (output == Output::Json) print(json::value(std::move(list)));
    return 0;
}

int issue_credential(const Settings& settings, const IssueArguments& arguments, Output output) {
    std::optional<access::Issued> issued;
    const int code = run_job(settings, false, [&](store::Transaction& transaction) -> Result<void> {
        const auto tenant = TRY(tenant_named(transaction, arguments.tenant));
        const auto values = TRY(parse_json(tenant.policy));
        const auto policy = TRY(policy_from_json(values.as_object()));
        access::NewCredential wanted{arguments.name, arguments.slug, std::nullopt};
        if (!arguments.expires.empty()) wanted.expires = TRY(access::parse_expiry(arguments.expires));
        if (!arguments.right.empty()) wanted.right = TRY(access::parse_right(arguments.right));
        auto& door = transaction.tenant(Caller::operator_of(tenant.id, tenant.slug));
        if (!arguments.user.empty()) wanted.user = TRY(user_named(door, arguments.user));
        issued.emplace(TRY(access::issue(door, wanted, policy, system_now(), tenant.id)));
        append_change(
            transaction, tenant, "credential.issue", arguments.name, issued->credential.id.text(), "",
            audit::payload_of(
                {}, json::object{{"name", arguments.name}, {"right", right_name(issued->credential.right)}}));
        return {};
    });
    if (code != 0) return code;
    auto shown = shown_credential(issued->credential, system_now());
    if (output == Output::Json) {
        shown["tenant"] = arguments.tenant;
        shown["token"] = issued->token.reveal();
        print(json::value(std::move(shown)));
    } else {
        print_line("Credential " + issued->credential.id.text() + " issued. The token is shown this once:");
        print_line(issued->token.reveal());
    }
    return 0;
}

int list_credentials(const Settings& settings, const std::string& tenant_slug, Output output) {
    auto store = open_store(settings, false);
    if (!store) return fail(store.error().detail);
    auto& transaction = (*store)->read();
    const auto tenant = tenant_named(transaction, tenant_slug);
    if (!tenant) return fail(tenant.error().detail);
    const auto policy = read_policy(tenant->policy);
    if (!policy) return fail(policy.error().detail);
    json::array list;
    for (const auto& credential :
         transaction.tenant(Caller::operator_of(tenant->id, tenant->slug)).credentials()) {
        auto shown = shown_credential(credential, system_now());
        const bool due = access::is_due_for_rotation(credential, *policy, system_now());
        shown["rotation_due"] = due;
        if (output == Output::Text) {
            print_line(credential.id.text() + "\t" + std::string(shown["state"].as_string()) + "\t" +
                       credential.name + (credential.slug.empty() ? "" : "\t" + credential.slug) +
                       (due ? "\tdue for rotation" : ""));
        }
        list.push_back(std::move(shown));
    }
    if (output == Output::Json) print(json::value(std::move(list)));
    return 0;
}

namespace {

// All of a tenant, or of every tenant: what restoring an older database begins and ends with (T36).
int change_all_credentials(const Settings& settings, const std::string& tenant_slug,
                           access::CredentialChange change, Output output) {
    const bool begins = change == access::CredentialChange::Quarantine;
    if (!begins && change != access::CredentialChange::Confirm)
        return fail("Name the credential: its id or slug.");
    auto store = open_store(settings, false);
    if (!store) return fail(store.error().detail);
    access::Quarantined changed;
    try {
        changed = change_quarantine_of(**store, tenant_slug, begins);
    } catch (const store::StoreFailure& failure) {
        return fail(std::string("The store does not take the change: ") + failure.what());
    }
    if (output == Output::Json)
        print(json::value(shown_quarantine(changed, begins)));
    else
        print_line(quarantine_sentence(changed, begins));
    return 0;
}

}  // namespace

int set_credential_networks(const Settings& settings, const std::string& tenant_slug,
                            const std::string& which, const std::vector<std::string>& networks,
                            Output output) {
    std::optional<Credential> changed;
    const int code = run_job(settings, false, [&](store::Transaction& transaction) -> Result<void> {
        const auto tenant = TRY(tenant_named(transaction, tenant_slug));
        auto& door = transaction.tenant(Caller::operator_of(tenant.id, tenant.slug));
        auto done = TRY(access::set_networks(door, which, networks));
        changed = std::move(done.credential);
        append_outcome(transaction, tenant, "credential.networks", changed->name, changed->id.text(),
                       done.changed);
        return {};
    });
    if (code != 0) return code;
    if (output == Output::Json) {
        print(json::value(shown_credential(*changed, system_now())));
    } else {
        print_line("Credential " + changed->id.text() + " may be used from " +
                   (networks.empty() ? "everywhere." : std::to_string(networks.size()) + " networks."));
    }
    return 0;
}

int change_credential(const Settings& settings, const std::string& tenant_slug, const std::string& which,
                      const std::string& change, Output output) {
    using access::CredentialChange;
    const auto wanted = change == "revoke"       ? CredentialChange::Revoke
                        : change == "disable"    ? CredentialChange::Disable
                        : change == "quarantine" ? CredentialChange::Quarantine
                        : change == "confirm"    ? CredentialChange::Confirm
                                                 : CredentialChange::Enable;
    if (which.empty()) return change_all_credentials(settings, tenant_slug, wanted, output);
    std::optional<Credential> changed;
    const int code = run_job(settings, false, [&](store::Transaction& transaction) -> Result<void> {
        const auto tenant = TRY(tenant_named(transaction, tenant_slug));
        auto& door = transaction.tenant(Caller::operator_of(tenant.id, tenant.slug));
        auto done = TRY(access::change_credential(door, which, wanted, system_now()));
        changed = std::move(done.credential);
        append_outcome(transaction, tenant, "credential." + change, changed->name, changed->id.text(),
                       done.changed);
        return {};
    });
    if (code != 0) return code;
    if (output == Output::Json) {
        print(json::value(shown_credential(*changed, system_now())));
    } else {
        print_line("Credential " + changed->id.text() + ": " + change + (change.ends_with('e') ? "d" : "ed") +
                   ". The next request sees it.");
    }
    return 0;
}

int verify_store(const Settings& settings, Output output) {
    auto store = open_store(settings, false);
    if (!store) return fail(store.error().detail);
    auto catalogue = installation_catalogue(settings);
    if (!catalogue) return fail(catalogue.error().detail);
    std::vector<store::Violation> violations;
    try {
        violations = (*store)->verify(**catalogue);
    } catch (const store::StoreFailure& failure) {
        return fail(std::string("The store cannot be read: ") + failure.what());
    }
    json::array list;
    for (const auto& violation : violations) {
        if (output == Output::Text) print_line(violation.invariant + "\t" + violation.where);
        list.push_back(json::object{{"invariant", violation.invariant}, {"where", violation.where}});
    }
    if (output == Output::Json) print(json::value(json::object{{"violations", std::move(list)}}));
    if (output == Output::Text && violations.empty()) print_line("Every invariant holds.");
    return violations.empty() ? 0 : 3;
}

namespace {

Result<Settings> usable_settings(const GivenSettings& given) {
    auto settings = TRY(read_settings(given));
    if (!settings.revocation_journal.empty()) TRY_VOID(check_journal_folder(settings.revocation_journal));
    return settings;
}

}  // namespace

int check_config(const GivenSettings& given, Output output) {
    const auto settings = usable_settings(given);
    if (!settings) {
        if (output == Output::Json) print(json::value(json::object{{"problems", settings.error().detail}}));
        fail("the settings are not usable:\n" + settings.error().detail);
        return 2;
    }
    json::object shown;
    for (const auto& row : setting_rows()) {
        if (row.name == "unsafe") continue;
        if (output == Output::Text) {
            std::printf("%-18s = %-28s # %s\n", std::string(row.name).c_str(), row.show(*settings).c_str(),
                        std::string(row.meaning).c_str());
        }
        shown[row.name] = row.show(*settings);
    }
    if (output == Output::Json) print(json::value(std::move(shown)));
    return 0;
}

int show_routes(const Settings& settings, Output output) {
    const auto catalogue = installation_catalogue(settings);
    if (!catalogue) return fail(catalogue.error().detail);
    json::array list;
    for (const auto& route : scim_routes()) {
        json::object row{{"method", method_name(route.method)},
                         {"path", route.pattern},
                         {"right", right_name(route.right)},
                         {"body", route.body == Route::Body::Json ? "json" : "none"}};
        if (output == Output::Text) {
            std::printf("%-7s %-24s %s\n", std::string(method_name(route.method)).c_str(),
                        std::string(route.pattern).c_str(), std::string(right_name(route.right)).c_str());
        }
        list.push_back(std::move(row));
    }
    json::object apis;
    for (const auto& face : api::faces()) {
        json::array rows;
        for (const auto& route : face.routes) {
            rows.push_back(shown_route(face, route));
            if (output == Output::Json) continue;
            std::printf("%-7s %-24s %s\n", std::string(method_name(route.method)).c_str(),
                        (std::string(face.base) + std::string(route.pattern)).c_str(),
                        route.needs.empty() ? "none" : std::string(route.needs).c_str());
        }
        apis[face.base] = std::move(rows);
    }
    if (output == Output::Json) {
        json::array types;
        for (const auto& type : (*catalogue)->types()) types.push_back(json::value(type->endpoint));
        print(json::value(json::object{
            {"routes", std::move(list)}, {"types", std::move(types)}, {"apis", std::move(apis)}}));
    }
    return 0;
}

int show_version(Output output) {
    if (output == Output::Json) {
        print(json::value(json::object{{"name", "rollcall"}, {"version", ROLLCALL_VERSION}}));
    } else {
        print_line("rollcall " ROLLCALL_VERSION);
    }
    return 0;
}

}  // namespace rollcall
