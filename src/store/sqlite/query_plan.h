// The lead of a query (store/query_lead.h) as SQL.
#pragma once

#include <optional>

#include "store/query_lead.h"
#include "store/query_range.h"
#include "store/sqlite/query_value.h"

namespace rollcall::store::sqlite {

class QueryPlan {
public:
    QueryPlan(const QueryScope& scope, const CheckedFilter& filter) : scope_(scope), filter_(filter) {}

    // Nothing: the filter must be judged on every resource of the type.
    std::optional<Lead> lead() const { return lead_of(*scope_.type, filter_); }
    // A column of the resource leads: its rows come in the order of the column.
    bool is_of_column(const Lead& lead) const;
    // "INDEXED BY ... WHERE r.tenant_id = ?1 AND ...": when the lead is a column of the resource. False, and
    // nothing written, when it is not.
    bool write_column_lead(SqlText& out, const Lead& lead) const;
    // A SELECT of ids, for any lead.
    void write_ids(SqlText& out, const Lead& lead) const;

private:
    void write_index_ids(SqlText& out, const CheckedFilter::Node& node) const;
    void write_nested(SqlText& out) const;

    const QueryScope& scope_;
    const CheckedFilter& filter_;
};

}  // namespace rollcall::store::sqlite
