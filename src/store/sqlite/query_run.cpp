#include <algorithm>
#include <stdexcept>

#include "store/sqlite/query.h"
#include "store/sqlite/resource_rows.h"
#include "store/sqlite/tenant_transaction.h"

namespace rollcall::store::sqlite {
namespace {

void pass_rows(Connection& connection, const SqlText& sql, Window& window) {
    Rows rows = connection.run(sql);
    while (rows.next()) window.pass(rows.integer(0));
}

}  // namespace

Result<Page> SqliteTenant::query(const Query& query) {
    if (query.sorted && query.sort_paths.size() != query.types.size()) {
        throw std::logic_error("a sorted query names a path for each type");
    }
    const Connection::Deadline deadline(connection_, transaction_.limits().query_deadline_ms);
    try {
        return query.start == Query::Start::Offset ? list(query) : page_beyond(query);
    } catch (const DeadlineExceeded&) {
        return failure(
            ErrorKind::TooMany,
            "The query looks at too many resources; narrow the filter, for example to one userName, "
            "externalId, e-mail address or group.");
    }
}

Page SqliteTenant::list(const Query& query) {
    const QueryWriter writer(id_, query);
    Window window{std::max<int64_t>(query.offset, 0), std::max<int64_t>(query.limit, 0)};
    Page page;
    if (window.limit == 0) {
        for (const auto& type : query.types) page.total += count_matches(writer, type);
        return page;
    }
    if (query.sorted) {
        page.total = sorted_list(writer, query, window);
    } else if (query.types.size() == 1 && query.types.front().filter == nullptr) {
        read_page(query.types.front().type->name, window, page);
    } else {
        for (const auto& type : query.types) {
            if (type.filter == nullptr)
                all_of_type(writer, *type.type, window);
            else
                pass_rows(connection_, writer.matches(type), window);
        }
        page.total = window.passed;
    }
    page.rows.reserve(page.rows.size() + window.kept.size());
    for (const int64_t seq : window.kept) page.rows.push_back(load(seq));
    return page;
}

int64_t SqliteTenant::count_matches(const QueryWriter& writer, const TypeFilter& type) {
    if (type.filter == nullptr) return counted(type.type->name);
    const SqlText sql = writer.count(type);
    Rows rows = connection_.run(sql);
    rows.next();
    return rows.integer(0);
}

// The plainest list of all in one statement: neighbours in the index are neighbours in the table, and pages
// that are read in sequence cost the same at any depth, because each begins where another one ended.
void SqliteTenant::read_page(std::string_view type, const Window& window, Page& page) {
    constexpr size_t kMarksMax = 20'000;
    page.total = counted(type);
    if (window.offset >= page.total) return;
    page.rows.reserve(static_cast<size_t>(std::min(window.limit, page.total - window.offset)));
    PageMarks& marks = marks_.try_emplace(std::string(type)).first->second;
    const int64_t shift = number_of("shift:", type);
    if (marks.shift != shift || marks.before.size() > kMarksMax || !transaction_.is_snapshot()) {
        marks.before.clear();
        marks.shift = shift;
    }
    int64_t known = 0;
    ResourceId after;
    if (auto next = marks.before.upper_bound(window.offset); next != marks.before.begin()) {
        known = std::prev(next)->first;
        after = std::prev(next)->second;
    }
    Rows rows = connection_.run(
        "SELECT " ROLLCALL_RESOURCE_COLUMNS
        " FROM resource r INDEXED BY resource_by_id WHERE r.tenant_id = ?1 AND r.type = ?2 AND r.id > ?3 "
        "ORDER BY r.id LIMIT ?4 OFFSET ?5",
        id_, type, after, window.limit, window.offset - known);
    while (rows.next()) page.rows.push_back(read_resource(rows));
    if (!page.rows.empty()) {
        marks.before.insert_or_assign(window.offset + static_cast<int64_t>(page.rows.size()),
                                      page.rows.back().id);
    }
}

// The rows that come before the page are counted, not read.
void SqliteTenant::all_of_type(const QueryWriter& writer, const ResourceType& type, Window& window) {
    const int64_t there = counted(type.name);
    const int64_t skip = std::clamp<int64_t>(window.offset - window.passed, 0, there);
    const int64_t wanted = std::min(window.limit - static_cast<int64_t>(window.kept.size()), there - skip);
    if (wanted > 0) {
        const SqlText sql = writer.page_of_all(type, skip, wanted);
        Rows rows = connection_.run(sql);
        while (rows.next()) window.kept.push_back(rows.integer(0));
    }
    window.passed += there;
}

// Returns how many match. One pass gives both the number and the page, unless counters know the number.
int64_t SqliteTenant::sorted_list(const QueryWriter& writer, const Query& query, Window& window) {
    const bool is_filtered =
        std::ranges::any_of(query.types, [](const TypeFilter& type) { return type.filter != nullptr; });
    if (is_filtered) {
        pass_rows(connection_, writer.sorted(nullptr), window);
        return window.passed;
    }
    int64_t there = 0;
    for (const auto& type : query.types) there += counted(type.type->name);
    if (window.offset >= there) return there;
    const QueryWriter::Window page{window.offset, window.limit};
    window.offset = 0;  // the statement skips
    pass_rows(connection_, writer.sorted(&page), window);
    return there;
}

ResourceRow SqliteTenant::load(int64_t seq) {
    Rows rows = connection_.run("SELECT " ROLLCALL_RESOURCE_COLUMNS " FROM resource r WHERE r.seq = ?1", seq);
    if (!rows.next())
        throw StoreFailure(StoreFailure::Cause::Damaged, "An index names a row that is not there");
    return read_resource(rows);
}

}  // namespace rollcall::store::sqlite
