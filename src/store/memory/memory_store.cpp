#include "store/memory/memory_store.h"

#include <algorithm>
#include <atomic>
#include <stdexcept>

#include "base/check.h"
#include "store/memory/tenant.h"

namespace rollcall::store::memory {
namespace {

class MemoryTransaction final : public Transaction {
public:
    MemoryTransaction(State state, MemoryTenant::Access access) : state_(std::move(state)), access_(access) {}

    TenantTransaction& tenant(const Caller& caller) override {
        const bool sees_hidden = caller.channel != Channel::Scim;
        for (const auto& open : tenants_) {
            if (open->id() == caller.tenant && open->sees_hidden() == sees_hidden) return *open;
        }
        tenants_.push_back(std::make_unique<MemoryTenant>(state_, caller.tenant, access_, sees_hidden));
        return *tenants_.back();
    }

    std::optional<std::pair<Credential, Tenant>> find_credential(const Sha256& token_hash) override {
        for (const auto& [tenant, data] : state_.data) {
            for (const auto& [id, credential] : data->credentials) {
                if (credential.token_hash == token_hash)
                    return std::pair(credential, state_.tenants.at(tenant));
            }
            if (const auto token = data->tokens.find(token_hash); token != data->tokens.end()) {
                std::pair found(data->credentials.at(token->second.credential), state_.tenants.at(tenant));
                auto& credential = found.first;
                credential.token_hash = token_hash;
                credential.found_by = token->second.kind;
                credential.expires =
                    std::min(token->second.expires, credential.expires.value_or(token->second.expires));
                return found;
            }
        }
        return std::nullopt;
    }

    std::vector<FoundIssuer> find_issuers(std::string_view url) override {
        std::vector<FoundIssuer> found;
        for (const auto& [tenant, data] : state_.data) {
            const auto row = data->issuers.find(url);
            if (row == data->issuers.end() || found.size() >= 100) continue;
            found.push_back(
                {row->second, data->credentials.at(row->second.credential), state_.tenants.at(tenant)});
        }
        return found;
    }

    std::vector<std::pair<TenantId, Mail>> due_mails(Instant now, int64_t most) override {
        std::vector<std::pair<TenantId, Mail>> found;
        for (const auto& [tenant, data] : state_.data) {
            for (const auto& [key, mail] : data->mails) {
                if (mail.due <= now && !mail.held) found.emplace_back(TenantId{tenant}, mail);
            }
        }
        std::ranges::stable_sort(found, {}, [](const auto& one) { return one.second.due; });
        if (static_cast<int64_t>(found.size()) > most) found.resize(static_cast<size_t>(most));
        return found;
    }

    std::optional<std::pair<ServiceKey, Tenant>> find_service_key(const Sha256& token_hash) override {
        for (const auto& [tenant, data] : state_.data) {
            for (const auto& [id, key] : data->service_keys) {
                if (key.token_hash == token_hash) return std::pair(key, state_.tenants.at(tenant));
            }
        }
        return std::nullopt;
    }

    std::optional<Tenant> find_tenant(std::string_view slug) override {
        for (const auto& [id, tenant] : state_.tenants) {
            if (tenant.slug == slug) return tenant;
        }
        return std::nullopt;
    }

    std::vector<Tenant> tenants() override {
        std::vector<Tenant> found;
        for (const auto& [id, tenant] : state_.tenants) found.push_back(tenant);
        return found;
    }

    Result<Tenant> insert_tenant(Tenant tenant) override {
        check_writable();
        if (find_tenant(tenant.slug)) return slug_taken();
        tenant.id = TenantId{++state_.last_tenant};
        tenant.schema_version = 0;
        state_.tenants[tenant.id.value] = tenant;
        return tenant;
    }

    Result<void> update_tenant(const Tenant& tenant) override {
        check_writable();
        const auto found = state_.tenants.find(tenant.id.value);
        if (found == state_.tenants.end()) return failure(ErrorKind::NotFound, "There is no such tenant.");
        if (const auto other = find_tenant(tenant.slug); other && other->id != tenant.id) return slug_taken();
        const int64_t schema_version = found->second.schema_version;
        found->second = tenant;
        found->second.schema_version = schema_version;
        return {};
    }

