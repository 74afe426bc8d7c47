#include "store/sqlite/transaction.h"

#include <stdexcept>

#include "base/check.h"
#include "store/sqlite/credential_rows.h"
#include "store/sqlite/tenant_transaction.h"

namespace rollcall::store::sqlite {
namespace {

constexpr size_t kTenantsKept = 16;
constexpr size_t kCredentialsKept = 64;

}  // namespace

SqliteTransaction::SqliteTransaction(Connection& connection, const Limits& limits, const WalIndex& log,
                                     Survey* survey)
    : connection_(connection), access_(Access::Read), log_(&log), survey_(survey), limits_(limits) {}

SqliteTransaction::SqliteTransaction(Connection& connection, const Limits& limits,
                                     const std::optional<Sha256>& audit_key, Survey* survey)
    : connection_(connection),
      access_(Access::Write),
      survey_(survey),
      limits_(limits),
      audit_key_(audit_key) {}

SqliteTransaction::~SqliteTransaction() = default;

TenantTransaction& SqliteTransaction::tenant(const Caller& caller) {
    const bool sees_hidden = caller.channel != Channel::Scim;
    for (const auto& open : tenants_) {
        if (open->id() == caller.tenant && open->sees_hidden() == sees_hidden) return *open;
    }
    // Doors are small and live as long as the connection; a thread that serves many tenants keeps the last
    // few. Nobody holds more than a handful at once.
    if (tenants_.size() >= kTenantsKept) tenants_.pop_front();
    tenants_.push_back(std::make_unique<SqliteTenant>(*this, caller.tenant, sees_hidden));
    return *tenants_.back();
}

void SqliteTransaction::begin_snapshot() {
    ++snapshots_;
    credentials_.clear();
    service_keys_.clear();
    kept_answers_.clear();
}

std::optional<std::pair<Credential, Tenant>> SqliteTransaction::find_credential(const Sha256& token_hash) {
    if (const auto known = credentials_.find(token_hash); known != credentials_.end()) return known->second;
    Rows rows = connection_.run(
        "SELECT c.id, c.tenant_id, c.name, c.slug, c.token_hash, c.created, c.expires, c.enabled, c.revoked, "
        "c.last_used, c.last_used_address, c.user_id, c.rights, c.token_issued, c.paused, "
        "c.networks, c.quarantined, t.id, t.slug, t.profile, "
        "t.policy, "
        "t.created, t.enabled, t.schema_version "
        "FROM credential c JOIN tenant t ON t.id = c.tenant_id WHERE c.token_hash = ?1",
        token_hash);
    std::optional<std::pair<Credential, Tenant>> found;
    if (rows.next()) {
        found.emplace(read_credential(rows), read_tenant(rows, kCredentialColumns));
    } else {
        found = find_by_further_token(token_hash);
    }
    if (found && is_snapshot() && credentials_.size() < kCredentialsKept)
        credentials_.emplace(token_hash, *found);
    return found;
}

std::optional<std::pair<Credential, Tenant>> SqliteTransaction::find_by_further_token(
    const Sha256& token_hash) {
    Rows rows = connection_.run(
        "SELECT c.id, c.tenant_id, c.name, c.slug, f.token_hash, c.created, min(f.expires, "
        "coalesce(c.expires, "
        "f.expires)), c.enabled, c.revoked, c.last_used, c.last_used_address, c.user_id, c.rights, "
        "c.token_issued, c.paused, c.networks, c.quarantined, "
        "t.id, t.slug, t.profile, t.policy, t.created, t.enabled, t.schema_version, f.kind FROM "
        "credential_token f "
        "JOIN credential c ON c.tenant_id = f.tenant_id AND c.id = f.credential_id "
        "JOIN tenant t ON t.id = f.tenant_id WHERE f.token_hash = ?1",
        token_hash);
    if (!rows.next()) return std::nullopt;
    std::pair found(read_credential(rows), read_tenant(rows, kCredentialColumns));
    found.first.found_by = token_kind_named(rows.text(kCredentialColumns + kTenantColumns));
    return found;
}

std::optional<Tenant> SqliteTransaction::find_tenant(std::string_view slug) {
    Rows rows = connection_.run(
        "SELECT id, slug, profile, policy, created, enabled, schema_version FROM tenant WHERE slug = ?1",
        slug);
    if (!rows.next()) return std::nullopt;
    return read_tenant(rows, 0);
}

std::vector<Tenant> SqliteTransaction::tenants() {
    Rows rows = connection_.run(
        "SELECT id, slug, profile, policy, created, enabled, schema_version FROM tenant ORDER BY id");
    std::vector<Tenant> found;
    while (rows.next()) found.push_back(read_tenant(rows, 0));
    return found;
}

Result<Tenant> SqliteTransaction::insert_tenant(Tenant tenant) {
    begin_change();
    connection_.execute(
        "INSERT INTO tenant (slug, profile, policy, created, enabled) VALUES (?1, ?2, ?3, ?4, ?5) "
        "ON CONFLICT (slug) DO NOTHING",
        tenant.slug, tenant.profile, tenant.policy, tenant.created, tenant.enabled);
    if (connection_.changes() == 0) {
        return failure(ErrorKind::Uniqueness, "Another tenant has this slug; choose a different one.");
    }
    tenant.id = TenantId{sqlite3_last_insert_rowid(connection_.handle())};
    tenant.schema_version = 0;
    return tenant;
}

Result<void> SqliteTransaction::update_tenant(const Tenant& tenant) {
    begin_change();
    connection_.execute(
        "UPDATE OR IGNORE tenant SET slug = ?2, profile = ?3, policy = ?4, created = ?5, enabled = ?6 WHERE "
        "id = ?1",
        tenant.id, tenant.slug, tenant.profile, tenant.policy, tenant.created, tenant.enabled);
    if (connection_.changes() > 0) return {};
    if (const auto other = find_tenant(tenant.slug); other && other->id != tenant.id) {
        return failure(ErrorKind::Uniqueness, "Another tenant has this slug; choose a different one.");
    }
    return failure(ErrorKind::NotFound, "There is no such tenant.");
}

void SqliteTransaction::touch_credential(TenantId tenant, CredentialId credential, Instant time,
                                         std::string_view address) {
    begin_change();
    connection_.execute(
        "UPDATE credential SET last_used = ?3, last_used_address = ?4 WHERE tenant_id = ?1 AND id = ?2 "
        "AND (last_used IS NULL OR last_used <= ?3)",
        tenant, credential, time, address);
}

// ------------------------------------------------------------------------------------------------ undo

void SqliteTransaction::mark() {
    if (access_ == Access::Read) throw std::logic_error("mark() outside a job");
    if (mark_ == Mark::Inside) connection_.execute("RELEASE mark");
    if (!changed_ && !alone_) {
        // Nothing to keep: going back to the start of the job is the same and costs no second savepoint.
        mark_ = Mark::AtStart;
        return;
    }
    connection_.execute("SAVEPOINT mark");
    mark_ = Mark::Inside;
}

void SqliteTransaction::undo_to_mark() {
    CHECK(mark_ != Mark::None);
    next_audit_.clear();
    event_ends_.clear();
    if (mark_ == Mark::Inside) {
        connection_.execute("ROLLBACK TO mark");
        return;
    }
    if (savepoint_open_) connection_.execute("ROLLBACK TO job");
    changed_ = false;
}

void SqliteTransaction::begin_job(bool alone) {
    alone_ = alone;
    savepoint_open_ = false;
    changed_ = false;
    mark_ = Mark::None;
}

void SqliteTransaction::undo_job() {
    if (!savepoint_open_) return;
    next_audit_.clear();
    event_ends_.clear();
    connection_.execute("ROLLBACK TO job");
    connection_.execute("RELEASE job");
    savepoint_open_ = false;
}

void SqliteTransaction::end_job() {
    if (savepoint_open_) connection_.execute("RELEASE job");
    savepoint_open_ = false;
}

void SqliteTransaction::begin_batch() {
    event_tenants_.clear();
    next_audit_.clear();
    event_ends_.clear();
    has_only_audit_ = true;
}

void SqliteTransaction::begin_change() {
    has_only_audit_ = false;
    begin_audit();
}

void SqliteTransaction::begin_audit() {
    if (access_ == Access::Read) throw std::logic_error("a reader cannot write");
    if (!savepoint_open_ && !alone_) {
        connection_.execute("SAVEPOINT job");
        savepoint_open_ = true;
    }
    changed_ = true;
}

}  // namespace rollcall::store::sqlite
