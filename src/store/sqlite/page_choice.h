// The rows of one page of a sorted list, chosen while all matches are read. A statement that sorts does so in one
// step, which no deadline interrupts, and one with a limit does not say how many rows there are (decision 016).
#pragma once

#include <algorithm>
#include <limits>
#include <vector>

#include "model/filter.h"
#include "store/sqlite/connection.h"

namespace rollcall::store::sqlite {

// A sort value as a statement gives it.
inline SortValue sort_value_in(const Rows& rows, int column) {
    switch (sqlite3_column_type(rows.handle(), column)) {
        case SQLITE_NULL:
            return {};
        case SQLITE_INTEGER:
            return {rows.integer(column)};
        case SQLITE_FLOAT:
            return {sqlite3_column_double(rows.handle(), column)};
        default:
            return {std::string(rows.text(column))};
    }
}

// By value, equal ones by id. Constant time on average for each row that is added, whatever the offset is; memory for
// twice the rows up to the end of the page, at most for all that were added.
class PageChoice {
public:
    // `offset` and `limit` are not negative.
    PageChoice(int64_t offset, int64_t limit, bool descending)
        : offset_(offset),
          kept_max_(limit + std::min(offset, std::numeric_limits<int64_t>::max() / 4 - limit)),
          descending_(descending) {}

    void add(int64_t seq, ResourceId id, SortValue value) {
        ++total_;
        Row row{seq, id, std::move(value)};
        if (kept_max_ == 0 || (is_cut_ && !is_before(row, rows_[last()]))) return;
        rows_.push_back(std::move(row));
        if (static_cast<int64_t>(rows_.size()) >= 2 * kept_max_ + kSlack) cut();
    }

    int64_t total() const { return total_; }

    // seq of the rows of the page, in order. Once.
    std::vector<int64_t> take() {
        std::vector<int64_t> page;
        const auto there = std::min(kept_max_, static_cast<int64_t>(rows_.size()));
        if (offset_ >= there) return page;
        const auto before = [this](const Row& a, const Row& b) { return is_before(a, b); };
        const auto begin = rows_.begin() + offset_;
        std::nth_element(rows_.begin(), begin, rows_.end(), before);
        std::partial_sort(begin, rows_.begin() + there, rows_.end(), before);
        for (auto row = begin; row != rows_.begin() + there; ++row) page.push_back(row->seq);
        return page;
    }

private:
    static constexpr int64_t kSlack = 1'000;
    struct Row {
        int64_t seq;
        ResourceId id;
        SortValue value;
    };
    bool is_before(const Row& a, const Row& b) const {
        const auto& first = descending_ ? b : a;
        const auto& second = descending_ ? a : b;
        const int order = compare_sort_values(first.value, second.value);
        return order != 0 ? order < 0 : first.id < second.id;
    }
    size_t last() const { return static_cast<size_t>(kept_max_) - 1; }
    void cut() {
        const auto before = [this](const Row& a, const Row& b) { return is_before(a, b); };
        std::nth_element(rows_.begin(), rows_.begin() + static_cast<ptrdiff_t>(last()), rows_.end(), before);
        rows_.erase(rows_.begin() + static_cast<ptrdiff_t>(kept_max_), rows_.end());
        is_cut_ = true;
    }

    const int64_t offset_;
    const int64_t kept_max_;
    const bool descending_;
    bool is_cut_ = false;  // then the row at last() is the greatest of those that may be on the page
    int64_t total_ = 0;
    std::vector<Row> rows_;
};

}  // namespace rollcall::store::sqlite
