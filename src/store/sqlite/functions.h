// SQL functions that give filters on documents the meaning of base/text and base/time. All are deterministic;
// a null argument, or text that has no key, gives null.
//
//   fold_case(text)       comparison key of a string that is not case exact
//   fold_user_name(text)  comparison key of a user name
//   date_key(text)        comparison key of a dateTime
//   reference_key(text)   what a reference to a resource points at; the text itself when it is no such
//   reference json_number(text)     JSON text of a number as the number the program itself would read
//   contains(a, b), starts_with(a, b), ends_with(a, b)   on bytes, 0 or 1
//   uuid_text(blob), uuid_blob(text)
//
// And one that is not: take(taker, ...) hands columns of a row to a RowTaker while they still lie in the
// page. SQLite copies each column of a row that it answers out of its page first. To stand in a WHERE, behind
// all other conditions in a CASE, which are judged in the order in which they are written.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace rollcall::store::sqlite {

// The columns behind the taker. Valid during the call only.
class RowInPlace {
public:
    explicit RowInPlace(std::span<sqlite3_value*> values) : values_(values) {}

    int64_t integer(size_t column) const { return sqlite3_value_int64(values_[column]); }
    // Of a blob, or of text in UTF-8; empty for NULL.
    std::string_view blob(size_t column) const {
        const auto* data = static_cast<const char*>(sqlite3_value_blob(values_[column]));
        if (data == nullptr) return {};
        return {data, static_cast<size_t>(sqlite3_value_bytes(values_[column]))};
    }
    // Nil for what is no id.
    template <class AnyId>
    AnyId id(size_t column) const {
        const auto bytes = blob(column);
        return bytes.size() == 16 ? AnyId::from_bytes(bytes.data()) : AnyId{};
    }

private:
    std::span<sqlite3_value*> values_;
};

// True: enough; the statement answers with a row.
using RowTaker = std::function<bool(const RowInPlace&)>;
// What a RowTaker is bound as.
inline constexpr char kRowTaker[] = "RowTaker";

void register_functions(sqlite3* database);

}  // namespace rollcall::store::sqlite
