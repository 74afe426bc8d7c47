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
#pragma once

#include <sqlite3.h>

namespace rollcall::store::sqlite {

void register_functions(sqlite3* database);

}  // namespace rollcall::store::sqlite
