// Lists that are followed by cursors: pages that begin at a place in the order (RFC 9865).
#include <algorithm>
#include <stdexcept>

#include "store/sqlite/page_choice.h"
#include "store/sqlite/query.h"
#include "store/sqlite/tenant_transaction.h"

namespace rollcall::store::sqlite {
namespace {

using Direction = QueryWriter::Direction;

}  // namespace

// One row more than the page has says whether there are more.
std::vector<SqliteTenant::Found> SqliteTenant::seek(const QueryWriter& writer, const Query& query) {
    const bool is_before = query.start == Query::Start::Before;
    const auto wanted = static_cast<size_t>(query.limit) + 1;
    const Position* from = query.position ? &*query.position : nullptr;
    std::vector<Found> found;
    if (query.sorted) {
        const auto direction = is_before == query.descending ? Direction::Up : Direction::Down;
        const SqlText sql = writer.sorted_beyond(from, direction, static_cast<int64_t>(wanted));
        Rows rows = connection_.run(sql);
        while (rows.next()) {
            found.push_back({rows.integer(0),
                             {std::string(rows.text(3)), sort_value_in(rows, 2), rows.id<ResourceId>(1)}});
        }
        return found;
    }
    const auto direction = is_before ? Direction::Down : Direction::Up;
    bool is_reached = from == nullptr;
    const auto visit = [&](const TypeFilter& type) {
        const bool is_here = from != nullptr && type.type->name == from->type;
        if ((!is_reached && !is_here) || found.size() >= wanted) return;
        is_reached = true;
        const SqlText sql = writer.matches_beyond(type, is_here ? &from->id : nullptr, direction,
                                                  static_cast<int64_t>(wanted - found.size()));
        Rows rows = connection_.run(sql);
        while (rows.next()) {
            found.push_back({rows.integer(0), {type.type->name, {}, rows.id<ResourceId>(1)}});
        }
    };
    if (is_before)
        std::for_each(query.types.rbegin(), query.types.rend(), visit);
    else
        std::for_each(query.types.begin(), query.types.end(), visit);
    return found;
}

void SqliteTenant::count_for_page(const QueryWriter& writer, const Query& query, Page& page) {
    const bool is_filtered =
        std::ranges::any_of(query.types, [](const TypeFilter& type) { return type.filter != nullptr; });
    if (is_filtered && !query.wants_total) {
        page.total_known = false;
        return;
    }
    try {
        for (const auto& type : query.types) page.total += count_matches(writer, type);
    } catch (const DeadlineExceeded&) {
        // The page is there already; RFC 9865 §2 allows to leave the total out.
        page.total_known = false;
        page.total = 0;
    }
}

Page SqliteTenant::page_beyond(const Query& query) {
    const QueryWriter writer(id_, query, most_hidden_);
    Page page;
    const auto flat = flat_group(query);
    if (query.limit > 0) {
        auto found = flat ? seek_members(*flat, query, query.limit + 1) : seek(writer, query);
        page.more = found.size() > static_cast<size_t>(query.limit);
        if (page.more) found.pop_back();
        if (query.start == Query::Start::Before) std::ranges::reverse(found);
        page.positions.reserve(found.size());
        for (auto& row : found) {
            load(row.seq, query, page);
            page.positions.push_back(std::move(row.position));
        }
    }
    if (flat)
        page.total = flat->users;
    else
        count_for_page(writer, query, page);
    return page;
}

}  // namespace rollcall::store::sqlite
