#include "access/identity_provider.h"

#include "access/openid.h"
#include "base/text.h"

namespace rollcall::access {
namespace {

Result<void> check_text(std::string_view text, size_t most, const char* what) {
    const bool ok =
        !text.empty() && text.size() <= most && !has_invisible_characters(text) && trim(text) == text;
    if (ok) return {};
    return failure(ErrorKind::InvalidValue,
                   std::string(what) + " is a text of 1 to " + std::to_string(most) + " visible characters.");
}

}  // namespace

Result<std::string> sealed_client_secret(const std::optional<Sha256>& sealing_key, TenantId tenant,
                                         std::string_view secret) {
    if (secret.empty()) return std::string();
    if (secret.size() > 1'024)
        return failure(ErrorKind::InvalidValue, "A client secret has at most 1024 bytes.");
    if (!sealing_key) {
        return failure(
            ErrorKind::InvalidValue,
            "A client secret is kept sealed, and there is no key: set sealing_key_file, or register this "
            "server as a public client (PKCE) and give no secret.");
    }
    return seal_client_secret(*sealing_key, tenant, secret);
}

Result<void> check_provider(const IdentityProvider& provider) {
    TRY_VOID(check_text(provider.issuer, 512, "The issuer"));
    return check_text(provider.client_id, 255, "The client id");
}

Result<void> link_subject(store::TenantTransaction& door, ResourceId member,
                          const std::optional<std::string>& subject, Instant now) {
    const auto provider = door.identity_provider();
    if (!provider) return failure(ErrorKind::NotFound, "The tenant has no OpenID provider.");
    if (subject) {
        TRY_VOID(check_text(*subject, 255, "A subject"));
        const auto other = door.member_of_subject(provider->issuer, *subject);
        if (other && *other != member) {
            return failure(ErrorKind::Uniqueness, "Another member of the tenant has this subject.");
        }
    }
    door.remove_subjects_of(member);
    if (subject) door.put_subject({provider->issuer, *subject, member, now});
    return {};
}

}  // namespace rollcall::access
