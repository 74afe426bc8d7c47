#include "store/postgres/transaction.h"

#include <stdexcept>

#include "base/check.h"
#include "store/postgres/credential_rows.h"
#include "store/postgres/tenant_transaction.h"

namespace rollcall::store::postgres {
namespace {

constexpr size_t kTenantsKept = 16;

std::unexpected<Error> slug_taken() {
    return failure(ErrorKind::Uniqueness, "Another tenant has this slug; choose a different one.");
}

// What several new resources claim, side by side.
class ClaimedValues {
public:
    explicit ClaimedValues(const std::vector<const Claims*>& claims) {
        for (const auto* claim : claims) {
            if (!claim->user_name_key.empty()) user_names_.push_back(claim->user_name_key);
            for (const auto& value : claim->values) {
                types_.push_back(claim->type);
                attributes_.push_back(value.attribute);
                keys_.push_back(value.key);
            }
        }
    }
    // Which of it is taken, in an answer for names and one for values, if there are any: who claims nothing
    // touches neither table. A look-up for each, whatever the planner thinks of the size of
    // the tables, as in resources.cpp.
    void ask(Connection& connection, TenantId tenant) const {
        if (!user_names_.empty())
            connection.ask(
                "SELECT v.key FROM unnest($2::text[]) AS v (key) WHERE (SELECT true FROM resource r WHERE "
                "r.tenant_id = $1 AND r.user_name_key = v.key)",
                tenant, user_names_);
        if (!keys_.empty())
            connection.ask(
                "SELECT v.type, v.attribute, v.key FROM unnest($2::text[], $3::text[], $4::text[]) AS v "
                "(type, "
                "attribute, key) WHERE (SELECT true FROM unique_value u WHERE u.tenant_id = $1 AND u.type = "
                "v.type "
                "AND u.attribute = v.attribute AND u.key = v.key)",
                tenant, types_, attributes_, keys_);
    }
    void note_free(PostgresTransaction::Held& held, std::span<Rows> answers) const {
        auto next = answers.begin();
        held.free_user_names.insert(user_names_.begin(), user_names_.end());
        if (!user_names_.empty()) {
            for (Rows& taken = *next++; taken.next();) held.free_user_names.erase(std::string(taken.text(0)));
        }
        for (size_t i = 0; i < keys_.size(); ++i)
            held.free_values.emplace(types_[i], IndexedValue{attributes_[i], keys_[i], true});
        if (keys_.empty()) return;
        for (Rows& taken = *next; taken.next();) {
            held.free_values.erase(
                {std::string(taken.text(0)),
                 IndexedValue{std::string(taken.text(1)), std::string(taken.text(2)), true}});
        }
    }

private:
    std::vector<std::string> user_names_, types_, attributes_, keys_;
};

}  // namespace

PostgresTransaction::PostgresTransaction(Connection& connection, Access access, const Limits& limits,
                                         MakeMonth make_month, const std::optional<Sha256>& audit_key)
    : connection_(connection),
      access_(access),
      limits_(limits),
      make_month_(std::move(make_month)),
      audit_key_(audit_key) {}

PostgresTransaction::~PostgresTransaction() = default;

TenantTransaction& PostgresTransaction::tenant(const Caller& caller) {
    const bool sees_hidden = caller.channel != Channel::Scim;
    for (const auto& open : tenants_) {
        if (open->id() == caller.tenant && open->sees_hidden() == sees_hidden) return *open;
    }
    // Doors are small and live as long as the connection; nobody holds more than a handful at once.
    if (tenants_.size() >= kTenantsKept) tenants_.pop_front();
    tenants_.push_back(std::make_unique<PostgresTenant>(*this, caller.tenant, sees_hidden));
    return *tenants_.back();
}

// ------------------------------------------------------------------------------------------------ whose rows

void PostgresTransaction::enter(int64_t scope) {
    if (!is_open_) {
        if (access_ == Access::Read)
            connection_.send("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        else
            connection_.send("BEGIN");
        is_open_ = true;
        scope_ = kNowhere;
    }
    if (scope_ == scope) return;
    connection_.send("SELECT set_config('rollcall.tenant', $1, true)",
                     scope == kInstallation ? std::string("all") : std::to_string(scope));
    scope_ = scope;
}

Connection& PostgresTransaction::of_tenant(TenantId tenant) {
    enter(tenant.value);
    if (access_ == Access::Write && held_.try_emplace(tenant).second) {
        // Tenant 0, of requests that are nobody's, has no row.
        connection_.send("SELECT 1 FROM tenant WHERE id = $1 FOR NO KEY UPDATE", tenant);
    }
    return connection_;
}

PostgresTransaction::Held* PostgresTransaction::held(TenantId tenant) {
    if (access_ == Access::Read) return nullptr;
    of_tenant(tenant);
    return &held_[tenant];
}

void PostgresTransaction::look_up(TenantId tenant, const std::vector<const Claims*>& claims) {
    auto& connection = of_tenant(tenant);
    connection.ask("SELECT schema_version FROM tenant WHERE id = $1", tenant);
    ask_for_event_end(tenant);
    const ClaimedValues values(claims);
    values.ask(connection, tenant);
    auto answers = connection.answers();
    auto& held = held_[tenant];
    held.schema_version = answers[0].next() ? answers[0].integer(0) : 0;
    event_ends_[tenant.value] = read_event_end(answers[1]);
    values.note_free(held, std::span(answers).subspan(2));
}

bool PostgresTransaction::claim(TenantId tenant, const ResourceRow& row) {
    auto& held = *this->held(tenant);
    size_t claims = row.user_name_key.empty() ? 0 : 1;
    size_t free = held.free_user_names.erase(row.user_name_key);
    for (const auto& value : row.indexed) {
        if (!value.unique) continue;
        ++claims;
        free += held.free_values.erase({row.type, value});
    }
    return claims > 0 && free == claims;
}

Connection& PostgresTransaction::of_installation() {
    enter(kInstallation);
    return connection_;
}

// ------------------------------------------------------------------------------------------------ tenants

#define ROLLCALL_TENANT_COLUMNS "t.id, t.slug, t.profile, t.policy, t.created, t.enabled, t.schema_version"

void PostgresTransaction::foresee(std::span<const Foreseen> all) {
    const auto question = guesses_.sort(all);
    if (question.empty()) return;
    auto& connection = of_installation();
    connection.ask("SELECT " ROLLCALL_CREDENTIAL_COLUMNS ", " ROLLCALL_TENANT_COLUMNS
                   " FROM credential c JOIN tenant t ON t.id = c.tenant_id WHERE c.token_hash = ANY ($1)",
                   question.tokens);
    for (const auto& [tenant, ids] : question.users) KnownTenant::ask(of_tenant(tenant), tenant, ids);
    known_.take(question, connection.answers());
    guesses_.learn(known_);
}

std::optional<std::pair<Credential, Tenant>> PostgresTransaction::find_credential(const Sha256& token_hash) {
    if (const auto* known = known_.credential(token_hash)) return *known;
    Rows rows = of_installation().run(
        "SELECT " ROLLCALL_CREDENTIAL_COLUMNS ", " ROLLCALL_TENANT_COLUMNS
        " FROM credential c JOIN tenant t ON t.id = c.tenant_id WHERE c.token_hash = $1",
        token_hash);
    if (!rows.next()) return find_by_further_token(token_hash);
    return std::pair(read_credential(rows), read_tenant(rows, kCredentialColumns));
}

std::optional<std::pair<Credential, Tenant>> PostgresTransaction::find_by_further_token(
    const Sha256& token_hash) {
    Rows rows =
        of_installation().run("SELECT " ROLLCALL_CREDENTIAL_COLUMNS ", " ROLLCALL_TENANT_COLUMNS
                              ", f.kind, f.expires FROM credential_token f "
                              "JOIN credential c ON c.tenant_id = f.tenant_id AND c.id = f.credential_id "
                              "JOIN tenant t ON t.id = f.tenant_id WHERE f.token_hash = $1",
                              token_hash);
    if (!rows.next()) return std::nullopt;
    std::pair found(read_credential(rows), read_tenant(rows, kCredentialColumns));
    auto& credential = found.first;
    constexpr int kToken = kCredentialColumns + kTenantColumns;
    credential.token_hash = token_hash;
    credential.found_by = token_kind_named(rows.text(kToken));
    const Instant expires = rows.instant(kToken + 1);
    credential.expires = std::min(expires, credential.expires.value_or(expires));
    return found;
}

std::optional<Tenant> PostgresTransaction::find_tenant(std::string_view slug) {
    Rows rows =
        of_installation().run("SELECT " ROLLCALL_TENANT_COLUMNS " FROM tenant t WHERE t.slug = $1", slug);
    if (!rows.next()) return std::nullopt;
    return read_tenant(rows, 0);
}

std::vector<Tenant> PostgresTransaction::tenants() {
    Rows rows = of_installation().run("SELECT " ROLLCALL_TENANT_COLUMNS " FROM tenant t ORDER BY t.id");
    std::vector<Tenant> found;
    while (rows.next()) found.push_back(read_tenant(rows, 0));
    return found;
}

Result<Tenant> PostgresTransaction::insert_tenant(Tenant tenant) {
    begin_change();
    Rows rows = of_installation().run(
        "INSERT INTO tenant (slug, profile, policy, created, enabled) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (slug) DO NOTHING RETURNING id",
        tenant.slug, tenant.profile, tenant.policy, tenant.created, tenant.enabled);
    if (!rows.next()) return slug_taken();
    tenant.id = TenantId{rows.integer(0)};
    tenant.schema_version = 0;
    return tenant;
}

Result<void> PostgresTransaction::update_tenant(const Tenant& tenant) {
    begin_change();
    of_tenant(tenant.id);
    // Two tenants that take one slug at a time: the second waits here and then finds it taken.
    auto& connection = of_installation();
    connection.send("SELECT pg_advisory_xact_lock(1, hashtext($1))", tenant.slug);
    if (const auto other = find_tenant(tenant.slug); other && other->id != tenant.id) return slug_taken();
    const int64_t changed = connection.change(
        "UPDATE tenant SET slug = $2, profile = $3, policy = $4, created = $5, enabled = $6 WHERE id = $1",
        tenant.id, tenant.slug, tenant.profile, tenant.policy, tenant.created, tenant.enabled);
    if (changed == 0) return failure(ErrorKind::NotFound, "There is no such tenant.");
    return {};
}

void PostgresTransaction::touch_credential(TenantId tenant, CredentialId credential, Instant time,
                                           std::string_view address) {
    begin_change();
    held(tenant)->credentials.clear();
    of_tenant(tenant).send(
        "UPDATE credential SET last_used = $3, last_used_address = $4 WHERE tenant_id = $1 AND id = $2 "
        "AND (last_used IS NULL OR last_used <= $3)",
        tenant, credential, time, address);
}

// ------------------------------------------------------------------------------------------------ undo

void PostgresTransaction::mark() {
    if (access_ == Access::Read) throw std::logic_error("mark() outside a job");
    if (mark_ == Mark::Inside) connection_.send("RELEASE mark");
    left_at_mark_ = left_.end();
    if (!has_changed_ && !alone_) {
        // Nothing to keep: going back to the start of the job is the same and costs no second savepoint.
        mark_ = Mark::AtStart;
        return;
    }
    enter(scope_ == kNowhere ? kInstallation : scope_);
    connection_.send("SAVEPOINT mark");
    mark_ = Mark::Inside;
}

// Locks that were taken behind the savepoint end with it, and so does whose rows it is about.
void PostgresTransaction::undo_to_mark() {
    CHECK(mark_ != Mark::None);
    left_.cut(left_at_mark_);
    if (mark_ == Mark::Inside)
        connection_.send("ROLLBACK TO mark");
    else if (is_savepoint_open_)
        connection_.send("ROLLBACK TO job");
    else
        return;
    event_ends_.clear();
    held_.clear();
    scope_ = kNowhere;
    if (mark_ == Mark::AtStart) has_changed_ = false;
}

void PostgresTransaction::begin_job(bool alone) {
    connection_.begin_part();
    left_at_job_ = left_.end();
    alone_ = alone;
    is_savepoint_open_ = false;
    has_changed_ = false;
    mark_ = Mark::None;
}

void PostgresTransaction::undo_job() {
    left_.cut(left_at_job_);
    if (!is_savepoint_open_) return;
    connection_.send("ROLLBACK TO job");
    connection_.send("RELEASE job");
    event_ends_.clear();
    held_.clear();
    scope_ = kNowhere;
    is_savepoint_open_ = false;
}

void PostgresTransaction::end_job() {
    if (is_savepoint_open_) connection_.send("RELEASE job");
    is_savepoint_open_ = false;
    // The database works on this one while the next one is thought about.
    connection_.start();
}

void PostgresTransaction::begin_change() {
    if (access_ == Access::Read) throw std::logic_error("a reader cannot write");
    if (!is_savepoint_open_ && !alone_) {
        enter(scope_ == kNowhere ? kInstallation : scope_);
        connection_.send("SAVEPOINT job");
        is_savepoint_open_ = true;
    }
    has_changed_ = true;
}

void PostgresTransaction::lock_address(const std::string& email_key) {
    if (!has_address_) {
        connection_.send("SELECT pg_advisory_xact_lock(2, hashtext($1))", email_key);
        has_address_ = true;
        return;
    }
    Rows rows = connection_.run("SELECT pg_try_advisory_xact_lock(2, hashtext($1))", email_key);
    if (!rows.next() || !rows.boolean(0))
        throw Conflict("Another tenant is about to take one of the e-mail addresses", false);
}

void PostgresTransaction::begin_attempt() {
    if (access_ == Access::Read) return;
    enter(scope_ == kNowhere ? kInstallation : scope_);
    connection_.send("SAVEPOINT attempt");
}

void PostgresTransaction::end_attempt() {
    if (access_ == Access::Write) connection_.send("RELEASE attempt");
}

void PostgresTransaction::undo_attempt() {
    if (access_ == Access::Read) {
        connection_.rollback();
        forget();
        return;
    }
    connection_.send("ROLLBACK TO attempt");
    end_attempt();
    held_.clear();
    scope_ = kNowhere;
}

void PostgresTransaction::commit() {
    if (!is_open_) return;
    note_event_heads();
    write_left_rows();
    connection_.begin_part();
    // A transaction that has failed is rolled back, and the server calls that a success.
    const Rows done = connection_.run("COMMIT");
    if (done.command() != "COMMIT")
        throw StoreFailure(StoreFailure::Cause::Busy, "The transaction was given up");
    forget();
}

void PostgresTransaction::end_snapshot() {
    if (!is_open_) return;
    connection_.send("COMMIT");
    forget();
}

void PostgresTransaction::forget() {
    is_open_ = false;
    scope_ = kNowhere;
    held_.clear();
    event_ends_.clear();
    event_tenants_.clear();
    is_savepoint_open_ = false;
    has_address_ = false;
    known_ = {};
    left_ = {};
}

}  // namespace rollcall::store::postgres
