// What leads a query: the part of a filter that an index answers. The rest is judged on the rows that it
// names.
//
//   "and": the cheapest part that an index answers leads; the others are judged
//   "or":  leads when an index answers every part
//   value path: the part inside leads, and the whole is judged on the element
#pragma once

#include <optional>
#include <set>

#include "model/filter.h"
#include "store/sqlite/query_value.h"

namespace rollcall::store::sqlite {

struct Lead {
    int cost = 0;       // 0 one row, 1 a few, 2 a group, 3 a range of names or times
    int32_t node = -1;  // the Compare or Or node that leads
    // Nodes that are true of every row it names. Empty when it only names candidates.
    std::set<int32_t> satisfied;
    bool is_range_of_times = false;  // of meta.lastModified
};

class QueryPlan {
public:
    QueryPlan(const QueryScope& scope, const CheckedFilter& filter) : scope_(scope), filter_(filter) {}

    // Nothing: the filter must be judged on every resource of the type.
    std::optional<Lead> lead() const { return assess(filter_.root()); }
    // A column of the resource leads: its rows come in the order of the column.
    bool is_of_column(const Lead& lead) const;
    // "INDEXED BY ... WHERE r.tenant_id = ?1 AND ...": when the lead is a column of the resource. False, and
    // nothing written, when it is not.
    bool write_column_lead(SqlText& out, const Lead& lead) const;
    // A SELECT of ids, for any lead.
    void write_ids(SqlText& out, const Lead& lead) const { write_ids(out, lead.node); }

private:
    enum class Index { None, Id, UserName, ExternalId, ValueIndex, UniqueValue, Member, Group, LastModified };

    std::optional<Lead> assess(int32_t node) const;
    std::optional<Lead> assess_and(const CheckedFilter::Node& node) const;
    std::optional<Lead> assess_or(int32_t index, const CheckedFilter::Node& node) const;
    Index index_of(const CheckedFilter::Node& node) const;
    void write_ids(SqlText& out, int32_t node) const;
    void collect_leaves(int32_t node, std::vector<int32_t>& leaves) const;
    void write_index_ids(SqlText& out, const CheckedFilter::Node& node) const;
    void write_nested(SqlText& out) const;
    static void write_name_range(SqlText& out, const CheckedFilter::Node& node);

    const QueryScope& scope_;
    const CheckedFilter& filter_;
};

}  // namespace rollcall::store::sqlite
