// What an installation consists of, as rows: every table and its columns, in terms that all engines share.
// Copies, backups and restores read this list and nothing else, so that a table or column that is missing
// here is missing in them; tests/store/transfer_test.cpp compares it with the catalogue of each engine.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "store/sql.h"

namespace rollcall::store::transfer {

// What a column holds. NULL is a value of each.
enum class Kind {
    Number,    // 64 bits
    Boolean,   // 0 or 1
    Text,      // UTF-8 without NUL
    Bytes,     // any
    Id,        // 16 bytes
    Moment,    // milliseconds since 1970; text in SQLite, timestamptz in PostgreSQL
    ThreeWay,  // 0 or 1 or neither; neither is 2 in SQLite, NULL in PostgreSQL
};

struct Column {
    Sql name;
    Kind kind;
};

struct Table {
    enum class Of { Installation, Tenant };
    enum class Growth { Any, AtTheEnd };  // AtTheEnd: rows are only added, in the order of the key

    Sql name;
    Of of;  // Tenant: tenant_id stands before the columns, in the table and in every key
    std::span<const Column> columns;  // those of the key first; without what one engine keeps for itself
    size_t keys;                      // how many of them lead the order in which rows are read
    Growth growth = Growth::Any;
    std::string_view needs = {};  // the table that foreign keys of this one refer to
};

// In an order in which they can be filled.
std::span<const Table> tables();

// Counters (rows of the table "counter") that one engine keeps for itself: they are not copied.
bool is_counter_of_engine(std::string_view name);

}  // namespace rollcall::store::transfer
