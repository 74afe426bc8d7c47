#include "store/sqlite/query_filter.h"

#include <algorithm>

#include "base/check.h"

namespace rollcall::store::sqlite {
namespace {

using Kind = CheckedFilter::Kind;
using Node = CheckedFilter::Node;

Value literal_of(const Node& node) {
    if (const auto* boolean = std::get_if<bool>(&node.literal)) return int64_t{*boolean};
    if (const auto* integer = std::get_if<int64_t>(&node.literal)) return *integer;
    if (const auto* real = std::get_if<double>(&node.literal)) return *real;
    return node.key;
}

Comparison comparison_of(const Node& node) {
    const bool is_equality = node.op == CompareOperator::Eq || node.op == CompareOperator::Ne;
    return is_equality ? Comparison::Equality : Comparison::Order;
}

bool is_equality(const Node& node) {
    return comparison_of(node) == Comparison::Equality;
}

}  // namespace

void FilterWriter::write_node(int32_t index, const Place* element, Beside beside) {
    const Node& node = filter_.node(index);
    if (satisfied_.contains(index)) return write_constant(out_, true);
    switch (node.kind) {
        case Kind::And:
        case Kind::Or:
            return write_joined(node, element, beside);
        case Kind::Not:
            // NOT in front would stay on the parser's stack while it reads what follows.
            out_ << "(";
            write_node(node.children.front(), element, Beside::Or);
            out_ << ") = 0";
            return;
        case Kind::Nothing:
            return write_constant(out_, false);
        case Kind::Present:
            return write_present(node, element);
        case Kind::Compare:
            return write_compare(node, element);
        case Kind::ValuePath:
            return write_value_path(node);
    }
}

void FilterWriter::write_joined(const Node& node, const Place* element, Beside beside) {
    const bool is_and = node.kind == Kind::And;
    const bool needs_brackets = !is_and && beside == Beside::And;
    if (needs_brackets) out_ << "(";
    bool first = true;
    for (const int32_t child : deepest_first(node.children)) {
        if (!first && is_and) out_ << " AND ";
        if (!first && !is_and) out_ << " OR ";
        first = false;
        write_node(child, element, is_and ? Beside::And : Beside::Or);
    }
    if (needs_brackets) out_ << ")";
}

// ------------------------------------------------------------------------------------------------ nesting

int FilterWriter::stack_need(int32_t index) const {
    constexpr int kSelect = 10;  // EXISTS (SELECT ... WHERE ... AND
    const Node& node = filter_.node(index);
    if (node.children.empty()) return 1;
    if (node.kind == Kind::Not) return stack_need(node.children.front()) + 1;
    if (node.kind == Kind::ValuePath) return stack_need(node.children.front()) + kSelect;
    int need = 0;
    for (const int32_t child : node.children) need = std::max(need, stack_need(child) + (need > 0 ? 2 : 0));
    return need + 1;
}

// The order as written keeps cheap parts in front. Only where nesting is deep, the deepest part goes first:
// then nothing of its neighbours waits on the stack meanwhile.
std::vector<int32_t> FilterWriter::deepest_first(const std::vector<int32_t>& children) const {
    constexpr int kShallow = 14;
    std::vector<int32_t> ordered = children;
    const auto is_deep = [this](int32_t child) { return stack_need(child) > kShallow; };
    if (std::ranges::any_of(ordered, is_deep)) {
        std::ranges::stable_sort(ordered, std::greater(),
                                 [this](int32_t child) { return stack_need(child); });
    }
    return ordered;
}

// ------------------------------------------------------------------------------------------------ presence

void FilterWriter::write_present(const Node& node, const Place* element) {
    const Attribute* sub = node.path.sub_attribute;
    if (element != nullptr) return values_.write_present(sub ? element->part(*sub) : *element);
    const Place place = place_of(*scope_.type, node.path);
    if (!node.path.attribute->multi_valued) return values_.write_present(sub ? place.part(*sub) : place);
    const Elements elements = values_.elements_of(place);
    out_ << "EXISTS (";
    values_.write_with(elements);
    out_ << "SELECT 1";
    values_.write_from(elements);
    out_ << " AND ";
    values_.write_present(sub ? elements.element.part(*sub) : elements.element);
    out_ << ")";
}

void FilterWriter::write_value_path(const Node& node) {
    const Place place = place_of(*scope_.type, node.path);
    if (!node.path.attribute->multi_valued) {
        out_ << "(";
        values_.write_present(place);
        out_ << " AND ";
        write_node(node.children.front(), &place, Beside::And);
        out_ << ")";
        return;
    }
    const Elements elements = values_.elements_of(place);
    out_ << "EXISTS (";
    values_.write_with(elements);
    out_ << "SELECT 1";
    values_.write_from(elements);
    out_ << " AND ";
    write_node(node.children.front(), &elements.element, Beside::And);
    out_ << ")";
}

// ------------------------------------------------------------------------------------------------
// comparisons

void FilterWriter::write_compare(const Node& node, const Place* element) {
    if (element != nullptr) return write_compare_element(node, *element);
    const Place place = place_of(*scope_.type, node.path);
    if (node.path.attribute->multi_valued) return write_compare_elements(node, place, Level::Attribute);
    write_compare_element(node, place);
}

void FilterWriter::write_compare_elements(const Node& node, const Place& whole, Level level) {
    const bool also_without = node.op == CompareOperator::Ne;  // AMB-28
    const Elements elements = values_.elements_of(whole);
    out_ << "(EXISTS (";
    values_.write_with(elements);
    out_ << "SELECT 1";
    values_.write_from(elements);
    out_ << " AND ";
    if (level == Level::Attribute)
        write_compare_element(node, elements.element);
    else
        write_compare_single(node, elements.element);
    out_ << ")";
    if (also_without) {
        const Elements others = values_.elements_of(whole);
        out_ << " OR NOT EXISTS (";
        values_.write_with(others);
        out_ << "SELECT 1";
        values_.write_from(others);
        out_ << ")";
    }
    out_ << ")";
}

// `element` is a singular attribute or one element of a multi-valued one.
void FilterWriter::write_compare_element(const Node& node, const Place& element) {
    const Attribute* sub = node.path.sub_attribute;
    if (sub != nullptr && sub->multi_valued && element.source == Source::Document) {
        return write_compare_elements(node, element.part(*sub), Level::Part);
    }
    write_compare_single(node, sub ? element.part(*sub) : element);
}

void FilterWriter::write_compare_single(const Node& node, const Place& place) {
    const Attribute& target = node.path.target();
    const bool is_value = place.part_name == nullptr || place.part_name->name == "value";
    if (place.source == Source::Id && is_equality(node)) return write_compare_id(node, "r.id", 0);
    if (place.source == Source::Members && is_value && is_equality(node)) {
        return write_compare_id(node, ".member_id", place.alias);
    }
    if (place.source == Source::Groups && is_value && is_equality(node)) {
        return write_compare_id(node, ".id", place.alias);
    }
    if (place.source == Source::Meta && target.type == AttributeType::DateTime) {
        return write_compare_instant(node, place);
    }
    switch (node.op) {
        case CompareOperator::Eq:
            return write_operator(node, "(", place, " IS ");
        case CompareOperator::Ne:
            return write_operator(node, "(", place, " IS NOT ");
        case CompareOperator::Gt:
            return write_operator(node, "coalesce(", place, " > ");
        case CompareOperator::Ge:
            return write_operator(node, "coalesce(", place, " >= ");
        case CompareOperator::Lt:
            return write_operator(node, "coalesce(", place, " < ");
        case CompareOperator::Le:
            return write_operator(node, "coalesce(", place, " <= ");
        case CompareOperator::Co:
            return write_operator(node, "coalesce(contains(", place, ", ");
        case CompareOperator::Sw:
            return write_operator(node, "coalesce(starts_with(", place, ", ");
        case CompareOperator::Ew:
            return write_operator(node, "coalesce(ends_with(", place, ", ");
    }
}

void FilterWriter::write_operator(const Node& node, Sql before, const Place& place, Sql after) {
    const Attribute& target = node.path.target();
    // S-MV-04: an element without `primary` is not the primary one.
    const bool is_primary = node.path.attribute->multi_valued && target.type == AttributeType::Boolean &&
                            node.path.sub_attribute != nullptr && target.name == "primary";
    out_ << before;
    if (is_primary) out_ << "coalesce(";
    values_.write_key(place, target, comparison_of(node));
    if (is_primary) out_ << ", 0)";
    out_ << after << literal_of(node);
    switch (node.op) {
        case CompareOperator::Eq:
        case CompareOperator::Ne:
            out_ << ")";
            break;
        case CompareOperator::Co:
        case CompareOperator::Sw:
        case CompareOperator::Ew:
            out_ << "), 0)";
            break;
        default:
            out_ << ", 0)";
            break;
    }
}

// Text that is no id is nobody's: eq is false, ne is true.
void FilterWriter::write_compare_id(const Node& node, Sql blob_column, int alias) {
    const bool is_eq = node.op == CompareOperator::Eq;
    const auto id = parse_uuid(node.key);
    if (!id) return write_constant(out_, !is_eq);
    if (alias > 0) out_.alias("e", alias);
    out_ << blob_column;
    if (is_eq)
        out_ << " = ";
    else
        out_ << " <> ";
    out_ << Value(*id);
}

// Columns have milliseconds, literals may have more.
void FilterWriter::write_compare_instant(const Node& node, const Place& place) {
    if (is_equality(node) && instant_of_key(node.key).has_more)
        return write_constant(out_, node.op == CompareOperator::Ne);
    out_ << "(";
    values_.write_key(place, node.path.target(), comparison_of(node));
    write_instant_comparison(out_, node);
    out_ << ")";
}

}  // namespace rollcall::store::sqlite
