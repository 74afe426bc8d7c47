#include <algorithm>

#include "base/check.h"
#include "base/hmac.h"
#include "store/postgres/migrations.h"
#include "store/postgres/postgres_store.h"
#include "store/postgres/transfer.h"

namespace rollcall::store::postgres {
namespace {

std::unexpected<Error> refusal(std::string detail, std::string note = {}) {
    return failure(ErrorKind::Unavailable, std::move(detail), std::move(note));
}

std::unexpected<Error> explain(const StoreFailure& failed) {
    using Cause = StoreFailure::Cause;
    switch (failed.cause) {
        case Cause::Full:
            return refusal("The disk of the database is full; make room and start again.", failed.what());
        case Cause::Busy:
            return refusal("The database is busy; try again, or look for who holds a lock.", failed.what());
        case Cause::TooNew:
            return refusal(
                "The database was written by a newer version of Rollcall; run that version, or restore a "
                "backup made "
                "by this one.",
                failed.what());
        case Cause::Damaged:
            return refusal("The database is damaged; restore a backup.", failed.what());
        case Cause::Lost:
            break;
    }
    return refusal(
        "The database cannot be reached; check host, port, name, user and password in the URL, and that "
        "PostgreSQL "
        "runs.",
        failed.what());
}

// Of several processes that open a new database, one makes the key.
Sha256 instance_key(Connection& connection) {
    Sha256 key;
    random_bytes(key.data(), key.size());
    connection.send("INSERT INTO instance_secret (name, value) VALUES ('seal', $1) ON CONFLICT DO NOTHING",
                    key);
    Rows rows = connection.run("SELECT value FROM instance_secret WHERE name = 'seal'");
    if (!rows.next() || rows.text(0).size() != key.size()) {
        throw StoreFailure(StoreFailure::Cause::Damaged, "The key of the instance has a wrong length");
    }
    return rows.hash(0);
}

// A trail whose rows were sealed with one key is not continued with another, or with none: from there on no
// row could be told from a forged one.
Result<void> check_audit_key(Connection& connection, const std::optional<Sha256>& key) {
    constexpr std::string_view kPurpose = "rollcall audit key";
    const auto read = [&]() -> std::optional<Sha256> {
        Rows rows = connection.run("SELECT value FROM instance_secret WHERE name = 'audit_key'");
        if (!rows.next()) return std::nullopt;
        return rows.hash(0);
    };
    const auto known = read();
    if (!key && !known) return {};
    if (!key)
        return refusal("The audit trail of this database has a key; name its file with audit_key_file.");
    const Sha256 shown = hmac_sha256(*key, kPurpose);
    if (known && shown == *known) return {};
    if (known)
        return refusal("The file of audit_key_file holds another key than the one of this audit trail.");
    // The first event is that of the first tenant.
    if (connection.run("SELECT 1 FROM tenant LIMIT 1").next()) {
        return refusal(
            "The audit trail of this database was begun without a key; audit_key_file must be set before the "
            "first "
            "tenant is made.");
    }
    connection.send(
        "INSERT INTO instance_secret (name, value) VALUES ('audit_key', $1) ON CONFLICT DO NOTHING", shown);
    return read() == shown ? Result<void>{} : check_audit_key(connection, key);
}

Result<void> check_server(Connection& connection) {
    Rows rows = connection.run(
        "SELECT current_setting('server_version_num')::integer, pg_encoding_to_char(encoding) FROM "
        "pg_database WHERE "
        "datname = current_database()");
    rows.next();
    if (rows.integer(0) < 150'000)
        return refusal("The database is older than PostgreSQL 15; Rollcall needs 15 or newer.");
    if (rows.text(1) != "UTF8") {
        return refusal("The database has the encoding " + std::string(rows.text(1)) +
                       "; make it with CREATE DATABASE ... ENCODING 'UTF8'.");
    }
    return {};
}

// What keeps tenants apart must not depend on who connects.
Result<void> check_role(Connection& connection) {
    Rows rows = connection.run("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user");
    if (rows.next() && !rows.boolean(0)) return {};
    return refusal(
        "The role rollcall_server may bypass row security; take that right from it (ALTER ROLE "
        "rollcall_server NOSUPERUSER NOBYPASSRLS).");
}

// Somebody may have altered tables or views by hand: the server does not serve tenants that only it keeps
// apart.
Result<void> check_isolation(Connection& connection) {
    Rows rows = connection.run(
        "SELECT string_agg(name, ', ') FROM (SELECT t.relname::text AS name FROM pg_class t JOIN "
        "pg_attribute a "
        "ON a.attrelid = t.oid AND a.attname = 'tenant_id' WHERE t.relnamespace = 'public'::regnamespace "
        "AND t.relkind IN ('r', 'p') AND NOT t.relispartition AND NOT (t.relrowsecurity AND "
        "t.relforcerowsecurity) "
        "UNION ALL SELECT v.relname FROM pg_class v WHERE v.relnamespace = 'public'::regnamespace "
        "AND v.relname IN ('learn_scim_audit', 'audit_log') AND NOT coalesce('security_invoker=true' = "
        "ANY (v.reloptions), false) ORDER BY 1) open");
    if (!rows.next() || rows.is_null(0)) return {};
    return refusal(
        "Row security does not hold for " + std::string(rows.text(0)) +
        "; alter tables with ENABLE and FORCE ROW LEVEL SECURITY, views with SET (security_invoker = true).");
}

std::unexpected<Error> cannot_be_prepared(const std::logic_error& error) {
    const std::string_view what = error.what();
    // Prepared statements that are there already, or not any more.
    if (what.ends_with("42P05") || what.ends_with("26000"))
        return refusal(
            "The statements of one session reach several connections; a pooler must keep them together "
            "(PgBouncer: pool_mode = session).");
    return refusal(
        "The database cannot be prepared; its user must own it and, the first time, have the right "
        "CREATEROLE (or "
        "be a member of an existing role rollcall_server).",
        error.what());
}

}  // namespace

Result<std::unique_ptr<Store>> open_database(const std::string& url, const OpenOptions& options) {
    Connection::Settings settings{.url = url, .outage = std::make_shared<Outage>()};
#ifdef ROLLCALL_CANARIES
    settings.unsafe_synchronous_commit_off = options.unsafe_synchronous_normal;
#endif
    Connection::Settings owner = settings;
    owner.as_server = false;
    owner.patience_ms = owner.statement_timeout_ms = 120'000;
    owner.lock_timeout_ms = 1'000;
    try {
        {
            const auto connection = Connection::open(owner);
            TRY_VOID(check_server(*connection));
            migrate(*connection, options.unsafe);
            const auto mark = mark_purpose(*connection);
            if (mark && !options.even_unfinished) return refusal(transfer::refusal_of(*mark));
        }
        const auto connection = Connection::open(settings);
        TRY_VOID(check_role(*connection));
        TRY_VOID(check_isolation(*connection));
        connection->send("SELECT set_config('rollcall.tenant', 'all', false)");
        TRY_VOID(check_audit_key(*connection, options.audit_key));
        const Sha256 key = instance_key(*connection);
        return std::make_unique<PostgresStore>(settings, options, key);
    } catch (const StoreFailure& failed) {
        return explain(failed);
    } catch (const std::logic_error& error) {
        return cannot_be_prepared(error);
    }
}

Result<std::unique_ptr<transfer::Database>> open_transfer(const std::string& url, transfer::Opening opening) {
    using transfer::Opening;
    if (opening == Opening::ReadOnly || opening == Opening::Backup)
        return refusal("A backup is a file; name one.");
    Connection::Settings settings{.url = url, .outage = std::make_shared<Outage>()};
    settings.as_server = false;
    settings.patience_ms = settings.statement_timeout_ms = 3'600'000;
    settings.lock_timeout_ms = 120'000;
    try {
        auto connection = Connection::open(settings);
        TRY_VOID(check_server(*connection));
        migrate(*connection);
        if (opening == Opening::Existing) instance_key(*connection);
        return std::make_unique<TransferDatabase>(std::move(connection), opening);
    } catch (const StoreFailure& failed) {
        return explain(failed);
    } catch (const std::logic_error& error) {
        return cannot_be_prepared(error);
    }
}

}  // namespace rollcall::store::postgres