    std::optional<Account> account_verified_as(std::string_view email) override {
        const auto* account = state_.verified_account(email);
        return account == nullptr ? std::nullopt : std::optional(*account);
    }

    std::vector<std::pair<TenantId, ResourceId>> memberships_of(AccountId account) override {
        std::vector<std::pair<TenantId, ResourceId>> found;
        for (const auto& [tenant, data] : state_.data) {
            for (const auto& [id, member] : data->member_rows) {
                if (member.account == account && !member.removed_at) found.emplace_back(TenantId{tenant}, id);
            }
        }
        return found;
    }

    void append_audit_rows(TenantId, std::span<const AuditRow> rows) override {
        check_writable();
        state_.audit_rows += static_cast<int64_t>(rows.size());
    }

    void touch_credential(TenantId tenant, CredentialId id, Instant time, std::string_view address) override {
        check_writable();
        auto& credentials = state_.changeable(tenant).credentials;
        const auto found = credentials.find(id);
        if (found == credentials.end()) return;
        if (found->second.last_used && *found->second.last_used > time) return;
        found->second.last_used = time;
        found->second.last_used_address = address;
    }

    std::optional<Operator> find_operator(std::string_view name) override {
        for (const auto& [id, one] : state_.operators) {
            if (one.name == name) return one;
        }
        return std::nullopt;
    }
    std::optional<Operator> find_operator(OperatorId id) override { return found_in(state_.operators, id); }
    std::vector<Operator> operators() override {
        std::vector<Operator> found;
        for (const auto& [id, one] : state_.operators) found.push_back(one);
        std::ranges::sort(found, {}, &Operator::name);
        return found;
    }
    Result<void> put_operator(const Operator& one) override {
        check_writable();
        if (const auto other = find_operator(one.name); other && other->id != one.id) {
            return failure(ErrorKind::Uniqueness, "Another operator has this name; choose a different one.");
        }
        state_.operators[one.id] = one;
        return {};
    }
    bool remove_operator(OperatorId id) override {
        end_sessions_of_operator(id);
        return state_.operators.erase(id) > 0;
    }
    std::optional<AdminSession> find_admin_session(const Sha256& token_hash) override {
        return found_in(state_.admin_sessions, token_hash);
    }
    void put_admin_session(const AdminSession& session) override {
        check_writable();
        state_.admin_sessions[session.token_hash] = session;
    }
    void remove_admin_session(const Sha256& token_hash) override {
        check_writable();
        state_.admin_sessions.erase(token_hash);
    }
    void end_sessions_of_operator(OperatorId id) override {
        check_writable();
        std::erase_if(state_.admin_sessions, [&](const auto& entry) { return entry.second.operator_id == id; });
    }
    void remove_admin_sessions_before(Instant created) override {
        check_writable();
        std::erase_if(state_.admin_sessions, [&](const auto& entry) { return entry.second.created < created; });
    }
    std::optional<MemberToken> find_member_token(const Sha256& token_hash) override {
        return found_in(state_.member_tokens, token_hash);
    }

    std::vector<std::pair<TenantId, MassChange>> open_mass_changes() override {
        std::vector<std::pair<TenantId, MassChange>> found;
        for (const auto& [tenant, data] : state_.data) {
            for (const auto& [id, change] : data->mass_changes) {
                if (change.decision.empty()) found.emplace_back(TenantId{tenant}, change);
            }
        }
        return found;
    }
    std::vector<std::pair<TenantId, MassChange>> due_alerts(Instant now, int64_t most) override {
        std::vector<std::pair<TenantId, MassChange>> found;
        for (const auto& [tenant, data] : state_.data) {
            for (const auto& [id, change] : data->mass_changes) {
                if (change.alert_due && *change.alert_due <= now) found.emplace_back(TenantId{tenant}, change);
            }
        }
        std::ranges::stable_sort(found, {}, [](const auto& entry) { return *entry.second.alert_due; });
        if (static_cast<int64_t>(found.size()) > most) found.resize(static_cast<size_t>(most));
        return found;
    }
    std::vector<TenantId> tenants_with_losses_until(Instant time) override {
        std::vector<TenantId> found;
        for (const auto& [tenant, data] : state_.data) {
            const bool is_open = std::ranges::any_of(
                data->mass_changes, [](const auto& entry) { return entry.second.decision.empty(); });
            if (!is_open && !data->losses.empty() && data->losses.front().time <= time)
                found.push_back(TenantId{tenant});
        }
        return found;
    }

