// Commands about how identity providers authenticate: rotation, unusual use, issuers, the switch of a tenant.
#include <fstream>
#include <sstream>

#include "access/credential.h"
#include "access/issuer.h"
#include "access/key_sets.h"
#include "audit/record.h"
#include "commands.h"
#include "operator_job.h"
#include "outside/trust.h"

namespace rollcall {
namespace {

constexpr int64_t kNoticesShown = 1'000;

store::TenantTransaction& door_of(store::Transaction& transaction, const Tenant& tenant) {
    return transaction.tenant(Caller::operator_of(tenant.id, tenant.slug));
}

Result<Policy> stored_policy(const Tenant& tenant) {
    const auto values = TRY(parse_json(tenant.policy));
    return policy_from_json(values.as_object());
}

Result<std::string> content_of(const std::string& path) {
    constexpr std::streamsize kBytesMax = 256 * 1024;
    std::ifstream file(path, std::ios::binary);
    std::string text(kBytesMax + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!file.is_open() || file.gcount() == 0 || file.gcount() > kBytesMax) {
        return failure(ErrorKind::InvalidValue,
                       "The file of keys cannot be read, is empty or larger than 256 KiB.");
    }
    text.resize(static_cast<size_t>(file.gcount()));
    return text;
}

// Fetched before the job begins: no transaction waits for somebody else.
Result<std::string> keys_at(const Settings& settings, const std::string& url) {
    outside::trust_only(settings.outgoing_ca_file);
    const outside::Fetcher fetcher(
        TRY(outside::Destinations::parse(settings.outgoing_networks, settings.outgoing_loopback)));
    return access::keys_at(fetcher, url);
}

}  // namespace

int rotate_credential(const Settings& settings, const RotateArguments& arguments, Output output) {
    std::optional<access::Issued> issued;
    std::optional<Instant> until;
    const int code = run_job(settings, false, [&](store::Transaction& transaction) -> Result<void> {
        const auto tenant = TRY(tenant_named(transaction, arguments.tenant));
        const auto policy = TRY(stored_policy(tenant));
        const auto overlap =
            TRY(access::parse_duration(arguments.overlap.empty() ? "24h" : arguments.overlap));
        std::optional<Instant> expires;
        if (!arguments.expires.empty()) expires = TRY(access::parse_expiry(arguments.expires));
        const auto now = system_now();
        issued.emplace(TRY(
            access::rotate(door_of(transaction, tenant), arguments.which, overlap, expires, policy, now)));
        if (overlap > 0) until = Instant{now.ms + overlap};
        json::object now_is{{"token_issued", format_instant(now)}};
        if (until) now_is["previous_until"] = format_instant(*until);
        append_change(transaction, tenant, "credential.rotate", issued->credential.name,
                      issued->credential.id.text(), "", audit::payload_of({}, now_is));
        return {};
    });
    if (code != 0) return code;
    if (output == Output::Json) {
        json::object shown{{"id", issued->credential.id.text()},
                           {"tenant", arguments.tenant},
                           {"name", issued->credential.name},
                           {"token", issued->token.reveal()}};
        if (until) shown["previous_until"] = format_instant(*until);
        print(json::value(std::move(shown)));
    } else {
        print_line("Credential " + issued->credential.id.text() + " has a new token, shown this once. " +
                   (until ? "The one before is good until " + format_instant(*until) + ":"
                          : std::string("The one before is dead:")));
        print_line(issued->token.reveal());
    }
    return 0;
}

int list_notices(const Settings& settings, const std::string& tenant_slug, Output output) {
    auto store = open_store(settings, false);
    if (!store) return fail(store.error().detail);
    auto& transaction = (*store)->read();
    const auto tenant = tenant_named(transaction, tenant_slug);
    if (!tenant) return fail(tenant.error().detail);
    json::array list;
    for (const auto& notice : door_of(transaction, *tenant).notices(kNoticesShown)) {
        json::object shown{{"time", format_instant(notice.time)},
                           {"credential", notice.credential.text()},
                           {"kind", notice.kind}};
        std::string said;
        if (!notice.address.empty()) {
            shown["address"] = notice.address;
            said = notice.address;
        } else {
            shown["requests"] = notice.requests;
            shown["usual"] = notice.usual;
            said = std::to_string(notice.requests) + " requests in an hour, " + std::to_string(notice.usual) +
                   " are usual";
        }
        if (output == Output::Text) {
            print_line(format_instant(notice.time) + "\t" + notice.credential.text() + "\t" + notice.kind +
                       "\t" + said);
        }
        list.push_back(std::move(shown));
    }
    if (output == Output::Json) print(json::value(std::move(list)));
    return 0;
}

int add_issuer(const Settings& settings, const IssuerArguments& arguments, Output output) {
    if (arguments.key_file.empty() == arguments.keys_url.empty()) {
        return fail("Say where the keys are: either --key FILE or --jwks-url URL.");
    }
    std::string fetched;
    if (!arguments.keys_url.empty()) {
        const auto found = keys_at(settings, arguments.keys_url);
        if (!found) return fail(found.error().detail);
        fetched = *found;
    }
    std::optional<store::IssuerRow> row;
    const int code = run_job(settings, false, [&](store::Transaction& transaction) -> Result<void> {
        const auto tenant = TRY(tenant_named(transaction, arguments.tenant));
        access::NewIssuer wanted{arguments.url,
                                 arguments.audience,
                                 arguments.tenant_claim,
                                 arguments.tenant_value,
                                 arguments.key_file.empty() ? "" : TRY(content_of(arguments.key_file)),
                                 arguments.keys_url,
                                 fetched,
                                 arguments.algorithm,
                                 arguments.kid,
                                 arguments.name,
                                 arguments.slug};
        json::object before;
        for (const auto& known : door_of(transaction, tenant).issuers()) {
            if (known.url == arguments.url) before = access::shown_issuer(known);
        }
        row = TRY(access::put_issuer(door_of(transaction, tenant), tenant, wanted, system_now()));
        append_change(transaction, tenant, "issuer.add", row->url, row->url, "",
                      audit::payload_of(before, access::shown_issuer(*row)));
        return {};
    });
    if (code != 0) return code;
    if (output == Output::Json) {
        auto shown = access::shown_issuer(*row);
        shown["id"] = row->credential.text();
        print(json::value(std::move(shown)));
    } else {
        print_line("Tokens signed by " + row->url + " are taken; credential " + row->credential.text() +
                   " stands for them.");
    }
    return 0;
}

int list_issuers(const Settings& settings, const std::string& tenant_slug, Output output) {
    auto store = open_store(settings, false);
    if (!store) return fail(store.error().detail);
    auto& transaction = (*store)->read();
    const auto tenant = tenant_named(transaction, tenant_slug);
    if (!tenant) return fail(tenant.error().detail);
    json::array list;
    for (const auto& row : door_of(transaction, *tenant).issuers()) {
        if (output == Output::Text) print_line(row.url + "\t" + row.audience + "\t" + row.credential.text());
        list.push_back(access::shown_issuer(row));
    }
    if (output == Output::Json) print(json::value(std::move(list)));
    return 0;
}

int remove_issuer(const Settings& settings, const std::string& tenant_slug, const std::string& url,
                  Output output) {
    const int code = run_job(settings, false, [&](store::Transaction& transaction) -> Result<void> {
        const auto tenant = TRY(tenant_named(transaction, tenant_slug));
        TRY_VOID(access::remove_issuer(door_of(transaction, tenant), url, system_now()));
        append_change(transaction, tenant, "issuer.remove", url, url);
        return {};
    });
    if (code != 0) return code;
    if (output == Output::Json) {
        print(json::value(json::object{{"removed", url}}));
    } else {
        print_line("Tokens signed by " + url + " are not taken any more.");
    }
    return 0;
}

int switch_tenant(const Settings& settings, const std::string& slug, bool on, Output output) {
    const int code = run_job(settings, false, [&](store::Transaction& transaction) -> Result<void> {
        auto tenant = TRY(tenant_named(transaction, slug));
        const bool was_on = std::exchange(tenant.enabled, on);
        TRY_VOID(transaction.update_tenant(tenant));
        append_outcome(
            transaction, tenant, on ? "tenant.enable" : "tenant.disable", slug, slug, was_on != on,
            audit::payload_of(json::object{{"learn_scim", was_on}}, json::object{{"learn_scim", on}}));
        return {};
    });
    if (code != 0) return code;
    if (output == Output::Json) {
        print(json::value(json::object{{"slug", slug}, {"enabled", on}}));
    } else {
        print_line("SCIM is " + std::string(on ? "on" : "off") + " for " + slug +
                   ". The next request sees it.");
    }
    return 0;
}

}  // namespace rollcall
