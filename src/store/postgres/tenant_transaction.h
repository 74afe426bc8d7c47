// store::TenantTransaction over PostgreSQL: every statement carries the tenant's number as its first
// parameter, and the database lets it see no other's rows (decision 075). Its parts: resources.cpp (rows and
// what is kept beside them), memberships.cpp, members.cpp, groups.cpp, credentials.cpp and the like;
// query.cpp (lists).
//
// What SCIM callers do not see has hidden = true: statements compare it with sees_hidden_, which is false for
// them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "store/postgres/transaction.h"

namespace rollcall::store::postgres {

class PostgresTenant final : public TenantTransaction {
public:
    PostgresTenant(PostgresTransaction& transaction, TenantId id, bool sees_hidden)
        : transaction_(transaction), id_(id), sees_hidden_(sees_hidden) {}
    TenantId id() const { return id_; }
    bool sees_hidden() const { return sees_hidden_; }
    // The connection, open to the rows of this tenant.
    Connection& database() { return transaction_.of_tenant(id_); }
    // What resources of any type are called, as far as they are there to be seen.
    std::map<ResourceId, std::string> displays_of(const std::vector<ResourceId>& ids);

    std::optional<ResourceRow> find(std::string_view type, ResourceId id) override;
    bool look_at(std::string_view type, ResourceId id,
                 const std::function<void(const RowView&)>& visit) override;
    std::optional<MemberRow> find_any(ResourceId id) override;
    Result<void> insert(const ResourceRow& row) override;
    Result<void> update(const ResourceRow& row) override;
    bool erase(std::string_view type, ResourceId id, Instant now) override;
    Result<Page> query(const Query& query) override;
    int64_t rows_passed(std::string_view type, int64_t offset) override;

    bool add_member(ResourceId group, const MemberRow& member) override;
    bool remove_member(ResourceId group, ResourceId member) override;
    int64_t remove_all_members(ResourceId group) override;
    bool has_member(ResourceId group, ResourceId member) override;
    int64_t member_count(ResourceId group) override;
    void members(ResourceId group, const std::function<void(const MemberRow&)>& visit) override;
    std::vector<GroupReference> groups_of(ResourceId member) override;
    std::vector<GroupReference> direct_groups_of(ResourceId member) override;
    std::vector<std::vector<GroupReference>> groups_of_each(const std::vector<ResourceId>& members) override;
    bool reaches(ResourceId start, ResourceId group) override;
    int64_t nesting(ResourceId group, Nesting direction, int64_t most) override;

    std::vector<ResourceRow> resources_after(std::string_view type, ResourceId after, int64_t most) override;
    int64_t resource_count(std::string_view type) override;
    std::vector<SchemaRow> schemas() override;
    void replace_schemas(const std::vector<SchemaRow>& rows, int64_t version) override;
    int64_t schema_version() override;

    void append_outbox(const OutboxRow& row) override;
    void append_event(Event& event) override;
    std::vector<Event> search_events(const EventSearch& search, int64_t& looked_to) override;
    void visit_events(int64_t after, const std::function<bool(const Event&)>& visit) override;
    EventHead event_head() override;
    std::vector<LoggedRequest> requests_of(CredentialId credential, const std::optional<RequestPlace>& before,
                                           int64_t limit) override;
    std::vector<HourOfAnswers> answers_of(CredentialId credential, Instant from) override;

    Result<void> insert_credential(const Credential& credential) override;
    std::vector<Credential> credentials() override;
    Result<void> update_credential(const Credential& credential) override;
    void revoke_credentials_of(ResourceId user, Instant now) override;

    std::optional<Credential> credential(CredentialId id) override;
    void insert_token(const TokenRow& row) override;
    void end_tokens(CredentialId credential, Instant end, Instant now) override;
    std::vector<TokenRow> tokens(CredentialId credential, Instant now) override;
    void erase_token(const Sha256& token_hash) override;
    bool note_address(CredentialId credential, std::string_view address, Instant now, int64_t most) override;
    HourlyUse count_requests(CredentialId credential, int64_t hour, int64_t requests) override;
    void append_notice(const NoticeRow& row) override;
    std::vector<NoticeRow> notices(int64_t most) override;
    std::vector<IssuerRow> issuers() override;
    void put_issuer(const IssuerRow& row) override;
    bool erase_issuer(std::string_view url) override;
    std::optional<GroupState> find_group_state(ResourceId group) override;
    void put_group_state(const GroupState& state) override;
    std::vector<ScopeGrant> grants_of(ResourceId subject) override;
    void replace_grants(ResourceId subject, const std::vector<ScopeGrant>& grants) override;

    std::optional<Member> find_member(ResourceId id) override;
    Result<void> put_member(const Member& member) override;
    std::vector<ResourceId> active_members_with_role(std::string_view role, int64_t most) override;
    std::optional<ResourceRow> find_user(ResourceId id) override;
    std::optional<ResourceId> user_named(std::string_view user_name_key) override;
    std::optional<ResourceId> removed_member_named(std::string_view user_name_key) override;
    std::optional<ResourceId> member_of_account(AccountId account) override;
    void leave_groups(ResourceId hidden) override;
    std::optional<Account> find_verified_account(std::string_view email) override;
    std::optional<Account> find_account(AccountId id) override;
    Result<void> put_account(const Account& account) override;

