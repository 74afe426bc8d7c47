// A PostgreSQL database as tables and rows (transfer/database.h).
#pragma once

#include <memory>
#include <set>
#include <string>

#include "store/postgres/connection.h"
#include "store/transfer/database.h"

namespace rollcall::store::postgres {

class TransferDatabase final : public transfer::Database {
public:
    // Of a database with the tables of this program, whose owner the connection is.
    TransferDatabase(std::unique_ptr<Connection> connection, transfer::Opening opening);

    void begin_reading() override;
    void end_reading() override;
    std::string identity() override;
    bool has_audit_key() override;
    std::vector<int64_t> tenants() override;
    void read(const transfer::Part& part, const std::function<bool(std::string_view row)>& visit) override;
    std::vector<transfer::FoundColumn> columns() override;

    bool is_empty() override;
    std::optional<transfer::Mark> mark() override;
    void begin(const transfer::Mark& mark) override;
    void set_mark(const transfer::Mark& mark) override;
    transfer::Progress progress() override;
    bool write(const transfer::Part& part, const transfer::Batch& rows, const transfer::Digest& before,
               const transfer::Digest& after) override;
    void clear(const std::vector<transfer::Part>& parts) override;
    void settle(const std::vector<int64_t>& tenants) override;
    void release() override;

private:
    void prepare(transfer::Opening opening);
    // Runs `work` in a transaction; false undoes it.
    bool in_transaction(const std::function<bool()>& work);
    // From here on to the end of the transaction, rows are those of the part.
    void show(const transfer::Part& part);
    void show_all();
    bool exists(Sql question);
    void make_months(const transfer::Part& part, const transfer::Batch& rows);
    void insert(const transfer::Part& part, const transfer::Batch& rows);

    std::unique_ptr<Connection> connection_;
    std::set<std::string> months_;  // whose partitions are there, "2026-11"
};

// What store::open() refuses the database for, if it carries a mark.
std::optional<std::string> mark_purpose(Connection& connection);

}  // namespace rollcall::store::postgres
