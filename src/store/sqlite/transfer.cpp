#include "store/sqlite/transfer.h"

#include "base/check.h"
#include "store/plain_text.h"

namespace rollcall::store::sqlite {

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

SqlText selection(const Table& table) {
    SqlText sql;
    sql << "SELECT ";
    for (const auto& column : table.columns) {
        if (&column != table.columns.data()) sql << ", ";
        sql << column.name;
    }
    sql << " FROM " << table.name;
    if (is_of_tenant(table)) sql << " WHERE tenant_id = ?1";
    for (size_t i = 0; i < table.keys; ++i)
        sql << (i == 0 ? Sql(" ORDER BY ") : Sql(", ")) << table.columns[i].name;
    return sql;
}

SqlText insertion(const Table& table) {
    SqlText sql;
    sql << "INSERT INTO " << table.name << " (";
    if (is_of_tenant(table)) sql << "tenant_id, ";
    for (const auto& column : table.columns) {
        if (&column != table.columns.data()) sql << ", ";
        sql << column.name;
    }
    sql << ") VALUES (";
    if (is_of_tenant(table)) sql << "?, ";
    for (size_t i = 0; i < table.columns.size(); ++i) sql << (i == 0 ? Sql("?") : Sql(", ?"));
    sql << ")";
    return sql;
}

int64_t moment(std::string_view text) {
    const auto instant = parse_date_time(text);
    if (!instant || format_instant(*instant) != text)
        throw StoreFailure(StoreFailure::Cause::Damaged, "A time of the log of requests is none");
    return instant->ms;
}

void add_cell(RowWriter& row, const Rows& rows, int column, Kind kind) {
    if (rows.is_null(column)) return row.add_null();
    switch (kind) {
        case Kind::Number:
        case Kind::Boolean:
        case Kind::ThreeWay:
            return row.add(rows.integer(column));
        case Kind::Moment:
            return row.add(moment(rows.text(column)));
        case Kind::Text:
            return row.add(std::string_view(plain_text(rows.text(column))));
        case Kind::Bytes:
        case Kind::Id:
            return row.add(rows.blob(column));
    }
}

// `kept` holds what the statement refers to.
void bind_cell(Rows& rows, int index, const Cell& cell, Kind kind, std::string& kept) {
    if (cell.form == Cell::Form::Null) return rows.bind(index, nullptr);
    switch (kind) {
        case Kind::Number:
        case Kind::Boolean:
        case Kind::ThreeWay:
            return rows.bind(index, cell.number);
        case Kind::Moment:
            kept = format_instant(Instant{cell.number});
            return rows.bind(index, std::string_view(kept));
        case Kind::Text:
            return rows.bind(index, cell.bytes);
        case Kind::Bytes:
        case Kind::Id:
            return rows.bind_blob(index, cell.bytes.data(), cell.bytes.size());
    }
}

bool has_mark(Connection& connection) {
    Rows rows = connection.run("SELECT 1 FROM sqlite_schema WHERE name = 'transfer_mark'");
    return rows.next();
}

std::string text_of_digest(Connection& connection, const Part& part) {
    Rows rows = connection.run("SELECT digest FROM transfer_progress WHERE part = ?1 AND owner = ?2",
                               table_of(part).name.text(), part.tenant);
    return rows.next() ? std::string(rows.text(0)) : Digest().text();
}

}  // namespace

TransferFile::TransferFile(std::unique_ptr<Connection> connection, Opening opening)
    : connection_(std::move(connection)), opening_(opening) {
    if (opening == Opening::Existing || opening == Opening::ReadOnly) return;
    // Parts are filled and emptied one by one; in the end all is compared.
    connection_->execute("PRAGMA foreign_keys = OFF");
    // A power cut may take the last batches, or an unfinished backup as a whole.
    if (opening == Opening::Backup)
        connection_->execute("PRAGMA synchronous = OFF");
    else
        connection_->execute("PRAGMA synchronous = NORMAL");
    connection_->execute("PRAGMA wal_autocheckpoint = 8000");
}

// ------------------------------------------------------------------------------------------------ reading

void TransferFile::begin_reading() {
    connection_->execute("BEGIN");
    connection_->execute("SELECT 1 FROM sqlite_schema");  // the moment is that of the first read
}

void TransferFile::end_reading() {
    connection_->rollback();
}

std::string TransferFile::identity() {
    Rows rows = connection_->run("SELECT value FROM instance_secret WHERE name = 'seal'");
    return rows.next() ? hex(as_bytes(sha256(rows.blob(0)))) : std::string();
}

bool TransferFile::has_audit_key() {
    Rows rows = connection_->run("SELECT 1 FROM instance_secret WHERE name = 'audit_key'");
    return rows.next();
}

std::vector<int64_t> TransferFile::tenants() {
    std::vector<int64_t> tenants{0};
    Rows rows = connection_->run("SELECT id FROM tenant ORDER BY id");
    while (rows.next()) tenants.push_back(rows.integer(0));
    return tenants;
}

void TransferFile::read(const Part& part, const std::function<bool(std::string_view row)>& visit) {
    const Table& table = table_of(part);
    const SqlText sql = selection(table);
    Rows rows = connection_->run(sql);
    if (is_of_tenant(table)) rows.bind(1, part.tenant);
    RowWriter row;
    while (rows.next()) {
        row.clear();
        int index = 0;
        for (const auto& column : table.columns) add_cell(row, rows, index++, column.kind);
        if (!visit(row.row())) return;
    }
}

