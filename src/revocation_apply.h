// Takes back, in a restored database, what the revocation journal says was taken back after the backup (T36).
#pragma once

#include <string>
#include <string_view>

#include "access/credential.h"
#include "directory/directory.h"
#include "revocation_replay.h"
#include "revocation_states.h"

namespace rollcall {

// In one tenant, or the installation, and one transaction, as the operator. What is done goes into the
// report; what is so already stays as it is, and is in the report too.
class Applying {
public:
    Applying(store::Transaction& transaction, const Tenant& tenant, directory::Context& context,
             RevocationReport& report)
        : transaction_(transaction),
          tenant_(tenant),
          context_(context),
          door_(context.transaction),
          report_(report) {}

    // Each: an error undoes it and is told, what the restored database does not have is passed over.
    Result<void> credential(const std::string& id, const RevocationStates::Credential& state);
    Result<void> service_key(const std::string& id, Instant time);
    Result<void> member_key(const std::string& id, Instant time);
    Result<void> issuer(const std::string& url, const RevocationStates::Issuer& state);
    Result<void> openid(const RevocationStates::Issuer& state);
    Result<void> person(const std::string& id, const RevocationStates::Person& state);
    Result<void> group(const std::string& id, const RevocationStates::Group& state);
    Result<void> grants(const std::string& id, Instant time);
    Result<void> user(const std::string& id, const RevocationStates::User& state);
    Result<void> disable_tenant(Instant time);
    Result<void> operator_password(const std::string& id, Instant time);
    Result<void> remove_operator(const std::string& id, Instant time);

    RevocationReport::Row row(std::string_view type, const std::string& id, std::string name,
                              std::string what, Instant time) const {
        const bool has_none = tenant_.id.value == 0;
        return {has_none ? std::string(kInstallation) : tenant_.slug,
                std::string(type),
                id,
                std::move(name),
                std::move(what),
                time};
    }

private:
    void change(std::string_view action, const std::string& name, const std::string& id);
    Result<bool> change_credential(const Credential& credential, access::CredentialChange wanted,
                                   std::string_view action);
    Result<bool> end_tokens(const Credential& credential, Instant rotated);
    void pause(Credential credential);
    Result<void> change_user(ResourceId id, const ResourceType& type, const RevocationStates::User& state,
                             bool is_lower);
    void end_access_since(ResourceId id, const RevocationStates::User& state);

    store::Transaction& transaction_;
    const Tenant& tenant_;
    directory::Context& context_;
    store::TenantTransaction& door_;
    RevocationReport& report_;
};

}  // namespace rollcall
