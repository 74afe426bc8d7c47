// Rows that a filter may match, as SQL: those that its lead (store/query_lead.h) names in an index, or all of
// the type. Where the lead does not say all, judge.h decides on each of them; SQL never compares a value of a
// document.
#pragma once

#include "store/query_lead.h"
#include "store/sql.h"
#include "store/store.h"

namespace rollcall::store::postgres {

class Candidates {
public:
    // `type` must outlive it.
    Candidates(TenantId tenant, const TypeFilter& type, const Catalogue& catalogue, bool sees_hidden);

    // Every candidate matches: there is no filter, or the lead says all of it.
    bool is_exact() const { return is_exact_; }
    // Nodes that are true of every candidate.
    const std::set<int32_t>& satisfied() const { return satisfied_; }

    // The order of rows; with `from`, those beyond it.
    enum class Direction { Up, Down };
    struct Range {
        Direction direction = Direction::Up;
        std::optional<ResourceId> from = {};
        int64_t offset = 0;
        int64_t limit = -1;  // all
    };
    // Columns of view_resource(), in order of id.
    SqlText rows(const Range& range) const;
    // The same behind the beginning of another statement.
    void write_rows(SqlText& out, const Range& range) const;
    SqlText count() const;
    // In the order of a column, in which rows are equal only if they have one id; NULLs are left out. `from`:
    // beyond that value and id.
    enum class Column { UserName, LastModified };
    SqlText rows_by(Column column, const Range& range, const std::optional<Value>& from) const;

private:
    SqlText begin() const;
    void write_where(SqlText& out) const;
    void write_lead(SqlText& out) const;
    bool write_column(SqlText& out, const CheckedFilter::Node& node) const;
    void write_ids(SqlText& out, const CheckedFilter::Node& node) const;
    void write_members_below(SqlText& out, const Value& group) const;
    static void write_window(SqlText& out, const Range& range);

    const TenantId tenant_;
    const TypeFilter& type_;
    const Catalogue& catalogue_;
    const bool sees_hidden_;
    std::optional<Lead> lead_;
    bool is_exact_;
    std::set<int32_t> satisfied_;
};

}  // namespace rollcall::store::postgres
