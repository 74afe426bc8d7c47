// store::Transaction over one connection: a writer has one for its jobs, every reading thread one for its
// snapshots. Also keeps the doors to the tenants (tenant_transaction.h) that were opened through it.
//
// Nothing is sent before it is needed: BEGIN, and whose rows the transaction is about, travel with the first
// statement. A writer takes the lock of a tenant when it enters it, before it reads anything there: what it
// reads is what the holder before it has left (READ COMMITTED), so that reading, deciding and writing are
// serial in each tenant, whatever process does it.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>

#include "base/limits.h"
#include "store/postgres/connection.h"
#include "store/postgres/foreseen.h"
#include "store/postgres/left_rows.h"
#include "store/store.h"

namespace rollcall::store::postgres {

class PostgresTenant;

class PostgresTransaction final : public Transaction {
public:
    enum class Access { Read, Write };
    // `make_month`: sees to it that there is a partition for audit rows of that time; writers only.
    using MakeMonth = std::function<void(Instant)>;
    PostgresTransaction(Connection& connection, Access access, const Limits& limits,
                        MakeMonth make_month = {}, const std::optional<Sha256>& audit_key = {});
    ~PostgresTransaction() override;

    TenantTransaction& tenant(const Caller& caller) override;
    std::optional<std::pair<Credential, Tenant>> find_credential(const Sha256& token_hash) override;
    std::vector<FoundIssuer> find_issuers(std::string_view url) override;
    std::optional<std::pair<ServiceKey, Tenant>> find_service_key(const Sha256& token_hash) override;
    std::optional<Tenant> find_tenant(std::string_view slug) override;
    std::vector<Tenant> tenants() override;
    Result<Tenant> insert_tenant(Tenant tenant) override;
    Result<void> update_tenant(const Tenant& tenant) override;
    void append_audit_rows(TenantId tenant, std::span<const AuditRow> rows) override;
    std::optional<Account> account_verified_as(std::string_view email) override;
    std::vector<std::pair<TenantId, ResourceId>> memberships_of(AccountId account) override;
    void touch_credential(TenantId tenant, CredentialId credential, Instant time,
                          std::string_view address) override;
    // administrators.cpp
    std::optional<Operator> find_operator(std::string_view name) override;
    std::optional<Operator> find_operator(OperatorId id) override;
    std::vector<Operator> operators() override;
    Result<void> put_operator(const Operator& one) override;
    bool remove_operator(OperatorId id) override;
    std::optional<AdminSession> find_admin_session(const Sha256& token_hash) override;
    void put_admin_session(const AdminSession& session) override;
    void remove_admin_session(const Sha256& token_hash) override;
    void end_sessions_of_operator(OperatorId id) override;
    void remove_admin_sessions_before(Instant created) override;
    std::optional<MemberToken> find_member_token(const Sha256& token_hash) override;
    // identity_providers.cpp
    std::vector<std::pair<TenantId, Mail>> due_mails(Instant now, int64_t most) override;
    // mass_changes.cpp
    std::vector<std::pair<TenantId, MassChange>> open_mass_changes() override;
    std::vector<std::pair<TenantId, MassChange>> due_alerts(Instant now, int64_t most) override;
    std::vector<TenantId> tenants_with_losses_until(Instant time) override;
    void mark() override;
    void undo_to_mark() override;

    // ---- for the doors
    // The connection, open to the rows of the tenant and to no others.
    Connection& of_tenant(TenantId tenant);
    // The connection, open to the look-ups that find the tenant.
    Connection& of_installation();
    // What is known of a tenant as long as its lock is held: nobody else can change it meanwhile, so that the
    // jobs of a batch ask once. Null for readers.
    struct Held {
        std::map<CredentialId, std::optional<Credential>> credentials;
        std::optional<int64_t> schema_version;
        ResourceId without_groups;  // has just been made
        // Some that nobody has: userNames, and values of a type.
        std::set<std::string, std::less<>> free_user_names;
        std::set<std::pair<std::string, IndexedValue>> free_values;
        std::set<std::string, std::less<>> counted_types;  // whose counter is there
    };
    Held* held(TenantId tenant);
    // Under the lock, asks in one round trip what the jobs of a batch would ask one by one.
    void look_up(TenantId tenant, const std::vector<const Claims*>& claims);
    // From now on the row has what it claims. True: it claims something, and it is known that nobody else has any
    // of it.
    bool claim(TenantId tenant, const ResourceRow& row);
    // Rows that nobody looks at before the end of the transaction.
    LeftRows& left() { return left_; }
    // What foresee() has found there; null: the database must be asked.
    KnownTenant* foreseen(TenantId tenant) { return known_.of(tenant); }
    void begin_change();
    // Keeps other tenants from taking the address until the end of the transaction. Who has one already does
    // not wait for another, or two transactions could wait for each other: Conflict.
    void lock_address(const std::string& email_key);
    // Around statements that may run into the deadline: what came before them stays.
    void begin_attempt();
    void end_attempt();
    void undo_attempt();
    const Limits& limits() const { return limits_; }
    // Where the events of a tenant end: kept from one to the next of a batch.
    struct EventEnd {
        int64_t seq = 0;
        Instant time;
        Sha256 code{};
    };
    EventEnd& event_end(TenantId tenant);
    const Sha256* audit_key() const { return audit_key_ ? &*audit_key_ : nullptr; }

    // ---- for readers and writers
    void begin_job(bool alone);
    void undo_job();
    void end_job();
    bool is_open() const { return is_open_; }
    // Durable when it returns.
    void commit();
    // The same for readers, with the next statement.
    void end_snapshot();
    // Readers: asks for all of it in one round trip. Holds until the end of the snapshot.
    void foresee(std::span<const Foreseen> all);
    // The connection has rolled back.
    void forget();

private:
    static constexpr int64_t kNowhere = -2;
    static constexpr int64_t kInstallation = -1;

    void enter(int64_t scope);
    std::optional<std::pair<Credential, Tenant>> find_by_further_token(const Sha256& token_hash);
    void note_event_heads();
    void ask_for_event_end(TenantId tenant);
    static EventEnd read_event_end(Rows& last);
    void write_left_rows();
    void send_requests(TenantId tenant, std::span<const AuditRow> rows);

    Connection& connection_;
    const Access access_;
    const Limits limits_;
    const MakeMonth make_month_;
    const std::optional<Sha256> audit_key_;
    bool is_open_ = false;
    int64_t scope_ = kNowhere;
    LeftRows left_;
    LeftRows::Place left_at_job_, left_at_mark_;
    std::map<TenantId, Held> held_;  // tenants whose lock this transaction has
    std::unordered_map<int64_t, EventEnd> event_ends_;
    std::set<int64_t> event_tenants_;  // that had events in this transaction
    bool alone_ = false;
    bool is_savepoint_open_ = false;  // "job" exists
    bool has_changed_ = false;        // the job has written since its savepoint
    bool has_address_ = false;        // of lock_address()
    enum class Mark { None, AtStart, Inside };
    Mark mark_ = Mark::None;
    std::deque<std::unique_ptr<PostgresTenant>> tenants_;
    Known known_;
    Guesses guesses_;
};

}  // namespace rollcall::store::postgres
