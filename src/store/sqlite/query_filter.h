// A checked filter as a condition of SQL on the row r. Its meaning is that of matches() in model/filter.h,
// and the agreement test holds the two together. Every part is 0 or 1, never NULL, so that NOT means what it
// says.
#pragma once

#include <set>

#include "model/filter.h"
#include "store/query_range.h"
#include "store/sqlite/query_value.h"

namespace rollcall::store::sqlite {

class FilterWriter {
public:
    // Nodes in `satisfied` are known to be true of every row that is asked.
    FilterWriter(SqlText& out, ValueWriter& values, const QueryScope& scope, const CheckedFilter& filter,
                 const std::set<int32_t>& satisfied)
        : out_(out), values_(values), scope_(scope), filter_(filter), satisfied_(satisfied) {}

    // To stand behind an AND.
    void write() { write_node(filter_.root(), nullptr, Beside::And); }

private:
    using Node = CheckedFilter::Node;

    // What stands beside a part: brackets are only written where they are needed, see stack_need().
    enum class Beside { And, Or };

    // `element`: inside a value path, the one element that paths stand for.
    void write_node(int32_t index, const Place* element, Beside beside);
    void write_joined(const Node& node, const Place* element, Beside beside);
    // How much of the stack of SQLite's parser, which has 100 places, a part takes.
    int stack_need(int32_t index) const;
    std::vector<int32_t> deepest_first(const std::vector<int32_t>& children) const;
    void write_present(const Node& node, const Place* element);
    void write_value_path(const Node& node);
    void write_compare(const Node& node, const Place* element);
    enum class Level { Attribute, Part };
    void write_compare_elements(const Node& node, const Place& whole, Level level);
    void write_compare_element(const Node& node, const Place& element);
    void write_compare_single(const Node& node, const Place& place);
    void write_compare_id(const Node& node, Sql blob_column, int alias);
    void write_compare_instant(const Node& node, const Place& place);
    void write_operator(const Node& node, Sql before, const Place& place, Sql after);

    SqlText& out_;
    ValueWriter& values_;
    const QueryScope& scope_;
    const CheckedFilter& filter_;
    const std::set<int32_t>& satisfied_;
};

}  // namespace rollcall::store::sqlite