    void mark() override {
        if (access_ == MemoryTenant::Access::Read) throw std::logic_error("mark() outside a job");
        marked_ = state_;
    }

    void undo_to_mark() override {
        CHECK(marked_);
        state_ = *marked_;
    }

    State& state() { return state_; }

private:
    template <class Key, class Row>
    static std::optional<Row> found_in(const std::map<Key, Row>& rows, const Key& key) {
        const auto found = rows.find(key);
        if (found == rows.end()) return std::nullopt;
        return found->second;
    }
    static std::unexpected<Error> slug_taken() {
        return failure(ErrorKind::Uniqueness, "Another tenant has this slug; choose a different one.");
    }
    void check_writable() const {
        if (access_ == MemoryTenant::Access::Read) throw std::logic_error("a reader cannot write");
    }

    State state_;
    std::optional<State> marked_;
    const MemoryTenant::Access access_;
    std::deque<std::unique_ptr<MemoryTenant>> tenants_;
};

std::atomic<uint64_t> stores_made{0};

}  // namespace

Result<std::unique_ptr<Store>> open_memory(const OpenOptions&) {
    return std::make_unique<MemoryStore>();
}

MemoryStore::MemoryStore()
    : number_(++stores_made), state_(std::make_shared<State>()), thread_([this] { loop(); }) {
    random_bytes(instance_key_.data(), instance_key_.size());
}

MemoryStore::~MemoryStore() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

std::shared_ptr<const State> MemoryStore::current() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

Transaction& MemoryStore::read() {
    // The last snapshot of each store that this thread has read. Those of stores that are gone stay until the
    // thread ends; tests have few.
    thread_local std::map<uint64_t, std::unique_ptr<MemoryTransaction>> snapshots;
    auto& snapshot = snapshots[number_];
    if (!snapshot) snapshot = std::make_unique<MemoryTransaction>(State(), MemoryTenant::Access::Read);
    snapshot->state() = *current();  // in place: doors to tenants that the thread still holds stay valid
    return *snapshot;
}

void MemoryStore::submit(Work work, Done done) {
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back({std::move(work), std::move(done)});
    }
    wake_.notify_one();
}

void MemoryStore::loop() {
    for (;;) {
        Job job;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
            if (queue_.empty()) return;
            job = std::move(queue_.front());
            queue_.pop_front();
        }
        run(job);
    }
}

void MemoryStore::run(Job& job) {
    MemoryTransaction transaction(*current(), MemoryTenant::Access::Write);
    std::exception_ptr failure;
    try {
        job.work(transaction);
        const std::lock_guard lock(mutex_);
        state_ = std::make_shared<State>(std::move(transaction.state()));
    } catch (...) {
        failure = std::current_exception();
    }
    if (job.done) job.done(failure);
}

std::vector<Violation> MemoryStore::verify(const Catalogue&) {
    const auto state = current();
    std::vector<Violation> violations;
    for (const auto& [id, tenant] : state->tenants) {
        const auto& data = state->of(TenantId{id});
        for (const auto& [group, members] : data.members) {
            for (const auto& [member, row] : members) {
                const std::string where = tenant.slug + " " + group.text() + " " + member.text();
                if (!data.find_any(group)) violations.push_back({"membership.group_exists", where});
                const auto* there = data.find_any(member);
                if (!there)
                    violations.push_back({"membership.member_exists", where});
                else if (there->display != row.display)
                    violations.push_back({"membership.display", where});
            }
        }
        for (const auto& [member, row] : data.member_rows) {
            if (data.find("User", member) == nullptr)
                violations.push_back({"member.user_exists", tenant.slug + " " + member.text()});
        }
    }
    return violations;
}

}  // namespace rollcall::store::memory
