#include <algorithm>
#include <stdexcept>

#include "store/sqlite/page_choice.h"
#include "store/sqlite/query.h"
#include "store/sqlite/resource_rows.h"
#include "store/sqlite/tenant_transaction.h"

namespace rollcall::store::sqlite {
namespace {

// All types of a query have a filter, or none has.
bool is_filtered(const Query& query) {
    return std::ranges::any_of(query.types, [](const TypeFilter& type) { return type.filter != nullptr; });
}

// The name of a query for the one user that has it.
std::optional<std::string_view> name_asked_for(const Query& query) {
    if (query.types.size() != 1 || query.types.front().filter == nullptr) return std::nullopt;
    const auto& [type, filter] = query.types.front();
    const auto& root = filter->node(filter->root());
    const bool is_equality = root.kind == CheckedFilter::Kind::Compare && root.op == CompareOperator::Eq;
    if (!is_equality || index_of(*type, root) != Index::UserName) return std::nullopt;
    return root.key;
}

// Rows of the shown columns and, behind them, seq. Returns the last one's, 0 when there is none.
int64_t add_rows(Rows rows, std::string_view type, Page& page) {
    int64_t last = 0;
    while (rows.next()) {
        page.add(view_resource(rows, type));
        last = rows.integer(kShownColumns);
    }
    return last;
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
    const QueryWriter writer(id_, query, most_hidden_);
    Window window{std::max<int64_t>(query.offset, 0), std::max<int64_t>(query.limit, 0)};
    Page page;
    if (const auto name = name_asked_for(query)) {
        find_named(query.types.front().type->name, *name, window, page);
        return page;
    }
    if (const auto flat = flat_group(query)) {
        page.total = flat->users;
        if (window.limit == 0) return page;
        for (const auto& found : seek_members(*flat, query, window.limit)) load(found.seq, query, page);
        return page;
    }
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
                matches_of_type(writer, type, window);
        }
        page.total = window.passed;
    }
    page.reserve(page.rows.size() + window.kept.size());
    for (const int64_t seq : window.kept) load(seq, query, page);
    return page;
}

// What every identity provider asks before it creates somebody: one statement, and none that is assembled.
void SqliteTenant::find_named(std::string_view type, std::string_view name, const Window& window,
                              Page& page) {
    Rows rows = connection_.run("SELECT " ROLLCALL_SHOWN_COLUMNS_OF_TYPE
                                " FROM resource r INDEXED BY resource_by_user_name WHERE r.tenant_id = ?1 "
                                "AND r.user_name_key = ?2 AND r.type = ?3 AND r.hidden <= ?4",
                                id_, name, type, most_hidden_);
    if (!rows.next()) return;
    page.total = 1;
    if (window.offset == 0 && window.limit > 0) page.add(view_resource(rows, type));
}

int64_t SqliteTenant::count_matches(const QueryWriter& writer, const TypeFilter& type) {
    if (type.filter == nullptr) return counted(type.type->name);
    const SqlText sql = writer.count(type);
    Rows rows = connection_.run(sql);
    rows.next();
    return rows.integer(0);
}

// The plainest list of all: neighbours in the index are neighbours in the table, and pages cost the same at
// any depth, because each begins at a place that is known: where another one ended, or near one that was
// passed.
void SqliteTenant::read_page(std::string_view type, const Window& window, Page& page) {
    page.total = counted(type);
    if (window.offset >= page.total) return;
    const int64_t wanted = std::min(window.limit, page.total - window.offset);
    page.reserve(static_cast<size_t>(wanted));
    PageMarks& marks = marks_of(type);
    lay_marks(type, window.offset, marks);
    const auto [known, after] = marks.nearest(window.offset);
    int64_t last = 0;
    if (marks.in_order && marks.neighbours && known > 0 && known == window.offset) {
        last = read_neighbours(type, after.seq, wanted, page);
        marks.neighbours = last != 0;
    }
    if (last == 0) last = read_by_index(type, after.id, window.offset - known, wanted, page);
    if (!page.rows.empty()) {
        marks.before.insert_or_assign(window.offset + static_cast<int64_t>(page.rows.size()),
                                      PageMarks::Place{page.rows.back().id, last});
    }
}