std::vector<transfer::FoundColumn> TransferFile::columns() {
    std::vector<transfer::FoundColumn> columns;
    Rows rows = connection_->run(
        "SELECT t.name, c.name, c.type FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = "
        "'table' "
        "AND t.name NOT LIKE 'sqlite%' ORDER BY 1, 2");
    while (rows.next())
        columns.push_back({std::string(rows.text(0)), std::string(rows.text(1)), std::string(rows.text(2))});
    return columns;
}

// ------------------------------------------------------------------------------------------------ writing

bool TransferFile::is_empty() {
    Rows rows = connection_->run(
        "SELECT EXISTS (SELECT 1 FROM tenant) OR EXISTS (SELECT 1 FROM account) OR EXISTS (SELECT 1 FROM "
        "operator) "
        "OR EXISTS (SELECT 1 FROM audit) OR EXISTS (SELECT 1 FROM event)");
    return rows.next() && rows.integer(0) == 0;
}

std::optional<Mark> TransferFile::mark() {
    if (!has_mark(*connection_)) return std::nullopt;
    Rows rows = connection_->run("SELECT purpose, source, note FROM transfer_mark");
    CHECK(rows.next());
    return Mark{std::string(rows.text(0)), std::string(rows.text(1)), std::string(rows.text(2))};
}

void TransferFile::begin(const Mark& mark) {
    in_transaction([&] {
        connection_->execute(
            "CREATE TABLE transfer_mark (purpose TEXT NOT NULL, source TEXT NOT NULL, note TEXT NOT NULL) "
            "STRICT");
        connection_->execute(
            "CREATE TABLE transfer_progress (part TEXT NOT NULL, owner INTEGER NOT NULL, digest TEXT NOT "
            "NULL, "
            "PRIMARY KEY (part, owner)) STRICT, WITHOUT ROWID");
        connection_->execute("INSERT INTO transfer_mark VALUES (?1, ?2, ?3)", mark.purpose, mark.source,
                             mark.note);
        connection_->execute("DELETE FROM instance_secret");
        connection_->execute("DELETE FROM counter");
        return true;
    });
}

void TransferFile::set_mark(const Mark& mark) {
    connection_->execute("UPDATE transfer_mark SET purpose = ?1, source = ?2, note = ?3", mark.purpose,
                         mark.source, mark.note);
}

Progress TransferFile::progress() {
    Progress progress;
    for (size_t table = 0; table < transfer::tables().size(); ++table) {
        const auto name = transfer::tables()[table].name.text();
        Rows rows = connection_->run("SELECT owner, digest FROM transfer_progress WHERE part = ?1", name);
        while (rows.next()) {
            const auto digest = Digest::parse(rows.text(1));
            CHECK(digest.has_value());
            progress.emplace(Part{table, rows.integer(0)}, *digest);
        }
    }
    return progress;
}

bool TransferFile::in_transaction(const std::function<bool()>& work) {
    try {
        connection_->execute("BEGIN IMMEDIATE");
        const bool done = work();
        if (done)
            connection_->execute("COMMIT");
        else
            connection_->rollback();
        return done;
    } catch (...) {
        connection_->rollback();
        throw;
    }
}

bool TransferFile::write(const Part& part, const Batch& rows, const Digest& before, const Digest& after) {
    return in_transaction([&] {
        if (text_of_digest(*connection_, part) != before.text()) return false;
        insert(part, rows);
        const std::string digest = after.text();
        connection_->execute(
            "INSERT INTO transfer_progress (part, owner, digest) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE "
            "SET digest "
            "= excluded.digest",
            table_of(part).name.text(), part.tenant, digest);
        return true;
    });
}

void TransferFile::insert(const Part& part, const Batch& rows) {
    const Table& table = table_of(part);
    const SqlText sql = insertion(table);
    Rows statement = connection_->run(sql);
    std::vector<std::string> kept(table.columns.size());
    for (size_t i = 0; i < rows.size(); ++i) {
        RowReader cells(rows.row(i));
        int index = 0;
        if (is_of_tenant(table)) statement.bind(++index, part.tenant);
        for (size_t at = 0; at < table.columns.size(); ++at)
            bind_cell(statement, ++index, cells.next(), table.columns[at].kind, kept[at]);
        statement.run();
        sqlite3_reset(statement.handle());
    }
}

void TransferFile::clear(const std::vector<Part>& parts) {
    in_transaction([&] {
        for (const auto& part : parts) {
            SqlText sql;
            sql << "DELETE FROM " << table_of(part).name;
            if (is_of_tenant(table_of(part))) sql << " WHERE tenant_id = " << Value(part.tenant);
            connection_->run(sql).run();
            connection_->execute("DELETE FROM transfer_progress WHERE part = ?1 AND owner = ?2",
                                 table_of(part).name.text(), part.tenant);
        }
        return true;
    });
}

void TransferFile::settle(const std::vector<int64_t>&) {
    connection_->execute("PRAGMA synchronous = FULL");
    connection_->execute("PRAGMA wal_checkpoint(TRUNCATE)");
    // A backup is one file, without a log beside it.
    if (opening_ == Opening::Backup) connection_->execute("PRAGMA journal_mode = DELETE");
}

void TransferFile::release() {
    in_transaction([&] {
        connection_->execute("DROP TABLE transfer_progress");
        connection_->execute("DROP TABLE transfer_mark");
        return true;
    });
}

std::optional<std::string> mark_purpose(Connection& connection) {
    if (!has_mark(connection)) return std::nullopt;
    Rows rows = connection.run("SELECT purpose FROM transfer_mark");
    return rows.next() ? std::string(rows.text(0)) : std::string();
}

}  // namespace rollcall::store::sqlite
