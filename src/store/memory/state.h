// Everything the memory engine knows, as plain containers. A State is copied for each job; the data of a
// tenant is shared between copies until one of them changes it, so that readers keep what they saw.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "store/store.h"

namespace rollcall::store::memory {

// An event and those before it, shared between copies of the data: the trail is long, and copied for each job.
struct EventNode {
    Event event;
    mutable std::shared_ptr<const EventNode> before;

    // One by one: a chain that lets go of itself would go as deep as it is long.
    ~EventNode() {
        auto next = std::move(before);
        while (next != nullptr && next.use_count() == 1) next = std::shared_ptr(std::move(next->before));
    }
};

struct TenantData {
    std::map<std::string, std::map<ResourceId, ResourceRow>, std::less<>> resources;  // by type
    std::map<ResourceId, std::map<ResourceId, MemberRow>> members;                    // by group
    std::map<ResourceId, GroupState> group_states;
    std::map<ResourceId, std::vector<ScopeGrant>> grants;  // by member or group, in order of scope
    std::map<ResourceId, Member> member_rows;                                         // by id of the user
    std::map<CredentialId, Credential> credentials;
    std::map<Sha256, TokenRow> tokens;  // further ones
    std::map<std::pair<CredentialId, std::string>, Instant> addresses;
    std::map<std::pair<CredentialId, int64_t>, int64_t> hours;
    std::vector<NoticeRow> notices;
    std::map<std::string, IssuerRow, std::less<>> issuers;
    std::map<SessionId, Session> sessions;
    std::map<std::pair<std::string, std::string>, Content> content;  // by scope and reference
    std::map<MemberKeyId, MemberKey> keys;
    std::map<ServiceKeyId, ServiceKey> service_keys;
    std::vector<SchemaRow> schemas;                                                   // by kind and name
    std::map<ResourceId, std::string> passwords;                                      // by member
    std::optional<IdentityProvider> identity_provider;
    std::map<std::pair<std::string, std::string>, ProviderSubject> subjects;          // by issuer and subject
    std::map<std::pair<ResourceId, MemberToken::Purpose>, Mail> mails;
    std::vector<PolicyVersion> policies;                                              // the first first
    int64_t outbox_rows = 0;
    std::vector<Loss> losses;
    std::map<MassChangeId, MassChange> mass_changes;
    MassChangeGuard mass_change_guard;
    std::shared_ptr<const EventNode> last_event;

    const ResourceRow* find(std::string_view type, ResourceId id) const;
    ResourceRow* find(std::string_view type, ResourceId id);
    // Whatever its type.
    const ResourceRow* find_any(ResourceId id) const;
    ResourceRow* find_any(ResourceId id);
};

struct State {
    int64_t last_tenant = 0;
    std::map<int64_t, Tenant> tenants;
    std::map<int64_t, std::shared_ptr<TenantData>> data;
    std::map<AccountId, Account> accounts;

    std::map<OperatorId, Operator> operators;
    std::map<Sha256, AdminSession> admin_sessions;  // by hash of the token, as the next
    std::map<Sha256, MemberToken> member_tokens;
    int64_t audit_rows = 0;

    // Empty data for tenants without any.
    const TenantData& of(TenantId tenant) const;
    const Account* verified_account(std::string_view email) const;
    // Data that belongs to this State alone.
    TenantData& changeable(TenantId tenant);
};

}  // namespace rollcall::store::memory
