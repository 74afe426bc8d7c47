#include "store/sqlite/functions.h"

#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time.h"
#include "model/filter.h"
#include "store/sqlite/connection.h"

namespace rollcall::store::sqlite {
namespace {

bool is_null(sqlite3_value* value) {
    return sqlite3_value_type(value) == SQLITE_NULL;
}

std::string_view text_of(sqlite3_value* value) {
    const auto* data = reinterpret_cast<const char*>(sqlite3_value_text(value));
    if (data == nullptr) return {};
    return {data, static_cast<size_t>(sqlite3_value_bytes(value))};
}

void answer(sqlite3_context* context, std::string_view text) {
    sqlite3_result_text64(context, text.data() ? text.data() : "", text.size(), SQLITE_TRANSIENT,
                          SQLITE_UTF8);
}

// Exceptions must not cross SQLite, which is C.
template <class Body>
void guarded(sqlite3_context* context, Body body) {
    try {
        body();
    } catch (const std::bad_alloc&) {
        sqlite3_result_error_nomem(context);
    } catch (const std::exception&) {
        sqlite3_result_error(context, "a function on a value failed", -1);
    }
}

template <std::string (*key)(std::string_view)>
void text_key(sqlite3_context* context, int, sqlite3_value** arguments) {
    if (is_null(arguments[0])) return;
    guarded(context, [&] { answer(context, key(text_of(arguments[0]))); });
}

void date_key(sqlite3_context* context, int, sqlite3_value** arguments) {
    if (is_null(arguments[0])) return;
    guarded(context, [&] {
        if (const auto key = date_time_key(text_of(arguments[0]))) answer(context, *key);
    });
}

void reference_key(sqlite3_context* context, int, sqlite3_value** arguments) {
    if (is_null(arguments[0])) return;
    guarded(context, [&] {
        const auto text = text_of(arguments[0]);
        const auto key = resource_reference_key(text);
        answer(context, key.empty() ? text : std::string_view(key));
    });
}

// SQLite rounds the last digit of a double differently from our JSON reader.
void json_number(sqlite3_context* context, int, sqlite3_value** arguments) {
    if (is_null(arguments[0])) return;
    guarded(context, [&] {
        boost::system::error_code error;
        const auto value = json::parse(text_of(arguments[0]), error);
        if (error) return;
        if (value.is_int64())
            sqlite3_result_int64(context, value.get_int64());
        else if (value.is_double())
            sqlite3_result_double(context, value.get_double());
    });
}

enum class Search { Contains, StartsWith, EndsWith };

template <Search search>
void find_text(sqlite3_context* context, int, sqlite3_value** arguments) {
    if (is_null(arguments[0]) || is_null(arguments[1])) return;
    const auto text = text_of(arguments[0]);
    const auto part = text_of(arguments[1]);
    bool found = false;
    if constexpr (search == Search::Contains) found = text.find(part) != std::string_view::npos;
    if constexpr (search == Search::StartsWith) found = text.starts_with(part);
    if constexpr (search == Search::EndsWith) found = text.ends_with(part);
    sqlite3_result_int(context, found ? 1 : 0);
}

void uuid_text(sqlite3_context* context, int, sqlite3_value** arguments) {
    const auto* data = static_cast<const uint8_t*>(sqlite3_value_blob(arguments[0]));
    if (data == nullptr || sqlite3_value_bytes(arguments[0]) != 16) return;
    guarded(context, [&] { answer(context, ResourceId::from_bytes(data).text()); });
}

void uuid_blob(sqlite3_context* context, int, sqlite3_value** arguments) {
    if (is_null(arguments[0])) return;
    if (const auto bytes = parse_uuid(text_of(arguments[0]))) {
        sqlite3_result_blob(context, bytes->data(), 16, SQLITE_TRANSIENT);
    }
}

void take(sqlite3_context* context, int count, sqlite3_value** arguments) {
    if (count == 0) return sqlite3_result_error(context, "take: nobody takes the row", -1);
    auto* taker = static_cast<const RowTaker*>(sqlite3_value_pointer(arguments[0], kRowTaker));
    if (taker == nullptr) return sqlite3_result_error(context, "take: nobody takes the row", -1);
    guarded(context, [&] {
        const std::span values(arguments + 1, static_cast<size_t>(count - 1));
        sqlite3_result_int(context, (*taker)(RowInPlace(values)) ? 1 : 0);
    });
}

}  // namespace

void register_functions(sqlite3* database) {
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
    const auto add = [&](const char* name, int arguments,
                         void (*function)(sqlite3_context*, int, sqlite3_value**)) {
        const int code = sqlite3_create_function_v2(database, name, arguments, flags, nullptr, function,
                                                    nullptr, nullptr, nullptr);
        if (code != SQLITE_OK) throw_failure(database, code);
    };
    add("fold_case", 1, text_key<fold_case>);
    add("fold_user_name", 1, text_key<fold_user_name>);
    add("date_key", 1, date_key);
    add("reference_key", 1, reference_key);
    add("json_number", 1, json_number);
    add("contains", 2, find_text<Search::Contains>);
    add("starts_with", 2, find_text<Search::StartsWith>);
    add("ends_with", 2, find_text<Search::EndsWith>);
    add("uuid_text", 1, uuid_text);
    add("uuid_blob", 1, uuid_blob);
    const int code = sqlite3_create_function_v2(database, "take", -1, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                                nullptr, take, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) throw_failure(database, code);
}

}  // namespace rollcall::store::sqlite
