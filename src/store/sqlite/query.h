// Lists of resources as SQL: which statement answers a Query. Nothing is run here.
#pragma once

#include <string>

#include "store/sqlite/query_value.h"

namespace rollcall::store::sqlite {

class QueryWriter {
public:
    // `query` must outlive the writer. `most_hidden`: 0 leaves out what SCIM does not see, 1 does not.
    QueryWriter(TenantId tenant, const Query& query, int64_t most_hidden);

    // seq and id of all matches of one type. Nothing is sorted for it (decision 016): they come in the order
    // of ids only if is_in_order_of_ids().
    SqlText matches(const TypeFilter& type) const;
    bool is_in_order_of_ids(const TypeFilter& type) const;
    // How many there are.
    SqlText count(const TypeFilter& type) const;
    // One page of seq of all resources of a type, in order of id, out of an index alone.
    SqlText page_of_all(const ResourceType& type, int64_t offset, int64_t limit) const;
    // seq, id and sort value of all matches of all types, in no order.
    SqlText sort_values() const;
    // Whether an index has all resources of the query in its order; then sorted_page() is seq of one page of
    // them.
    bool is_sorted_by_index() const;
    SqlText sorted_page(int64_t offset, int64_t limit) const;
    // The same rows when `offset` is large: the key in front of the page is found in the indexes alone, which
    // costs a tenth of looking at every row on the way. Sort value of one row, then sorted_beyond() it. Only
    // when is_sorted_by_names().
    bool is_sorted_by_names() const;
    SqlText name_before(int64_t offset) const;

    // Pages that begin at a place in the order: the index, where there is one, is gone down to that place.
    enum class Direction { Up, Down };  // Up: ascending keys
    // seq and id of matches of one type beyond `from` (all without), in the order of id.
    SqlText matches_beyond(const TypeFilter& type, const ResourceId* from, Direction direction,
                           int64_t limit) const;
    // seq, id, sort value and type of matches of all types beyond `from`, sorted.
    SqlText sorted_beyond(const Position* from, Direction direction, int64_t limit) const;

private:
    QueryScope scope_of(const ResourceType& type) const;
    // "FROM resource r ... WHERE ...": the rows that match.
    void write_matching(SqlText& out, ValueWriter& values, const QueryScope& scope,
                        const TypeFilter& type) const;
    void write_sort_value(SqlText& out, ValueWriter& values, const QueryScope& scope,
                          const std::optional<AttributePath>& path) const;
    void write_sorted_matches(SqlText& out) const;
    bool is_by_user_name() const;
    // The index that has the rows in the order of the query, when the filter has no better one to begin with.
    enum class Order { None, UserName, LastModified };
    Order order() const;
    // sorted_beyond() where an index has that order, without its limit.
    SqlText along_index(Order order, const Position* from, Direction direction) const;

    const TenantId tenant_;
    const Query& query_;
    const int64_t most_hidden_;
    // The standard one is kept alive here when the query names none.
    std::shared_ptr<const Catalogue> standard_;
    const Catalogue* catalogue_;
};

}  // namespace rollcall::store::sqlite
