#include "store/query_range.h"

#include "base/check.h"

namespace rollcall::store {

using Node = CheckedFilter::Node;

void write_instant_comparison(SqlText& out, const Node& node) {
    const auto [ms, has_more] = instant_of_key(node.key);
    switch (node.op) {
        case CompareOperator::Eq:
            out << " = ";
            break;
        case CompareOperator::Ne:
            out << " <> ";
            break;
        case CompareOperator::Gt:
            out << " > ";
            break;
        case CompareOperator::Le:
            out << " <= ";
            break;
        case CompareOperator::Ge:
            if (has_more)
                out << " > ";
            else
                out << " >= ";
            break;
        default:
            if (has_more)
                out << " <= ";
            else
                out << " < ";
            break;
    }
    out << Value(ms);
}

void write_name_range(SqlText& out, const Node& node) {
    switch (node.op) {
        case CompareOperator::Eq:
            out << "= " << Value(node.key);
            return;
        case CompareOperator::Gt:
            out << "> " << Value(node.key);
            return;
        case CompareOperator::Ge:
            out << ">= " << Value(node.key);
            return;
        case CompareOperator::Lt:
            out << "< " << Value(node.key);
            return;
        case CompareOperator::Le:
            out << "<= " << Value(node.key);
            return;
        case CompareOperator::Sw: {
            out << ">= " << Value(node.key);
            const auto end = end_of_prefix(node.key);
            if (!end.empty()) out << " AND r.user_name_key < " << Value(end);
            return;
        }
        default:
            CHECK(false);
    }
}

}  // namespace rollcall::store
