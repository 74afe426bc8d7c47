#include "access/issuer.h"

#include "access/credential.h"
#include "access/jwt.h"
#include "access/key_sets.h"
#include "base/text.h"

namespace rollcall::access {
namespace {

constexpr size_t kCharactersMax = 512;

Result<void> check_text(std::string_view text, const char* what) {
    const bool ok = !text.empty() && code_point_count(text) <= kCharactersMax &&
                    !has_invisible_characters(text) && trim(text) == text;
    if (ok) return {};
    return failure(ErrorKind::InvalidValue, std::string(what) + " is a text of 1 to 512 visible characters.");
}

// A credential whose token nobody knows, so that nothing but a signature stands for it.
Result<CredentialId> make_credential(store::TenantTransaction& transaction, const Tenant& tenant,
                                     const NewIssuer& wanted, Instant now) {
    NewCredential credential;
    credential.name = wanted.name.empty() ? "Signed tokens" : wanted.name;
    credential.slug = wanted.slug;
    const auto issued = TRY(issue(transaction, credential, Policy(), now, tenant.id));
    return issued.credential.id;
}

}  // namespace

Result<store::IssuerRow> put_issuer(store::TenantTransaction& transaction, const Tenant& tenant,
                                    const NewIssuer& wanted, Instant now) {
    TRY_VOID(check_text(wanted.url, "The issuer"));
    TRY_VOID(check_text(wanted.audience, "The audience"));
    store::IssuerRow row;
    row.url = wanted.url;
    row.audience = wanted.audience;
    row.tenant_claim = wanted.tenant_claim.empty() ? "tenant" : wanted.tenant_claim;
    row.tenant_value = wanted.tenant_value.empty() ? tenant.slug : wanted.tenant_value;
    TRY_VOID(check_text(row.tenant_claim, "The name of the tenant's claim"));
    TRY_VOID(check_text(row.tenant_value, "The value of the tenant's claim"));
    row.keys_url = wanted.keys_url;
    if (row.keys_url.empty()) {
        row.keys = TRY(import_keys(wanted.key_file, wanted.algorithm, wanted.kid));
    } else {
        row.keys = wanted.fetched_keys;
        row.keys_fetched = now;
    }
    row.created = now;
    for (const auto& known : transaction.issuers()) {
        if (known.url != row.url) continue;
        const auto credential = transaction.credential(known.credential);
        if (credential && !credential->revoked) row.credential = known.credential;
    }
    if (row.credential.is_nil()) row.credential = TRY(make_credential(transaction, tenant, wanted, now));
    transaction.put_issuer(row);
    return row;
}

Result<void> remove_issuer(store::TenantTransaction& transaction, std::string_view url, Instant now) {
    for (const auto& known : transaction.issuers()) {
        if (known.url != url) continue;
        transaction.erase_issuer(url);
        auto credential = transaction.credential(known.credential);
        if (credential && !credential->revoked) {
            credential->revoked = now;
            TRY_VOID(transaction.update_credential(*credential));
        }
        return {};
    }
    return failure(ErrorKind::NotFound, "The tenant has no issuer of this name.");
}

Result<std::string> keys_at(const outside::Fetcher& fetcher, const std::string& url) {
    auto fetched = fetch_keys(fetcher, url);
    if (fetched) return std::move(fetched->keys);
    if (fetched.error().kind == ErrorKind::InvalidValue) return std::unexpected(fetched.error());
    return failure(ErrorKind::InvalidValue,
                   "The address of the keys gives no JWK Set with a usable key (" + fetched.error().note + ").",
                   fetched.error().note);
}

json::object shown_issuer(const store::IssuerRow& row) {
    json::array keys;
    if (auto list = parse_json(row.keys); list && list->is_array()) {
        for (auto& key : list->get_array()) {
            erase_member(key.as_object(), "key");
            keys.push_back(std::move(key));
        }
    }
    json::object shown{{"issuer", row.url},
                       {"audience", row.audience},
                       {"tenant_claim", row.tenant_claim},
                       {"tenant_value", row.tenant_value},
                       {"credential", row.credential.text()},
                       {"created", format_instant(row.created)},
                       {"keys", std::move(keys)}};
    if (!row.keys_url.empty()) shown["keys_url"] = row.keys_url;
    if (row.keys_fetched) shown["keys_fetched"] = format_instant(*row.keys_fetched);
    return shown;
}

}  // namespace rollcall::access
