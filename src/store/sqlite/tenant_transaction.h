// store::TenantTransaction over SQLite: every statement carries the tenant's number as its first parameter.
// Its parts: resources.cpp (rows and what is kept beside them), memberships.cpp, members.cpp, groups.cpp,
// tenant_transaction.cpp
// (outbox), credentials.cpp, query_run.cpp (lists).
//
// What SCIM callers do not see has resource.hidden 1: statements compare it with most_hidden_, which is 0 for
// them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/sqlite/transaction.h"

namespace rollcall::store::sqlite {

class QueryWriter;

// Which of the matches of a query are wanted, and how many have gone by.
struct Window {
    int64_t offset;
    int64_t limit;
    int64_t passed = 0;
    std::vector<int64_t> kept = {};

    void pass(int64_t seq) {
        if (passed >= offset && static_cast<int64_t>(kept.size()) < limit) kept.push_back(seq);
        ++passed;
    }
};

// Where pages of the plain list of a type began when they were last read. Good as long as nothing was put in
// or taken out in the middle, which the counter `shift:TYPE` tells; rows at the end do no harm.
struct PageMarks {
    // The row before a page; the smallest id and 0 when there is none.
    struct Place {
        ResourceId id;
        int64_t seq = 0;
    };
    int64_t shift = 0;
    // No resource of the type was ever put in the middle, so that the table has them in the order of their
    // ids.
    bool in_order = false;
    bool neighbours = true;           // and not many rows of others lie between them
    std::map<int64_t, Place> before;  // by row number

    // The last one that is not behind `offset`.
    std::pair<int64_t, Place> nearest(int64_t offset) const;
};

class SqliteTenant final : public TenantTransaction {
public:
    SqliteTenant(SqliteTransaction& transaction, TenantId id, bool sees_hidden)
        : transaction_(transaction),
          connection_(transaction.connection()),
          id_(id),
          most_hidden_(sees_hidden ? 1 : 0) {}
    TenantId id() const { return id_; }
    bool sees_hidden() const { return most_hidden_ == 1; }

    std::optional<ResourceRow> find(std::string_view type, ResourceId id) override;
    bool look_at(std::string_view type, ResourceId id,
                 const std::function<void(const RowView&)>& visit) override;
    std::optional<MemberRow> find_any(ResourceId id) override;
    Result<void> insert(const ResourceRow& row) override;
    Result<void> update(const ResourceRow& row) override;
    bool erase(std::string_view type, ResourceId id, Instant now) override;
    Result<Page> query(const Query& query) override;
    const std::string* kept_answer(const AnswerKey& key) override;
    void keep_answer(AnswerKey key, std::string_view answer) override;
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
    int64_t revive_keys_of(ResourceId member, Instant revoked) override;

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
    int64_t hand_on_content_of(ResourceId owner) override;

    // administrators.cpp
    std::optional<std::string> password_of(ResourceId member) override;
    void set_password(ResourceId member, std::string_view password, Instant now) override;
    void end_administration_of(ResourceId member) override;
    void put_member_token(const MemberToken& token) override;
    void remove_member_token(ResourceId member, MemberToken::Purpose purpose) override;
    int64_t hold_links(std::optional<Instant> since) override;
    int64_t append_policy(std::string_view actor, std::string_view policy, Instant now) override;
    std::vector<PolicyVersion> policies(int64_t most) override;

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

    void lock_tenant() override {}  // the writer is alone

private:
    void read_page(std::string_view type, const Window& window, Page& page);
    // Both fill the page with `wanted` rows behind a place and return the last one's seq.
    void lay_marks(std::string_view type, int64_t offset, PageMarks& marks);
    int64_t read_by_index(std::string_view type, ResourceId after, int64_t passed, int64_t wanted,
                          Page& page);
    // 0 and an empty page when there are not so many nearby.
    int64_t read_neighbours(std::string_view type, int64_t after, int64_t wanted, Page& page);
    // The marks of a type as far as they still hold.
    AnswerKey own(AnswerKey key) const;
    PageMarks& marks_of(std::string_view type);
    void note_shift(std::string_view type);
    void note_out_of_order(std::string_view type);
    int64_t number_of(std::string_view kind, std::string_view type);
    // What a page of members shows of a group.
    struct GroupSummary {
        std::string display;
        bool is_nested = false;  // it is a member of other groups
    };
    const GroupSummary& summary_of(ResourceId group);
    // Of what is known of groups and users, when anything can have changed since the last call.
    void forget_older_snapshots();
    // What update() and erase() must know of the row that is there.
    struct Existing {
        int64_t seq;
        std::string user_name_key;
        std::string display;
        std::string indexed;
        bool hidden;
    };
    std::optional<Existing> find_existing(std::string_view type, ResourceId id);
    // Uniqueness when another resource has one of the values.
    Result<void> check_user_name(const ResourceRow& row);
    Result<void> check_unique_values(const ResourceRow& row);
    void add_value(const ResourceRow& row, const IndexedValue& value);
    void remove_value(std::string_view type, ResourceId id, const IndexedValue& value);
    void replace_values(const ResourceRow& row, std::string_view before, std::string_view after);
    void count(std::string_view type, bool hidden, int64_t difference);
    // Memberships and counters follow what has become hidden or has been shown again.
    void change_visibility(const ResourceRow& row);
    // groups.cpp: what is kept beside a group or a member, when that goes.
    void erase_group_rows(ResourceId id);
    int64_t first_event_at(Instant time, int64_t last);
    int64_t next_number(std::string_view counter);
    void change_member_count(ResourceId group, int64_t difference);
    int64_t counted(std::string_view type);
    bool is_hidden(const MemberRow& member);

    Page list(const Query& query);

    // query_page.cpp
    struct Found {
        int64_t seq;
        Position position;
    };
    Page page_beyond(const Query& query);
    std::vector<Found> seek(const QueryWriter& writer, const Query& query);
    // query_members.cpp
    struct FlatGroup {
        ResourceId group;
        int64_t users;  // how many members of type User
    };
    // The group, when the query is no more than all users of one that has no groups in it.
    std::optional<FlatGroup> flat_group(const Query& query);
    std::vector<Found> seek_members(const FlatGroup& flat, const Query& query, int64_t wanted);
    void count_for_page(const QueryWriter& writer, const Query& query, Page& page);

    int64_t sorted_list(const QueryWriter& writer, const Query& query, Window& window);
    // seq of the rows of a page of all resources of a type, sorted as an index is.
    std::vector<int64_t> page_along_index(const QueryWriter& writer, const Query& query,
                                          const Window& window);
    void all_of_type(const QueryWriter& writer, const ResourceType& type, Window& window);
    void matches_of_type(const QueryWriter& writer, const TypeFilter& type, Window& window);
    void find_named(std::string_view type, std::string_view name, const Window& window, Page& page);
    int64_t count_matches(const QueryWriter& writer, const TypeFilter& type);
    void load(int64_t seq, const Query& query, Page& page);

    SqliteTransaction& transaction_;
    Connection& connection_;
    const TenantId id_;
    const int64_t most_hidden_;
    std::map<std::string, PageMarks, std::less<>> marks_;  // by type; of snapshots, never of the writer
    std::unordered_map<ResourceId, GroupSummary> summaries_;
    std::unordered_map<ResourceId, std::string> users_;  // display names: a manager has more than one report
    uint64_t known_of_ = 0;                              // the snapshot that both are of
};

}  // namespace rollcall::store::sqlite