// A page far from all places that are known passes many rows, once: it leaves places on its way.
void SqliteTenant::lay_marks(std::string_view type, int64_t offset, PageMarks& marks) {
    constexpr int64_t kStride = 1'000;
    auto [known, after] = marks.nearest(offset);
    while (known < offset) {
        const int64_t step = std::min(kStride, offset - known);
        Rows rows = connection_.run(
            "SELECT r.id, r.seq FROM resource r INDEXED BY resource_by_id WHERE r.tenant_id = ?1 AND "
            "r.type = ?2 AND r.id > ?3 AND r.hidden <= ?5 ORDER BY r.id LIMIT 1 OFFSET ?4",
            id_, type, after.id, step - 1, most_hidden_);
        if (!rows.next()) return;
        known += step;
        after = {rows.id<ResourceId>(0), rows.integer(1)};
        marks.before.insert_or_assign(known, after);
    }
}

int64_t SqliteTenant::read_by_index(std::string_view type, ResourceId after, int64_t passed, int64_t wanted,
                                    Page& page) {
    Rows rows = connection_.run("SELECT " ROLLCALL_SHOWN_COLUMNS_OF_TYPE
                                ", r.seq FROM resource r INDEXED BY resource_by_id WHERE r.tenant_id = ?1 "
                                "AND r.type = ?2 AND r.id > ?3 "
                                "AND r.hidden <= ?6 ORDER BY r.id LIMIT ?4 OFFSET ?5",
                                id_, type, after, wanted, passed, most_hidden_);
    return add_rows(std::move(rows), type, page);
}

// The table alone, without the index and the way from there to each row: a tenth of a page's work less.
int64_t SqliteTenant::read_neighbours(std::string_view type, int64_t after, int64_t wanted, Page& page) {
    const int64_t reach = after + 2 * wanted + 50;
    int64_t last = 0;
    const RowTaker taker = [&](const RowInPlace& row) {
        page.add(view_resource(row, type));
        last = row.integer(kShownColumns);
        return static_cast<int64_t>(page.rows.size()) == wanted;
    };
    {
        Rows rows = connection_.run(
            "SELECT 1 FROM resource r NOT INDEXED WHERE r.seq > ?1 AND r.seq <= ?2 AND CASE WHEN "
            "r.tenant_id = ?3 AND r.type = ?4 AND r.hidden <= ?5 THEN "
            "take(?6, " ROLLCALL_SHOWN_COLUMNS_OF_TYPE ", r.seq) ELSE 0 END ORDER BY r.seq",
            after, reach, id_, type, most_hidden_, taker);
        if (rows.next()) return last;
    }
    page.rows.clear();
    return 0;
}

PageMarks& SqliteTenant::marks_of(std::string_view type) {
    constexpr size_t kMarksMax = 20'000;
    const auto [entry, is_new] = marks_.try_emplace(std::string(type));
    PageMarks& marks = entry->second;
    const int64_t shift = number_of("shift:", type);
    if (is_new || marks.shift != shift || marks.before.size() > kMarksMax || !transaction_.is_snapshot()) {
        marks = {.shift = shift, .in_order = number_of("out_of_order:", type) == 0, .before = {}};
    }
    return marks;
}

std::pair<int64_t, PageMarks::Place> PageMarks::nearest(int64_t offset) const {
    const auto next = before.upper_bound(offset);
    if (next == before.begin()) return {0, {}};
    return *std::prev(next);
}

// Tenants, and callers to whom other resources are hidden, share the memory but never an answer.
AnswerKey SqliteTenant::own(AnswerKey key) const {
    key.request = std::to_string(id_.value) + (sees_hidden() ? "+" : "-") + key.request;
    return key;
}

