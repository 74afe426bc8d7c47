// Lists of resources as SQL: which statement answers a Query. Nothing is run here.
#pragma once

#include <string>

#include "store/sqlite/query_value.h"

namespace rollcall::store::sqlite {

class QueryWriter {
public:
    // `query` must outlive the writer.
    QueryWriter(TenantId tenant, const Query& query);

    // seq of all matches of one type, in order of id.
    SqlText matches(const TypeFilter& type) const;
    // How many there are.
    SqlText count(const TypeFilter& type) const;
    // One page of seq of all resources of a type, in order of id, out of an index alone.
    SqlText page_of_all(const ResourceType& type, int64_t offset, int64_t limit) const;
    // seq of all matches of all types, sorted. With `page` only those of the page.
    struct Window {
        int64_t offset;
        int64_t limit;
    };
    SqlText sorted(const Window* page) const;

private:
    QueryScope scope_of(const ResourceType& type) const;
    // "FROM resource r ... WHERE ...": the rows that match.
    void write_matching(SqlText& out, ValueWriter& values, const QueryScope& scope,
                        const TypeFilter& type) const;
    void write_sort_value(SqlText& out, ValueWriter& values, const QueryScope& scope,
                          const std::optional<AttributePath>& path) const;
    bool is_by_user_name() const;

    const TenantId tenant_;
    const Query& query_;
    // The standard one is kept alive here when the query names none.
    std::shared_ptr<const Catalogue> standard_;
    const Catalogue* catalogue_;
};

}  // namespace rollcall::store::sqlite
