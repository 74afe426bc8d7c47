#include "store/postgres/query.h"

#include <algorithm>
#include <stdexcept>

#include "base/check.h"
#include "store/postgres/resource_rows.h"

namespace rollcall::store::postgres {

Result<Page> PostgresTenant::query(const Query& query) {
    if (query.sorted && query.sort_paths.size() != query.types.size()) {
        throw std::logic_error("a sorted query names a path for each type");
    }
    transaction_.begin_attempt();
    try {
        Lister lister(*this, query, transaction_.limits(),
                      [this](std::string_view type) { return counted(type); });
        Page page = lister.list();
        transaction_.end_attempt();
        return page;
    } catch (const DeadlineExceeded&) {
        transaction_.undo_attempt();
        return failure(
            ErrorKind::TooMany,
            "The query looks at too many resources; narrow the filter, for example to one userName, "
            "externalId, e-mail address or group.");
    }
}

// Pages of a list are found by index at any depth here: none are passed that are worth a thread of their own.
int64_t PostgresTenant::rows_passed(std::string_view, int64_t offset) {
    return offset;
}

Lister::Lister(PostgresTenant& tenant, const Query& query, const Limits& limits,
               std::function<int64_t(std::string_view type)> counted)
    : tenant_(tenant),
      query_(query),
      counted_(std::move(counted)),
      standard_(query.catalogue ? nullptr : Catalogue::standard()),
      catalogue_(query.catalogue ? *query.catalogue : *standard_),
      end_(std::chrono::steady_clock::now() + std::chrono::milliseconds(limits.query_deadline_ms)),
      limit_(std::max<int64_t>(query.limit, 0)) {}

Page Lister::list() {
    if (query_.sorted) return sorted();
    return query_.start == Query::Start::Offset ? page_by_offset() : page_beyond();
}

Candidates Lister::candidates(size_t index) const {
    return {tenant_.id(), type(index), catalogue_, tenant_.sees_hidden()};
}

const AttributePath* Lister::sort_path(size_t index) const {
    if (!query_.sorted || !query_.sort_paths[index]) return nullptr;
    return &*query_.sort_paths[index];
}

void Lister::check_deadline() const {
    if (std::chrono::steady_clock::now() > end_) throw DeadlineExceeded();
}

void Lister::scan(size_t index, const Candidates::Range& range, const Visit& visit) {
    constexpr int64_t kRowsAtOnce = 500;
    const auto rows_of = candidates(index);
    const auto* path = sort_path(index);
    Judge judge(tenant_, query_, type(index), path, catalogue_, rows_of);
    const bool needs_judgement = !rows_of.is_exact() || path != nullptr;
    Candidates::Range part = range;
    const int64_t wanted = range.limit < 0 ? INT64_MAX : range.limit;
    for (int64_t seen = 0; seen < wanted;) {
        if (seen > 0) check_deadline();
        part.limit = std::min(kRowsAtOnce, wanted - seen);
        Rows rows = tenant_.database().run(rows_of.rows(part));
        part.offset = 0;
        std::vector<Judge::Verdict> verdicts;
        if (needs_judgement) verdicts = judge.judge(rows);
        rows.rewind();
        for (size_t i = 0; rows.next(); ++i) {
            const auto row = view_resource(rows, type(index).type->name);
            part.from = row.id;
            if (needs_judgement && !verdicts[i].matches) continue;
            if (!visit(row, needs_judgement ? std::move(verdicts[i].value) : SortValue{})) return;
        }
        seen += rows.count();
        if (rows.count() < part.limit) return;
    }
}

// ------------------------------------------------------------------------------------------------ in order
// of id

int64_t Lister::count(size_t index) {
    if (type(index).filter == nullptr) return counted_(type(index).type->name);
    const auto rows_of = candidates(index);
    if (!rows_of.is_exact()) {
        int64_t total = 0;
        scan(index, {}, [&](const RowView&, const SortValue&) { return ++total > 0; });
        return total;
    }
    Rows rows = tenant_.database().run(rows_of.count());
    rows.next();
    return rows.integer(0);
}

Page Lister::page_by_offset() {
    Page page;
    int64_t passed = 0;
    for (size_t i = 0; i < query_.types.size(); ++i) part_by_offset(i, passed, page);
    page.total = passed;
    return page;
}

void Lister::part_by_offset(size_t index, int64_t& passed, Page& page) {
    const int64_t offset = std::max<int64_t>(query_.offset, 0);
    const auto room = limit_ - static_cast<int64_t>(page.rows.size());
    // A page that has room left has all there are, so that nobody need count them: look-ups by name.
    if (candidates(index).is_exact() && type(index).filter != nullptr && passed >= offset && room > 0) {
        int64_t there = 0;
        scan(index, {.limit = room}, [&](const RowView& row, const SortValue&) {
            page.add(row);
            return ++there > 0;
        });
        passed += there < room ? there : count(index);
        return;
    }
    const auto is_full = [&] { return static_cast<int64_t>(page.rows.size()) >= limit_; };
    if (candidates(index).is_exact() || limit_ == 0) {
        const int64_t there = count(index);
        const int64_t skipped = std::clamp<int64_t>(offset - passed, 0, there);
        const int64_t wanted = std::min(room, there - skipped);
        passed += there;
        if (wanted <= 0) return;
        Candidates::Range range;
        range.offset = skipped;
        range.limit = wanted;
        scan(index, range, [&](const RowView& row, const SortValue&) {
            page.add(row);
            return true;
        });
        return;
    }
    scan(index, {}, [&](const RowView& row, const SortValue&) {
        if (passed++ >= offset && !is_full()) page.add(row);
        return true;
    });
}

Page Lister::page_beyond() {
    Page page;
    const bool is_before = query_.start == Query::Start::Before;
    const Position* from = query_.position ? &*query_.position : nullptr;
    const auto wanted = limit_ + 1;  // one more says whether there are more
    std::vector<Found> found;
    Page rows;
    const auto visit = [&](size_t index) {
        const bool is_here = from != nullptr && type(index).type->name == from->type;
        Candidates::Range range;
        range.direction = is_before ? Direction::Down : Direction::Up;
        if (is_here) range.from = from->id;
        if (candidates(index).is_exact()) range.limit = wanted - static_cast<int64_t>(found.size());
        scan(index, range, [&](const RowView& row, const SortValue&) {
            rows.add(row);
            found.push_back({{type(index).type->name, {}, row.id}, index});
            return static_cast<int64_t>(found.size()) < wanted;
        });
    };
    const auto place = std::ranges::find_if(
        query_.types, [&](const TypeFilter& one) { return from == nullptr || one.type->name == from->type; });
    const auto first = static_cast<size_t>(place - query_.types.begin());
    const size_t count = query_.types.size();
    for (size_t i = 0; limit_ > 0 && i < count; ++i) {
        const size_t index = is_before ? count - 1 - i : i;
        const bool is_reached = from == nullptr || (is_before ? index <= first : index >= first);
        if (is_reached && static_cast<int64_t>(found.size()) < wanted) visit(index);
    }
    page.more = limit_ > 0 && static_cast<int64_t>(found.size()) > limit_;
    if (page.more) {
        found.pop_back();
        rows.rows.pop_back();
    }
    if (is_before) {
        std::ranges::reverse(found);
        std::ranges::reverse(rows.rows);
    }
    for (size_t i = 0; i < found.size(); ++i) {
        page.add(rows.rows[i]);
        page.positions.push_back(std::move(found[i].position));
    }
    count_all(page);
    return page;
}

void Lister::count_all(Page& page) {
    const bool is_filtered =
        std::ranges::any_of(query_.types, [](const auto& one) { return one.filter != nullptr; });
    if (is_filtered && !query_.wants_total) {
        page.total_known = false;
        return;
    }
    for (size_t i = 0; i < query_.types.size(); ++i) page.total += count(i);
}

// ------------------------------------------------------------------------------------------------ sorted

std::optional<Candidates::Column> Lister::order() const {
    if (query_.types.size() != 1 || !query_.sort_paths[0] || !candidates(0).is_exact()) return std::nullopt;
    const auto& path = *query_.sort_paths[0];
    const Source source = source_of(*type(0).type, path);
    if (source == Source::Meta && path.target().name == "lastModified")
        return Candidates::Column::LastModified;
    // Those that were removed have no name any more; only who sees what is hidden sees them.
    const bool has_name = source == Source::UserName && path.attribute->required && !tenant_.sees_hidden();
    return has_name ? std::optional(Candidates::Column::UserName) : std::nullopt;
}

Page Lister::sorted() {
    if (const auto column = order()) return sorted_by_column(*column);
    std::vector<Found> found;
    for (size_t i = 0; i < query_.types.size(); ++i) {
        scan(i, {}, [&](const RowView& row, SortValue value) {
            found.push_back({{type(i).type->name, std::move(value), row.id}, i});
            return true;
        });
    }
    std::ranges::sort(found, [&](const Found& a, const Found& b) {
        const auto& first = query_.descending ? b.position : a.position;
        const auto& second = query_.descending ? a.position : b.position;
        const int order = compare_sort_values(first.value, second.value);
        return order != 0 ? order < 0 : first.id < second.id;
    });
    return window_of(std::move(found));
}

Page Lister::window_of(std::vector<Found> found) {
    Page page;
    page.total = static_cast<int64_t>(found.size());
    const auto limit = static_cast<size_t>(limit_);
    size_t begin = 0, end = found.size();
    if (query_.start == Query::Start::Offset) {
        begin = std::min(end, static_cast<size_t>(std::max<int64_t>(query_.offset, 0)));
        end = std::min(end, begin + limit);
        load({found.begin() + static_cast<ptrdiff_t>(begin), found.begin() + static_cast<ptrdiff_t>(end)},
             page);
        return page;
    }
    const bool is_before = query_.start == Query::Start::Before;
    if (query_.position) {
        const auto& from = *query_.position;
        const auto edge = std::ranges::partition_point(found, [&](const Found& one) {
            int order = compare_sort_values(one.position.value, from.value);
            if (order == 0) order = one.position.id < from.id ? -1 : from.id < one.position.id ? 1 : 0;
            if (query_.descending) order = -order;
            return is_before ? order < 0 : order <= 0;
        });
        (is_before ? end : begin) = static_cast<size_t>(edge - found.begin());
    }
    page.more = limit > 0 && end - begin > limit;
    if (limit == 0) end = begin;
    if (page.more && is_before) begin = end - limit;
    if (page.more && !is_before) end = begin + limit;
    std::vector<Found> kept(std::make_move_iterator(found.begin() + static_cast<ptrdiff_t>(begin)),
                            std::make_move_iterator(found.begin() + static_cast<ptrdiff_t>(end)));
    load(kept, page);
    for (auto& one : kept) page.positions.push_back(std::move(one.position));
    return page;
}

void Lister::load(const std::vector<Found>& found, Page& page) {
    for (size_t i = 0; i < found.size();) {
        // Neighbours of one type in one statement.
        std::vector<ResourceId> ids;
        const size_t index = found[i].type;
        size_t next = i;
        for (; next < found.size() && found[next].type == index; ++next)
            ids.push_back(found[next].position.id);
        const auto& name = type(index).type->name;
        Rows rows = tenant_.database().run(
            "SELECT " ROLLCALL_SHOWN_COLUMNS
            " FROM unnest($3::uuid[]) WITH ORDINALITY AS asked (id, place) CROSS JOIN LATERAL "
            "(SELECT " ROLLCALL_SHOWN_COLUMNS
            " FROM resource r WHERE r.tenant_id = $1 AND r.type = $2 AND r.id = asked.id OFFSET 0) r "
            "ORDER BY asked.place",
            tenant_.id(), name, ids);
        while (rows.next()) page.add(view_resource(rows, name));
        i = next;
    }
}

Page Lister::sorted_by_column(Candidates::Column column) {
    Page page;
    const bool is_offset = query_.start == Query::Start::Offset;
    const bool is_before = query_.start == Query::Start::Before;
    Candidates::Range range;
    range.direction = is_before == query_.descending ? Direction::Up : Direction::Down;
    range.offset = is_offset ? std::max<int64_t>(query_.offset, 0) : 0;
    range.limit = is_offset ? limit_ : limit_ + 1;
    std::optional<Value> from;
    if (query_.position) {
        range.from = query_.position->id;
        if (const auto* text = std::get_if<std::string>(&query_.position->value.value)) from = Value(*text);
        if (const auto* number = std::get_if<int64_t>(&query_.position->value.value)) from = Value(*number);
    }
    const auto& name = type(0).type->name;
    Page rows_found;
    std::vector<Position> positions;
    if (limit_ > 0) {
        Rows rows = tenant_.database().run(candidates(0).rows_by(column, range, from));
        while (rows.next()) {
            rows_found.add(view_resource(rows, name));
            constexpr int kValue = 7;  // behind ROLLCALL_SHOWN_COLUMNS
            const bool is_name = column == Candidates::Column::UserName;
            positions.push_back(
                {name, is_name ? SortValue{std::string(rows.text(kValue))} : SortValue{rows.integer(kValue)},
                 rows_found.rows.back().id});
        }
    }
    page.more = !is_offset && static_cast<int64_t>(positions.size()) > limit_;
    if (page.more) {
        positions.pop_back();
        rows_found.rows.pop_back();
    }
    if (is_before) {
        std::ranges::reverse(positions);
        std::ranges::reverse(rows_found.rows);
    }
    for (const auto& row : rows_found.rows) page.add(row);
    if (is_offset) {
        page.total = count(0);
        return page;
    }
    page.positions = std::move(positions);
    count_all(page);
    return page;
}

}  // namespace rollcall::store::postgres