const std::string* SqliteTenant::kept_answer(const AnswerKey& key) {
    KeptAnswers* const kept = transaction_.kept_answers();
    return kept != nullptr ? kept->find(own(key)) : nullptr;
}

void SqliteTenant::keep_answer(AnswerKey key, std::string_view answer) {
    KeptAnswers* const kept = transaction_.kept_answers();
    if (kept != nullptr) kept->offer(own(std::move(key)), answer);
}

int64_t SqliteTenant::rows_passed(std::string_view type, int64_t offset) {
    return offset - marks_of(type).nearest(offset).first;
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

void SqliteTenant::matches_of_type(const QueryWriter& writer, const TypeFilter& type, Window& window) {
    const SqlText sql = writer.matches(type);
    Rows rows = connection_.run(sql);
    if (writer.is_in_order_of_ids(type)) {
        while (rows.next()) window.pass(rows.integer(0));
        return;
    }
    PageChoice choice(std::max<int64_t>(window.offset - window.passed, 0),
                      window.limit - static_cast<int64_t>(window.kept.size()), false);
    while (rows.next()) choice.add(rows.integer(0), rows.id<ResourceId>(1), {});
    window.passed += choice.total();
    std::ranges::copy(choice.take(), std::back_inserter(window.kept));
}

// Returns how many match. One pass gives both the number and the page, unless an index has the order.
int64_t SqliteTenant::sorted_list(const QueryWriter& writer, const Query& query, Window& window) {
    if (!is_filtered(query)) {
        int64_t there = 0;
        for (const auto& type : query.types) there += counted(type.type->name);
        if (window.offset >= there) return there;
        if (writer.is_sorted_by_index()) {
            window.kept = page_along_index(writer, query, window);
            return there;
        }
    }
    PageChoice choice(window.offset, window.limit, query.descending);
    const SqlText sql = writer.sort_values();
    Rows rows = connection_.run(sql);
    while (rows.next()) choice.add(rows.integer(0), rows.id<ResourceId>(1), sort_value_in(rows, 2));
    window.kept = choice.take();
    return choice.total();
}

std::vector<int64_t> SqliteTenant::page_along_index(const QueryWriter& writer, const Query& query,
                                                    const Window& window) {
    constexpr int64_t kRowsLookedAtMax = 10'000;
    std::vector<int64_t> page;
    const auto read = [&](const SqlText& sql) {
        Rows rows = connection_.run(sql);
        while (rows.next()) page.push_back(rows.integer(0));
    };
    if (window.offset <= kRowsLookedAtMax || !writer.is_sorted_by_names()) {
        read(writer.sorted_page(window.offset, window.limit));
        return page;
    }
    Position before;
    {
        const SqlText sql = writer.name_before(window.offset);
        Rows rows = connection_.run(sql);
        if (!rows.next()) return page;
        before.value = sort_value_in(rows, 0);
    }
    const auto direction = query.descending ? QueryWriter::Direction::Down : QueryWriter::Direction::Up;
    read(writer.sorted_beyond(&before, direction, window.limit));
    return page;
}

void SqliteTenant::load(int64_t seq, const Query& query, Page& page) {
    Rows rows = connection_.run("SELECT " ROLLCALL_SHOWN_COLUMNS " FROM resource r WHERE r.seq = ?1", seq);
    if (!rows.next())
        throw StoreFailure(StoreFailure::Cause::Damaged, "An index names a row that is not there");
    RowView row = view_resource(rows);
    const auto of_type = [&](const TypeFilter& type) { return type.type->name == row.type; };
    const auto type = std::ranges::find_if(query.types, of_type);
    if (type == query.types.end())
        throw StoreFailure(StoreFailure::Cause::Damaged, "An index names a row of another type");
    row.type = type->type->name;
    page.add(row);
}

}  // namespace rollcall::store::sqlite
