// store::Transaction over one SQLite connection: the writer has one for its jobs, every reading thread one
// for its snapshots. Also keeps the doors to the tenants (tenant_transaction.h) that were opened through it.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <unordered_map>

#include "base/limits.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/survey.h"
#include "store/store.h"

namespace rollcall::store::sqlite {

class SqliteTenant;

class SqliteTransaction final : public Transaction {
public:
    enum class Access { Read, Write };
    // Of a reader. The log's index tells how new its snapshots are; `survey` may be null.
    SqliteTransaction(Connection& connection, const Limits& limits, const WalIndex& log, Survey* survey);
    // Of a writer. `audit_key`: of the chain of events; `survey` may be null.
    SqliteTransaction(Connection& connection, const Limits& limits, const std::optional<Sha256>& audit_key,
                      Survey* survey);
    bool is_snapshot() const { return access_ == Access::Read; }
    // A number that changes with every snapshot that may show something else than the one before; none in the
    // writer, whose view changes with every statement.
    std::optional<uint64_t> snapshot() const {
        if (!is_snapshot()) return std::nullopt;
        return snapshots_;
    }
    // Forgets what is kept of the last one.
    void begin_snapshot();
    ~SqliteTransaction() override;

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
    // mass_changes.cpp
    std::vector<std::pair<TenantId, MassChange>> open_mass_changes() override;
    std::vector<std::pair<TenantId, MassChange>> due_alerts(Instant now, int64_t most) override;
    std::vector<TenantId> tenants_with_losses_until(Instant time) override;
    // identity_providers.cpp
    std::vector<std::pair<TenantId, Mail>> due_mails(Instant now, int64_t most) override;
    void mark() override;
    void undo_to_mark() override;

    // ---- for the writer
    // Called after every BEGIN: another process may have written since the last one.
    void begin_batch();
    // Called before every COMMIT: notes the last event of each tenant that had some.
    void end_batch();
    // Where the events of a tenant end: kept from one to the next of a batch.
    struct EventEnd {
        int64_t seq = 0;
        Instant time;
        Sha256 code{};
    };
    EventEnd& event_end(TenantId tenant);
    const Sha256* audit_key() const { return audit_key_ ? &*audit_key_ : nullptr; }
    // Nothing but audit rows was written since begin_batch().
    bool has_only_audit() const { return has_only_audit_; }
    // Called before a job. Its savepoint is made only when the job first writes or marks.
    // `alone`: none is made; to undo the job is to roll back the transaction. Savepoints of SQLite are quick
    // to leave only while the ones around them have seen few changes.
    void begin_job(bool alone);
    void undo_job();
    void end_job();
    // Called before every statement that writes. Throws std::logic_error on a reader.
    void begin_change();
    // The same for audit rows, which readers do not show.
    void begin_audit();

    Connection& connection() { return connection_; }
    // Null in a writer.
    RowPlaces* places() const { return is_snapshot() && survey_ != nullptr ? &survey_->places() : nullptr; }
    // For readers: false only when no group of this snapshot has the member.
    bool may_be_in_group(TenantId tenant, ResourceId member) const {
        if (log_ == nullptr || survey_ == nullptr || !log_->is_mapped()) return true;
        return survey_->may_be_in_group(tenant, member, log_->change());
    }
    // Called before somebody becomes a member of a group.
    void note_member(TenantId tenant, ResourceId member) {
        if (survey_ != nullptr) survey_->grouped().note(tenant, member);
    }
    const Limits& limits() const { return limits_; }
    // Null in a writer, whose view changes.
    KeptAnswers* kept_answers() { return is_snapshot() ? &kept_answers_ : nullptr; }

private:
    std::optional<std::pair<Credential, Tenant>> find_by_further_token(const Sha256& token_hash);

    enum class Mark { None, AtStart, Inside };

    Connection& connection_;
    const Access access_;
    const WalIndex* const log_ = nullptr;  // of a reader
    Survey* const survey_;
    uint64_t snapshots_ = 0;
    // Those that this snapshot has been asked for, by hash: what it says once it says again.
    std::map<Sha256, std::pair<Credential, Tenant>> credentials_;
    std::map<Sha256, std::pair<ServiceKey, Tenant>> service_keys_;
    KeptAnswers kept_answers_{size_t{16} << 20};
    const Limits limits_;
    std::unordered_map<int64_t, int64_t> next_audit_;  // seq of the next audit row by tenant, as far as known
    const std::optional<Sha256> audit_key_;
    std::unordered_map<int64_t, EventEnd> event_ends_;
    std::vector<TenantId> event_tenants_;  // that had events since begin_batch()
    bool has_only_audit_ = true;
    bool alone_ = false;
    bool savepoint_open_ = false;  // "job" exists
    bool changed_ = false;         // the job has written since its savepoint
    Mark mark_ = Mark::None;
    std::deque<std::unique_ptr<SqliteTenant>> tenants_;
};

}  // namespace rollcall::store::sqlite
