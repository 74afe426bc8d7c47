// How rows of the table resource are read and its `indexed` column is written: each value as 'u' or 'n'
// (unique or not), attribute, NUL, key, NUL. NUL is in no text (the JSON reader refuses it).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/sqlite/connection.h"
#include "store/store.h"

namespace rollcall::store::sqlite {

// The columns of read_resource(), for statements that read from `resource r`.
#define ROLLCALL_RESOURCE_COLUMNS                                                               \
    "r.type, r.id, r.version, r.created, r.last_modified, r.active, r.plain, r.user_name_key, " \
    "r.external_id, "                                                                           \
    "r.display, r.manager, r.document, r.hidden"

// The column `active` where the document states nothing: filters must see what the document shows.
constexpr int64_t kActiveNotStated = 2;

constexpr int kResourceColumns = 13;

inline ResourceRow read_resource(const Rows& rows) {
    ResourceRow row;
    row.type = rows.text(0);
    row.id = rows.id<ResourceId>(1);
    row.version = rows.integer(2);
    row.created = Instant{rows.integer(3)};
    row.last_modified = Instant{rows.integer(4)};
    if (const int64_t active = rows.integer(5); active != kActiveNotStated) row.active = active == 1;
    row.plain = rows.integer(6) != 0;
    row.user_name_key = rows.text(7);
    row.external_id = rows.text(8);
    row.display = rows.text(9);
    row.manager = rows.text(10);
    row.document = rows.blob(11);  // as a blob it needs no terminating NUL, and so no copy first
    row.hidden = rows.integer(12) != 0;
    return row;
}

// The columns of view_resource(), which are enough to show a resource; with NULL for the type where it is
// known.
#define ROLLCALL_SHOWN_COLUMNS "r.type, " ROLLCALL_SHOWN_COLUMNS_AFTER_TYPE
#define ROLLCALL_SHOWN_COLUMNS_OF_TYPE "NULL, " ROLLCALL_SHOWN_COLUMNS_AFTER_TYPE
#define ROLLCALL_SHOWN_COLUMNS_AFTER_TYPE \
    "r.id, r.version, r.created, r.last_modified, r.plain, r.manager, r.document"

constexpr int kShownColumns = 8;

// Valid until the next row. `type`: the name, when it is known and need not be read.
template <class AnyRow>
RowView view_resource(const AnyRow& rows, std::string_view type = {}) {
    RowView row;
    row.type = type.empty() ? rows.blob(0) : type;
    row.id = rows.template id<ResourceId>(1);
    row.version = rows.integer(2);
    row.created = Instant{rows.integer(3)};
    row.last_modified = Instant{rows.integer(4)};
    row.plain = rows.integer(5) != 0;
    if (const auto manager = rows.blob(6); !manager.empty()) row.manager = ResourceId::parse(manager);
    row.document = rows.blob(7);
    return row;
}

inline std::string pack_indexed(const std::vector<IndexedValue>& values) {
    std::string packed;
    for (const auto& value : values) {
        packed += value.unique ? 'u' : 'n';
        packed += value.attribute;
        packed += '\0';
        packed += value.key;
        packed += '\0';
    }
    return packed;
}

// Stops at the first thing that is not of the form above: only a damaged file can hold such.
inline std::vector<IndexedValue> unpack_indexed(std::string_view packed) {
    std::vector<IndexedValue> values;
    while (!packed.empty()) {
        const auto attribute_end = packed.find('\0', 1);
        if (attribute_end == std::string_view::npos) break;
        const auto key_end = packed.find('\0', attribute_end + 1);
        if (key_end == std::string_view::npos) break;
        values.push_back({std::string(packed.substr(1, attribute_end - 1)),
                          std::string(packed.substr(attribute_end + 1, key_end - attribute_end - 1)),
                          packed.front() == 'u'});
        packed.remove_prefix(key_end + 1);
    }
    return values;
}

}  // namespace rollcall::store::sqlite
