// `rollcall openid set|show|remove|link`: where the administrators of a tenant sign in besides with a
// password.
#include <fstream>

#include "access/identity_provider.h"
#include "base/text.h"
#include "commands.h"
#include "operator_job.h"

namespace rollcall {
namespace {

store::TenantTransaction& door_of(store::Transaction& transaction, const Tenant& tenant) {
    return transaction.tenant(Caller::operator_of(tenant.id, tenant.slug));
}

Result<std::string> secret_in(const std::string& path) {
    if (path.empty()) return std::string();
    std::ifstream file(path, std::ios::binary);
    std::string line;
    std::getline(file, line);
    const auto secret = trim(line);
    if (!file.is_open() || secret.empty()) {
        return failure(ErrorKind::InvalidValue,
                       "The file of the client secret cannot be read, or its first line is "
                       "empty.");
    }
    return std::string(secret);
}

Result<ResourceId> member_named(store::TenantTransaction& door, const std::string& which) {
    const auto type = Catalogue::standard()->find_type("User");
    const auto named = door.user_named(comparison_key(*type->schema->find("userName"), which));
    const auto id = named ? named : ResourceId::parse(which);
    if (id && door.find_user(*id)) return *id;
    return failure(ErrorKind::NotFound, "The tenant has no member with this id or userName.");
}

}  // namespace

int set_openid(const Settings& settings, const OpenIdArguments& arguments, Output) {
    const auto key = sealing_key_of(settings);
    if (!key) return fail(key.error().detail);
    const int code = run_job(settings, false, [&](store::Transaction& transaction) -> Result<void> {
        const auto tenant = TRY(tenant_named(transaction, arguments.tenant));
        IdentityProvider provider{
            arguments.issuer, arguments.client_id, {}, arguments.match_email, system_now()};
        provider.client_secret =
            TRY(access::sealed_client_secret(*key, tenant.id, TRY(secret_in(arguments.secret_file))));
        TRY_VOID(access::check_provider(provider));
        door_of(transaction, tenant).put_identity_provider(provider);
        append_change(transaction, tenant, "openid.set", provider.issuer, {});
        return {};
    });
    if (code == 0)
        print_line("Administrators of " + arguments.tenant + " may sign in at " + arguments.issuer + ".");
    return code;
}

int show_openid(const Settings& settings, const std::string& slug, Output output) {
    auto store = open_store(settings, false);
    if (!store) return fail(store.error().detail);
    auto& transaction = (*store)->read();
    const auto tenant = tenant_named(transaction, slug);
    if (!tenant) return fail(tenant.error().detail);
    const auto provider = door_of(transaction, *tenant).identity_provider();
    if (!provider) return fail("The tenant has no OpenID provider.");
    if (output == Output::Json) {
        print(json::value(json::object{{"issuer", provider->issuer},
                                       {"client_id", provider->client_id},
                                       {"has_secret", !provider->client_secret.empty()},
                                       {"match_email", provider->match_email}}));
    } else {
        print_line(provider->issuer + "\t" + provider->client_id);
    }
    return 0;
}

int remove_openid(const Settings& settings, const std::string& slug) {
    const int code = run_job(settings, false, [&](store::Transaction& transaction) -> Result<void> {
        const auto tenant = TRY(tenant_named(transaction, slug));
        if (!door_of(transaction, tenant).remove_identity_provider()) {
            return failure(ErrorKind::NotFound, "The tenant has no OpenID provider.");
        }
        append_change(transaction, tenant, "openid.remove", slug, {});
        return {};
    });
    if (code == 0) print_line("Administrators of " + slug + " sign in with a password only.");
    return code;
}

int link_openid(const Settings& settings, const OpenIdArguments& arguments) {
    const int code = run_job(settings, false, [&](store::Transaction& transaction) -> Result<void> {
        const auto tenant = TRY(tenant_named(transaction, arguments.tenant));
        auto& door = door_of(transaction, tenant);
        const auto member = TRY(member_named(door, arguments.member));
        const auto subject = arguments.subject.empty() ? std::nullopt : std::optional(arguments.subject);
        TRY_VOID(access::link_subject(door, member, subject, system_now()));
        append_change(transaction, tenant, "openid.link", member.text(), member.text());
        return {};
    });
    if (code == 0) print_line(arguments.subject.empty() ? "The link is gone." : "The member is linked.");
    return code;
}

}  // namespace rollcall