    void insert_session(const Session& session) override;
    std::optional<Session> find_session(SessionId id) override;
    std::optional<Session> find_session_by_token(const Sha256& token_hash) override;
    std::vector<Session> sessions_of(ResourceId member) override;
    bool end_session(SessionId id) override;
    int64_t end_sessions_of(ResourceId member) override;
    int64_t end_all_sessions() override;
    void forget_expired_sessions(ResourceId member, Instant now) override;

    void insert_key(const MemberKey& key) override;
    std::optional<MemberKey> find_key(MemberKeyId id) override;
    std::optional<MemberKey> find_key_by_token(const Sha256& token_hash) override;
    std::vector<MemberKey> keys_of(ResourceId member) override;
    bool revoke_key(MemberKeyId id, Instant now) override;
    int64_t suspend_keys_of(ResourceId member, Instant now) override;
    int64_t suspend_all_keys(Instant now) override;
    int64_t resume_all_keys() override;
    int64_t resume_keys_of(ResourceId member) override;
    int64_t revoke_keys_of(ResourceId member, Instant now) override;

    void insert_service_key(const ServiceKey& key) override;
    std::vector<ServiceKey> service_keys() override;
    Result<void> update_service_key(const ServiceKey& key) override;
    void touch_service_key(ServiceKeyId id, Instant time) override;

    void put_content(const Content& content) override;
    std::optional<Content> find_content(std::string_view scope, std::string_view reference) override;
    bool forget_content(std::string_view scope, std::string_view reference) override;
    std::vector<Content> content_of(ResourceId owner, std::string_view after_scope,
                                    std::string_view after_reference, int64_t most) override;
    Released release_content_of(ResourceId owner) override;

    int64_t revive_keys_of(ResourceId member, Instant revoked) override;
    int64_t hand_on_content_of(ResourceId owner) override;

    void append_loss(Loss& loss) override;
    int64_t losses_after(Instant time) override;
    std::vector<Loss> losses(int64_t above_seq, int64_t most) override;
    std::vector<Loss> losses_before(int64_t below_seq, int64_t most) override;
    void forget_losses(Instant until) override;
    std::optional<MassChange> open_mass_change() override;
    std::optional<MassChange> find_mass_change(MassChangeId id) override;
    std::vector<MassChange> mass_changes(int64_t most) override;
    void put_mass_change(const MassChange& change) override;
    MassChangeGuard mass_change_guard() override;
    void put_mass_change_guard(const MassChangeGuard& guard) override;
    int64_t count_active_managed_members() override;

    // identity_providers.cpp
    std::optional<IdentityProvider> identity_provider() override;
    void put_identity_provider(const IdentityProvider& provider) override;
    bool remove_identity_provider() override;
    std::optional<ResourceId> member_of_subject(std::string_view issuer, std::string_view subject) override;
    void put_subject(const ProviderSubject& subject) override;
    std::vector<ProviderSubject> subjects_of(ResourceId member) override;
    void remove_subjects_of(ResourceId member) override;
    void put_mail(const Mail& mail) override;
    void add_mail(const Mail& mail) override;
    void remove_mail(ResourceId member, MemberToken::Purpose purpose) override;
    int64_t hold_mails(std::optional<Instant> since) override;

    // administrators.cpp
    std::optional<std::string> password_of(ResourceId member) override;
    void set_password(ResourceId member, std::string_view password, Instant now) override;
    void end_administration_of(ResourceId member) override;
    void put_member_token(const MemberToken& token) override;
    void remove_member_token(ResourceId member, MemberToken::Purpose purpose) override;
    int64_t hold_links(std::optional<Instant> since) override;
    int64_t append_policy(std::string_view actor, std::string_view policy, Instant now) override;
    std::vector<PolicyVersion> policies(int64_t most) override;

    void lock_tenant() override { database(); }  // who enters has it

private:
    // What update() and erase() must know of the row that is there.
    struct Existing {
        std::string display;
        std::string indexed;
        bool hidden;
    };
    std::optional<Existing> find_existing(std::string_view type, ResourceId id);
    Result<void> insert_unless_taken(const ResourceRow& row);
    void insert_free(const ResourceRow& row, const std::vector<IndexedValue>& values);
    void add_value(const ResourceRow& row, const IndexedValue& value);
    void remove_value(std::string_view type, ResourceId id, const IndexedValue& value);
    void replace_values(const ResourceRow& row, std::string_view before, std::string_view after);
    void count_hidden(std::string_view type, int64_t difference);
    void count(std::string_view type, bool hidden, int64_t difference);
    int64_t counted(std::string_view type);
    // Memberships and counters follow what has become hidden or has been shown again.
    void change_visibility(const ResourceRow& row);
    void change_member_count(ResourceId group, int64_t difference);
    // What was asked for beforehand: as SCIM callers see it.
    KnownTenant* foreseen() { return sees_hidden_ ? nullptr : transaction_.foreseen(id_); }
    // groups.cpp: what is kept beside a group or a member, when that goes.
    void erase_group_rows(ResourceId id);
    int64_t first_event_at(Instant time, int64_t last);

    PostgresTransaction& transaction_;
    const TenantId id_;
    const bool sees_hidden_;
};

}  // namespace rollcall::store::postgres
