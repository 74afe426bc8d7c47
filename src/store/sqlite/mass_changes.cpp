// Losses, mass changes and what their guard remembers.
#include "store/mass_changes.h"

#include <algorithm>

#include "store/sqlite/tenant_transaction.h"

namespace rollcall::store::sqlite {
namespace {

#define ROLLCALL_LOSS_COLUMNS "seq, time, kind, target, weight, version, waits, credential_id, address, image"
#define ROLLCALL_MASS_CHANGE_COLUMNS \
    "id, first, noticed, due, losses, members, credential_id, address, decision, decided, decided_by, approved, " \
    "approved_by, alert_due, alert_attempts, needs_two"

constexpr std::string_view kKinds[] = {"deactivation", "deletion", "removal", "group_deletion"};

Loss::Kind kind_named(std::string_view name) {
    const auto* const found = std::ranges::find(kKinds, name);
    return static_cast<Loss::Kind>(found == std::end(kKinds) ? 0 : found - std::begin(kKinds));
}

std::optional<CredentialId> null_if_nil(CredentialId id) {
    if (id.is_nil()) return std::nullopt;
    return id;
}

Loss read_loss(const Rows& rows) {
    Loss loss;
    loss.seq = rows.integer(0);
    loss.time = Instant{rows.integer(1)};
    loss.kind = kind_named(rows.text(2));
    loss.target = rows.id<ResourceId>(3);
    loss.weight = rows.integer(4);
    loss.version = rows.integer(5);
    loss.waits = rows.integer(6) != 0;
    if (!rows.is_null(7)) loss.credential = rows.id<CredentialId>(7);
    loss.address = rows.text(8);
    loss.image = rows.text(9);
    return loss;
}

MassChange read_mass_change(const Rows& rows, int first = 0) {
    MassChange change;
    change.id = rows.id<MassChangeId>(first);
    change.first = Instant{rows.integer(first + 1)};
    change.noticed = Instant{rows.integer(first + 2)};
    change.due = Instant{rows.integer(first + 3)};
    change.losses = rows.integer(first + 4);
    change.members = rows.integer(first + 5);
    if (!rows.is_null(first + 6)) change.credential = rows.id<CredentialId>(first + 6);
    change.address = rows.text(first + 7);
    change.decision = rows.text(first + 8);
    if (!rows.is_null(first + 9)) change.decided = Instant{rows.integer(first + 9)};
    change.decided_by = rows.text(first + 10);
    if (!rows.is_null(first + 11)) change.approved = Instant{rows.integer(first + 11)};
    change.approved_by = rows.text(first + 12);
    if (!rows.is_null(first + 13)) change.alert_due = Instant{rows.integer(first + 13)};
    change.alert_attempts = rows.integer(first + 14);
    change.needs_two = rows.integer(first + 15) != 0;
    return change;
}

std::optional<MassChange> one_mass_change(Rows rows) {
    if (!rows.next()) return std::nullopt;
    return read_mass_change(rows);
}

}  // namespace

void SqliteTenant::append_loss(Loss& loss) {
    transaction_.begin_change();
    int64_t total = 0;
    {
        Rows last = connection_.run(
            "SELECT seq, time, total FROM loss WHERE tenant_id = ?1 ORDER BY seq DESC LIMIT 1", id_);
        const bool is_first = !last.next();
        loss.seq = is_first ? 1 : last.integer(0) + 1;
        if (!is_first) loss.time = std::max(loss.time, Instant{last.integer(1)});
        total = is_first ? 0 : last.integer(2);
    }
    connection_.execute(
        "INSERT INTO loss (tenant_id, seq, time, kind, target, weight, total, version, waits, credential_id, "
        "address, image) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        id_, loss.seq, loss.time, kKinds[static_cast<size_t>(loss.kind)], loss.target, loss.weight,
        total + loss.weight, loss.version, loss.waits, null_if_nil(loss.credential), loss.address, loss.image);
}

int64_t SqliteTenant::losses_after(Instant time) {
    Rows first = connection_.run(
        "SELECT l.total - l.weight FROM loss l WHERE l.tenant_id = ?1 AND l.time > ?2 ORDER BY l.time, l.seq "
        "LIMIT 1",
        id_, time);
    if (!first.next()) return 0;
    const int64_t before = first.integer(0);
    Rows last =
        connection_.run("SELECT total FROM loss WHERE tenant_id = ?1 ORDER BY seq DESC LIMIT 1", id_);
    return last.next() ? last.integer(0) - before : 0;
}

std::vector<Loss> SqliteTenant::losses(int64_t above_seq, int64_t most) {
    Rows rows = connection_.run("SELECT " ROLLCALL_LOSS_COLUMNS
                                " FROM loss WHERE tenant_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
                                id_, above_seq, most);
    std::vector<Loss> found;
    while (rows.next()) found.push_back(read_loss(rows));
    return found;
}

std::vector<Loss> SqliteTenant::losses_before(int64_t below_seq, int64_t most) {
    Rows rows = connection_.run("SELECT " ROLLCALL_LOSS_COLUMNS
                                " FROM loss WHERE tenant_id = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3",
                                id_, below_seq, most);
    std::vector<Loss> found;
    while (rows.next()) found.push_back(read_loss(rows));
    return found;
}

void SqliteTenant::forget_losses(Instant until) {
    // Most often there is nothing to forget, and looking is cheaper than writing.
    {
        Rows oldest = connection_.run(
            "SELECT 1 FROM loss WHERE tenant_id = ?1 AND time <= ?2 LIMIT 1", id_, until);
        if (!oldest.next()) return;
    }
    transaction_.begin_change();
    connection_.execute("DELETE FROM loss WHERE tenant_id = ?1 AND time <= ?2", id_, until);
}

std::optional<MassChange> SqliteTenant::open_mass_change() {
    return one_mass_change(connection_.run(
        "SELECT " ROLLCALL_MASS_CHANGE_COLUMNS " FROM mass_change WHERE tenant_id = ?1 AND decision = ''", id_));
}

std::optional<MassChange> SqliteTenant::find_mass_change(MassChangeId id) {
    return one_mass_change(connection_.run(
        "SELECT " ROLLCALL_MASS_CHANGE_COLUMNS " FROM mass_change WHERE tenant_id = ?1 AND id = ?2", id_, id));
}

std::vector<MassChange> SqliteTenant::mass_changes(int64_t most) {
    Rows rows = connection_.run("SELECT " ROLLCALL_MASS_CHANGE_COLUMNS
                                " FROM mass_change WHERE tenant_id = ?1 ORDER BY id DESC LIMIT ?2",
                                id_, most);
    std::vector<MassChange> found;
    while (rows.next()) found.push_back(read_mass_change(rows));
    return found;
}

void SqliteTenant::put_mass_change(const MassChange& change) {
    transaction_.begin_change();
    connection_.execute(
        "INSERT INTO mass_change (tenant_id, id, first, noticed, due, losses, members, credential_id, address, "
        "decision, decided, decided_by, approved, approved_by, alert_due, alert_attempts, needs_two) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17) "
        "ON CONFLICT (tenant_id, id) DO UPDATE SET first = ?3, noticed = ?4, due = ?5, losses = ?6, members = ?7, "
        "credential_id = ?8, address = ?9, decision = ?10, decided = ?11, decided_by = ?12, approved = ?13, "
        "approved_by = ?14, alert_due = ?15, alert_attempts = ?16, needs_two = ?17",
        id_, change.id, change.first, change.noticed, change.due, change.losses, change.members,
        null_if_nil(change.credential), change.address, change.decision, change.decided, change.decided_by,
        change.approved, change.approved_by, change.alert_due, change.alert_attempts, change.needs_two);
}

MassChangeGuard SqliteTenant::mass_change_guard() {
    Rows rows = connection_.run(
        "SELECT announced, announced_until, members, counted FROM mass_change_guard WHERE tenant_id = ?1", id_);
    if (!rows.next()) return {};
    return {rows.integer(0), Instant{rows.integer(1)}, rows.integer(2), Instant{rows.integer(3)}};
}

void SqliteTenant::put_mass_change_guard(const MassChangeGuard& guard) {
    transaction_.begin_change();
    connection_.execute(
        "INSERT INTO mass_change_guard (tenant_id, announced, announced_until, members, counted) "
        "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (tenant_id) DO UPDATE SET announced = ?2, announced_until = ?3, "
        "members = ?4, counted = ?5",
        id_, guard.announced, guard.announced_until, guard.members, guard.counted);
}

int64_t SqliteTenant::count_active_managed_members() {
    Rows rows = connection_.run(
        "SELECT count(*) FROM member WHERE tenant_id = ?1 AND managed = 'scim' AND deactivated_at IS NULL", id_);
    return rows.next() ? rows.integer(0) : 0;
}

std::vector<std::pair<TenantId, MassChange>> SqliteTransaction::open_mass_changes() {
    Rows rows = connection_.run(
        "SELECT tenant_id, " ROLLCALL_MASS_CHANGE_COLUMNS
        " FROM mass_change INDEXED BY mass_change_open WHERE decision = '' ORDER BY tenant_id");
    std::vector<std::pair<TenantId, MassChange>> found;
    while (rows.next()) found.emplace_back(TenantId{rows.integer(0)}, read_mass_change(rows, 1));
    return found;
}

std::vector<std::pair<TenantId, MassChange>> SqliteTransaction::due_alerts(Instant now, int64_t most) {
    Rows rows = connection_.run(
        "SELECT tenant_id, " ROLLCALL_MASS_CHANGE_COLUMNS
        " FROM mass_change INDEXED BY mass_change_alert WHERE alert_due <= ?1 ORDER BY alert_due LIMIT ?2",
        now, most);
    std::vector<std::pair<TenantId, MassChange>> found;
    while (rows.next()) found.emplace_back(TenantId{rows.integer(0)}, read_mass_change(rows, 1));
    return found;
}

std::vector<TenantId> SqliteTransaction::tenants_with_losses_until(Instant time) {
    Rows rows = connection_.run(
        "SELECT t.id FROM tenant t WHERE EXISTS (SELECT 1 FROM loss l WHERE l.tenant_id = t.id AND l.time <= ?1) "
        "AND NOT EXISTS (SELECT 1 FROM mass_change m WHERE m.tenant_id = t.id AND m.decision = '') ORDER BY t.id",
        time);
    std::vector<TenantId> found;
    while (rows.next()) found.push_back(TenantId{rows.integer(0)});
    return found;
}

}  // namespace rollcall::store::sqlite
