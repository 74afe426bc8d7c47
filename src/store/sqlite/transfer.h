// A SQLite file as tables and rows (transfer/database.h).
#pragma once

#include <memory>
#include <string>

#include "store/sqlite/connection.h"
#include "store/transfer/database.h"

namespace rollcall::store::sqlite {

class TransferFile final : public transfer::Database {
public:
    // Of a file with the tables of this program.
    TransferFile(std::unique_ptr<Connection> connection, transfer::Opening opening);

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
    // Runs `work` in a transaction for writing; false undoes it.
    bool in_transaction(const std::function<bool()>& work);
    void insert(const transfer::Part& part, const transfer::Batch& rows);

    std::unique_ptr<Connection> connection_;
    const transfer::Opening opening_;
};

// What store::open() refuses the database for, if it carries a mark.
std::optional<std::string> mark_purpose(Connection& connection);

}  // namespace rollcall::store::sqlite
