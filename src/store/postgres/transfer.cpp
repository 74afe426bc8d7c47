#include "store/postgres/transfer.h"

#include "base/check.h"

namespace rollcall::store::postgres {

using transfer::Batch;
using transfer::Cell;
using transfer::Column;
using transfer::Digest;
using transfer::Kind;
using transfer::Mark;
using transfer::Opening;
using transfer::Part;
using transfer::Progress;
using transfer::RowReader;
using transfer::RowWriter;
using transfer::Table;

namespace {

const Table& table_of(const Part& part) {
    return transfer::tables()[part.table];
}

bool is_of_tenant(const Table& table) {
    return table.of == Table::Of::Tenant;
}

void add_names(SqlText& sql, const Table& table) {
    for (const auto& column : table.columns) {
        if (&column != table.columns.data()) sql << ", ";
        sql << column.name;
    }
}

SqlText declaration(const Table& table) {
    SqlText sql('$');
    sql << "DECLARE part NO SCROLL CURSOR FOR SELECT ";
    for (const auto& column : table.columns) {
        if (&column != table.columns.data()) sql << ", ";
        if (column.kind == Kind::Moment)
            sql << "(extract(epoch FROM " << column.name << ") * 1000)::bigint";
        else
            sql << column.name;
    }
    sql << " FROM " << table.name;
    if (is_of_tenant(table)) sql << " WHERE tenant_id = this_tenant()";
    for (size_t i = 0; i < table.keys; ++i)
        sql << (i == 0 ? Sql(" ORDER BY ") : Sql(", ")) << table.columns[i].name;
    return sql;
}

SqlText insertion(const Table& table) {
    SqlText sql('$');
    sql << "INSERT INTO " << table.name << " (";
    if (is_of_tenant(table)) sql << "tenant_id, ";
    add_names(sql, table);
    sql << ") OVERRIDING SYSTEM VALUE SELECT ";
    if (is_of_tenant(table)) sql << "this_tenant(), ";
    for (const auto& column : table.columns) {
        if (&column != table.columns.data()) sql << ", ";
        if (column.kind == Kind::Moment)
            sql << "timestamptz 'epoch' + r." << column.name << " * interval '1 ms'";
        else
            sql << "r." << column.name;
    }
    sql << " FROM unnest(";
    for (size_t i = 0; i < table.columns.size(); ++i) {
        if (i > 0) sql << ", ";
        sql.parameter(static_cast<int>(i) + 1);
    }
    sql << ") AS r (";
    add_names(sql, table);
    sql << ")";
    return sql;
}

void add_cell(RowWriter& row, const Rows& rows, int column, Kind kind) {
    constexpr int64_t kNeither = 2;
    if (rows.is_null(column)) return kind == Kind::ThreeWay ? row.add(kNeither) : row.add_null();
    switch (kind) {
        case Kind::Number:
        case Kind::Boolean:
        case Kind::ThreeWay:
        case Kind::Moment:
            return row.add(rows.integer(column));
        case Kind::Text:
        case Kind::Bytes:
        case Kind::Id:
            return row.add(rows.blob(column));
    }
}

NullableArray column_of(Kind kind) {
    switch (kind) {
        case Kind::Number:
        case Kind::Moment:
            return {1016, 20};
        case Kind::Boolean:
        case Kind::ThreeWay:
            return {1000, 16};
        case Kind::Text:
            return {1009, 25};
        case Kind::Bytes:
            return {1001, 17};
        case Kind::Id:
            return {2951, 2950};
    }
    CHECK(false);
}

void add_value(NullableArray& values, const Cell& cell, Kind kind) {
    if (cell.form == Cell::Form::Null) return values.add_null();
    if (kind == Kind::Number || kind == Kind::Moment) return values.add(cell.number);
    if (kind == Kind::Text || kind == Kind::Bytes || kind == Kind::Id) return values.add(cell.bytes);
    if (cell.number > 1) return values.add_null();
    values.add(cell.number == 1 ? std::string_view("\1", 1) : std::string_view("\0", 1));
}

bool has_mark(Connection& connection) {
    Rows rows = connection.run("SELECT to_regclass('transfer_mark') IS NOT NULL");
    return rows.next() && rows.boolean(0);
}

}  // namespace

TransferDatabase::TransferDatabase(std::unique_ptr<Connection> connection, Opening opening)
    : connection_(std::move(connection)) {
    prepare(opening);
}

void TransferDatabase::prepare(Opening opening) {
    CHECK(opening == Opening::Existing || opening == Opening::Create);
    connection_->send("SELECT set_config('idle_in_transaction_session_timeout', '0', false)");
    connection_->send("SELECT set_config('statement_timeout', '0', false)");
    connection_->send("SELECT set_config('cursor_tuple_fraction', '1', false)");
    if (opening == Opening::Create) {
        // The last commit, which waits for the disk, waits for those before it too.
        connection_->send("SELECT set_config('synchronous_commit', 'off', false)");
        // A copy that was killed may have a batch on its way still.
        connection_->send("SELECT set_config('lock_timeout', '10s', false)");
        connection_->send("SELECT pg_advisory_lock(4, 1)");
    }
    connection_->settle();
}

void TransferDatabase::show(const Part& part) {
    connection_->send("SELECT set_config('rollcall.tenant', $1, true)",
                      is_of_tenant(table_of(part)) ? std::to_string(part.tenant) : std::string("all"));
}

void TransferDatabase::show_all() {
    connection_->send("SELECT set_config('rollcall.tenant', 'all', true)");
}

bool TransferDatabase::exists(Sql question) {
    Rows rows = connection_->run(question);
    return rows.next() && rows.boolean(0);
}

// ------------------------------------------------------------------------------------------------ reading

void TransferDatabase::begin_reading() {
    connection_->send("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    connection_->run("SELECT 1 FROM schema_version");  // the moment is that of the first read
}

void TransferDatabase::end_reading() {
    connection_->run("ROLLBACK");
}

std::string TransferDatabase::identity() {
    Rows rows = connection_->run("SELECT value FROM instance_secret WHERE name = 'seal'");
    return rows.next() ? hex(as_bytes(sha256(rows.blob(0)))) : std::string();
}

bool TransferDatabase::has_audit_key() {
    return exists("SELECT EXISTS (SELECT 1 FROM instance_secret WHERE name = 'audit_key')");
}

std::vector<int64_t> TransferDatabase::tenants() {
    show_all();
    std::vector<int64_t> tenants{0};
    Rows rows = connection_->run("SELECT id FROM tenant ORDER BY id");
    while (rows.next()) tenants.push_back(rows.integer(0));
    return tenants;
}

void TransferDatabase::read(const Part& part, const std::function<bool(std::string_view row)>& visit) {
    constexpr int kFetched = 2'000;
    const Table& table = table_of(part);
    show(part);
    connection_->send(declaration(table), Parameters());
    SqlText fetch('$');
    fetch << "FETCH 2000 FROM part";
    RowWriter row;
    for (bool more = true; more;) {
        Rows rows = connection_->run(fetch);
        more = rows.count() == kFetched;
        while (rows.next()) {
            row.clear();
            int index = 0;
            for (const auto& column : table.columns) add_cell(row, rows, index++, column.kind);
            if (visit(row.row())) continue;
            more = false;
            break;
        }
    }
    SqlText close('$');
    close << "CLOSE part";
    connection_->send(close, Parameters());
}

std::vector<transfer::FoundColumn> TransferDatabase::columns() {
    std::vector<transfer::FoundColumn> columns;
    Rows rows = connection_->run(
        "SELECT t.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod) FROM pg_class t "
        "JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped "
        "WHERE t.relnamespace = 'public'::regnamespace AND t.relkind IN ('r', 'p') AND NOT t.relispartition "
        "ORDER BY 1, 2");
    while (rows.next())
        columns.push_back({std::string(rows.text(0)), std::string(rows.text(1)), std::string(rows.text(2))});
    return columns;
}

// ------------------------------------------------------------------------------------------------ writing

bool TransferDatabase::is_empty() {
    bool holds = false;
    in_transaction([&] {
        show_all();
        holds = exists(
            "SELECT EXISTS (SELECT 1 FROM tenant) OR EXISTS (SELECT 1 FROM account) OR EXISTS (SELECT 1 FROM "
            "operator)");
        connection_->send("SELECT set_config('rollcall.tenant', '0', true)");
        holds = holds || exists("SELECT EXISTS (SELECT 1 FROM audit) OR EXISTS (SELECT 1 FROM event)");
        return true;
    });
    return !holds;
}

std::optional<Mark> TransferDatabase::mark() {
    if (!has_mark(*connection_)) return std::nullopt;
    Rows rows = connection_->run("SELECT purpose, source, note FROM transfer_mark");
    CHECK(rows.next());
    return Mark{std::string(rows.text(0)), std::string(rows.text(1)), std::string(rows.text(2))};
}

void TransferDatabase::begin(const Mark& mark) {
    in_transaction([&] {
        connection_->send(
            "CREATE TABLE transfer_mark (purpose text NOT NULL, source text NOT NULL, note text NOT NULL)");
        connection_->send(
            "CREATE TABLE transfer_progress (part text COLLATE \"C\" NOT NULL, owner bigint NOT NULL, digest "
            "text "
            "NOT NULL, PRIMARY KEY (part, owner))");
        connection_->settle();
        connection_->send("INSERT INTO transfer_mark VALUES ($1, $2, $3)", mark.purpose, mark.source,
                          mark.note);
        connection_->send("DELETE FROM instance_secret");
        connection_->send("SELECT set_config('rollcall.tenant', '0', true)");
        connection_->send("DELETE FROM counter WHERE tenant_id = 0");
        return true;
    });
}

void TransferDatabase::set_mark(const Mark& mark) {
    connection_->run("UPDATE transfer_mark SET purpose = $1, source = $2, note = $3", mark.purpose,
                     mark.source, mark.note);
}

Progress TransferDatabase::progress() {
    Progress progress;
    for (size_t table = 0; table < transfer::tables().size(); ++table) {
        Rows rows = connection_->run("SELECT owner, digest FROM transfer_progress WHERE part = $1",
                                     transfer::tables()[table].name.text());
        while (rows.next()) {
            const auto digest = Digest::parse(rows.text(1));
            CHECK(digest.has_value());
            progress.emplace(Part{table, rows.integer(0)}, *digest);
        }
    }
    return progress;
}

bool TransferDatabase::in_transaction(const std::function<bool()>& work) {
    try {
        connection_->send("BEGIN");
        const bool done = work();
        if (done)
            connection_->run("COMMIT");
        else
            connection_->run("ROLLBACK");
        return done;
    } catch (...) {
        connection_->rollback();
        throw;
    }
}

bool TransferDatabase::write(const Part& part, const Batch& rows, const Digest& before, const Digest& after) {
    make_months(part, rows);
    return in_transaction([&] {
        show(part);
        const auto name = table_of(part).name.text();
        Rows known =
            connection_->run("SELECT digest FROM transfer_progress WHERE part = $1 AND owner = $2 FOR UPDATE",
                             name, part.tenant);
        if ((known.next() ? std::string(known.text(0)) : Digest().text()) != before.text()) return false;
        insert(part, rows);
        connection_->send(
            "INSERT INTO transfer_progress (part, owner, digest) VALUES ($1, $2, $3) ON CONFLICT (part, "
            "owner) DO "
            "UPDATE SET digest = excluded.digest",
            name, part.tenant, after.text());
        return true;
    });
}

void TransferDatabase::make_months(const Part& part, const Batch& rows) {
    constexpr size_t kMonth = 7;  // "2026-11"
    const Table& table = table_of(part);
    size_t at = 0;
    while (at < table.columns.size() && table.columns[at].kind != Kind::Moment) ++at;
    if (at == table.columns.size()) return;
    for (size_t i = 0; i < rows.size(); ++i) {
        RowReader cells(rows.row(i));
        Cell cell;
        for (size_t column = 0; column <= at; ++column) cell = cells.next();
        const Instant time{cell.number};
        if (!months_.insert(format_instant(time).substr(0, kMonth)).second) continue;
        connection_->run("SELECT 1 FROM audit_month(timestamptz 'epoch' + $1 * interval '1 ms')", time);
    }
}

void TransferDatabase::insert(const Part& part, const Batch& rows) {
    const Table& table = table_of(part);
    std::vector<NullableArray> columns;
    for (const auto& column : table.columns) columns.push_back(column_of(column.kind));
    for (size_t i = 0; i < rows.size(); ++i) {
        RowReader cells(rows.row(i));
        for (size_t at = 0; at < columns.size(); ++at)
            add_value(columns[at], cells.next(), table.columns[at].kind);
    }
    Parameters parameters;
    for (const auto& column : columns) parameters.add(column);
    connection_->send(insertion(table), std::move(parameters));
}

void TransferDatabase::clear(const std::vector<Part>& parts) {
    in_transaction([&] {
        for (const auto& part : parts) {
            show(part);
            SqlText sql('$');
            sql << "DELETE FROM " << table_of(part).name;
            if (is_of_tenant(table_of(part))) sql << " WHERE tenant_id = this_tenant()";
            connection_->send(sql, Parameters());
            connection_->send("DELETE FROM transfer_progress WHERE part = $1 AND owner = $2",
                              table_of(part).name.text(), part.tenant);
        }
        return true;
    });
}

// The numbers of audit rows are counted by a counter here, in SQLite by the rows themselves.
void TransferDatabase::settle(const std::vector<int64_t>& tenants) {
    in_transaction([&] {
        for (const int64_t tenant : tenants) {
            connection_->send("SELECT set_config('rollcall.tenant', $1, true)", std::to_string(tenant));
            connection_->send(
                "INSERT INTO counter (tenant_id, name, value) SELECT this_tenant(), 'audit', max(seq) FROM "
                "audit "
                "WHERE tenant_id = this_tenant() HAVING max(seq) IS NOT NULL ON CONFLICT (tenant_id, name) "
                "DO UPDATE "
                "SET value = excluded.value");
        }
        show_all();
        connection_->send("SELECT setval(pg_get_serial_sequence('tenant', 'id'), max(id)) FROM tenant");
        return true;
    });
    std::string names;
    for (const auto& table : transfer::tables())
        names += (names.empty() ? "" : ", ") + std::string(table.name.text());
    connection_->execute_script("ANALYZE " + names);
    connection_->send("SELECT set_config('synchronous_commit', 'on', false)");
    connection_->settle();
}

void TransferDatabase::release() {
    in_transaction([&] {
        connection_->send("DROP TABLE transfer_progress");
        connection_->send("DROP TABLE transfer_mark");
        return true;
    });
}

std::optional<std::string> mark_purpose(Connection& connection) {
    if (!has_mark(connection)) return std::nullopt;
    Rows rows = connection.run("SELECT purpose FROM transfer_mark");
    return rows.next() ? std::string(rows.text(0)) : std::string();
}

}  // namespace rollcall::store::postgres
