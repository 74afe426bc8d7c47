// Lists. Three ways, from cheap to dear: rows that PostgreSQL counts and orders by itself, when the
// candidates of a filter are exactly its matches and the order is that of an index; rows judged one by one as
// they stream past, until the page is full; all matches collected and sorted here, which the deadline of
// queries bounds.
#pragma once

#include "store/postgres/candidates.h"
#include "store/postgres/judge.h"

namespace rollcall::store::postgres {

class Lister {
public:
    Lister(PostgresTenant& tenant, const Query& query, const Limits& limits,
           std::function<int64_t(std::string_view type)> counted);

    // Throws DeadlineExceeded.
    Page list();

private:
    using Direction = Candidates::Direction;
    struct Found {
        Position position;
        size_t type;  // index in query.types
    };
    // Called with each match; false: enough.
    using Visit = std::function<bool(const RowView&, SortValue)>;

    const TypeFilter& type(size_t index) const { return query_.types[index]; }
    Candidates candidates(size_t index) const;
    const AttributePath* sort_path(size_t index) const;
    void check_deadline() const;
    // Goes through the matches of a type in order of id, judging where that is needed.
    void scan(size_t index, const Candidates::Range& range, const Visit& visit);

    Page page_by_offset();
    void part_by_offset(size_t index, int64_t& passed, Page& page);
    Page page_beyond();
    int64_t count(size_t index);
    void count_all(Page& page);

    // The column that has the whole order of the query.
    std::optional<Candidates::Column> order() const;
    Page sorted();
    Page sorted_by_column(Candidates::Column column);
    Page window_of(std::vector<Found> found);
    void load(const std::vector<Found>& found, Page& page);

    PostgresTenant& tenant_;
    const Query& query_;
    const std::function<int64_t(std::string_view type)> counted_;
    const std::shared_ptr<const Catalogue> standard_;
    const Catalogue& catalogue_;
    const std::chrono::steady_clock::time_point end_;
    const int64_t limit_;
};

}  // namespace rollcall::store::postgres
