// `rollcall service-key`: keys of applications.
#include "access/credential.h"
#include "access/service_key.h"
#include "commands.h"
#include "operator_job.h"

namespace rollcall {
namespace {

json::object shown_key(const ServiceKey& key, Instant now) {
    const bool expired = key.expires && *key.expires <= now;
    json::array scopes;
    for (const auto name : kScopeNames) {
        if (key.scopes.has(name)) scopes.push_back(json::value(name));
    }
    json::object shown{{"id", key.id.text()},
                       {"name", key.name},
                       {"scopes", std::move(scopes)},
                       {"state", key.revoked ? "revoked"
                                 : expired   ? "expired"
                                             : "live"},
                       {"created", format_instant(key.created)}};
    if (key.expires) shown["expires"] = format_instant(*key.expires);
    if (key.revoked) shown["revoked"] = format_instant(*key.revoked);
    if (key.last_used) shown["last_used"] = format_instant(*key.last_used);
    return shown;
}

}  // namespace

int issue_service_key(const Settings& settings, const ServiceKeyArguments& arguments, Output output) {
    std::optional<access::IssuedServiceKey> issued;
    const int code = run_job(settings, false, [&](store::Transaction& transaction) -> Result<void> {
        const auto tenant = TRY(tenant_named(transaction, arguments.tenant));
        access::NewServiceKey wanted{arguments.name, arguments.scopes, std::nullopt};
        if (!arguments.expires.empty()) wanted.expires = TRY(access::parse_expiry(arguments.expires));
        auto& door = transaction.tenant(Caller::operator_of(tenant.id, tenant.slug));
        issued.emplace(TRY(access::issue_service_key(door, wanted, system_now())));
        append_change(transaction, tenant, "service-key.issue", arguments.name, issued->key.id.text());
        return {};
    });
    if (code != 0) return code;
    auto shown = shown_key(issued->key, system_now());
    if (output == Output::Json) {
        shown["tenant"] = arguments.tenant;
        shown["token"] = issued->token.reveal();
        print(json::value(std::move(shown)));
    } else {
        print_line("Service key " + issued->key.id.text() + " issued. It is shown this once:");
        print_line(issued->token.reveal());
    }
    return 0;
}

int list_service_keys(const Settings& settings, const std::string& tenant_slug, Output output) {
    auto store = open_store(settings, false);
    if (!store) return fail(store.error().detail);
    auto& transaction = (*store)->read();
    const auto tenant = tenant_named(transaction, tenant_slug);
    if (!tenant) return fail(tenant.error().detail);
    json::array list;
    for (const auto& key : transaction.tenant(Caller::operator_of(tenant->id, tenant->slug)).service_keys()) {
        auto shown = shown_key(key, system_now());
        if (output == Output::Text) {
            print_line(key.id.text() + "\t" + std::string(shown["state"].as_string()) + "\t" + key.name +
                       "\t" + key.scopes.text());
        }
        list.push_back(std::move(shown));
    }
    if (output == Output::Json) print(json::value(std::move(list)));
    return 0;
}

int revoke_service_key(const Settings& settings, const std::string& tenant_slug, const std::string& which,
                       Output output) {
    std::optional<ServiceKey> revoked;
    const int code = run_job(settings, false, [&](store::Transaction& transaction) -> Result<void> {
        const auto tenant = TRY(tenant_named(transaction, tenant_slug));
        auto& door = transaction.tenant(Caller::operator_of(tenant.id, tenant.slug));
        auto done = TRY(access::revoke_service_key(door, which, system_now()));
        revoked = std::move(done.key);
        append_outcome(transaction, tenant, "service-key.revoke", revoked->name, revoked->id.text(),
                       done.changed);
        return {};
    });
    if (code != 0) return code;
    if (output == Output::Json) {
        print(json::value(shown_key(*revoked, system_now())));
    } else {
        print_line("Service key " + revoked->id.text() + ": revoked. The next request sees it.");
    }
    return 0;
}

}  // namespace rollcall
