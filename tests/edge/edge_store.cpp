#include "edge_store.h"

#include <stdexcept>

namespace rollcall::edge {
namespace {

[[noreturn]] void no_data() { throw std::logic_error("the edge store has no data"); }

class NoTransaction final : public store::Transaction {
public:
    store::TenantTransaction& tenant(const Caller&) override { no_data(); }
    std::optional<std::pair<Credential, Tenant>> find_credential(const Sha256&) override { no_data(); }
    std::vector<store::FoundIssuer> find_issuers(std::string_view) override { return {}; }
    std::optional<std::pair<ServiceKey, Tenant>> find_service_key(const Sha256&) override { no_data(); }
    std::optional<Tenant> find_tenant(std::string_view) override { no_data(); }
    std::vector<Tenant> tenants() override { no_data(); }
    Result<Tenant> insert_tenant(Tenant) override { no_data(); }
    Result<void> update_tenant(const Tenant&) override { no_data(); }
    void append_audit_rows(TenantId, std::span<const store::AuditRow>) override {}
    void touch_credential(TenantId, CredentialId, Instant, std::string_view) override {}
    std::optional<Account> account_verified_as(std::string_view) override { no_data(); }
    std::vector<std::pair<TenantId, ResourceId>> memberships_of(AccountId) override { no_data(); }
    std::optional<Operator> find_operator(std::string_view) override { no_data(); }
    std::optional<Operator> find_operator(OperatorId) override { no_data(); }
    std::vector<Operator> operators() override { no_data(); }
    Result<void> put_operator(const Operator&) override { no_data(); }
    bool remove_operator(OperatorId) override { no_data(); }
    std::optional<AdminSession> find_admin_session(const Sha256&) override { no_data(); }
    void put_admin_session(const AdminSession&) override { no_data(); }
    void remove_admin_session(const Sha256&) override { no_data(); }
    void end_sessions_of_operator(OperatorId) override { no_data(); }
    void remove_admin_sessions_before(Instant) override { no_data(); }
    std::optional<MemberToken> find_member_token(const Sha256&) override { no_data(); }
    std::vector<std::pair<TenantId, MassChange>> open_mass_changes() override { return {}; }
    std::vector<std::pair<TenantId, MassChange>> due_alerts(Instant, int64_t) override { return {}; }
    std::vector<TenantId> tenants_with_losses_until(Instant) override { return {}; }
    std::vector<std::pair<TenantId, Mail>> due_mails(Instant, int64_t) override { return {}; }
    void mark() override {}
    void undo_to_mark() override {}
};

}  // namespace

EdgeStore::EdgeStore() : writer_([this] { write(); }) {}

EdgeStore::~EdgeStore() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    writer_.join();
}

store::Transaction& EdgeStore::read() {
    thread_local NoTransaction transaction;
    return transaction;
}

void EdgeStore::submit(store::Work work, store::Done done) {
    {
        std::lock_guard lock(mutex_);
        jobs_.emplace_back(std::move(work), std::move(done));
    }
    changed_.notify_one();
}

void EdgeStore::write() {
    NoTransaction transaction;
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
        if (jobs_.empty()) return;
        auto [work, done] = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        std::exception_ptr failure;
        try {
            work(transaction);
        } catch (...) {
            failure = std::current_exception();
        }
        done(failure);
        lock.lock();
    }
}

}  // namespace rollcall::edge
