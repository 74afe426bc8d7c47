#include "base/check.h"
#include "model/filter.h"
#include "model/number_order.h"
#include "model/resource.h"

namespace rollcall {
namespace {

using Kind = CheckedFilter::Kind;
using Node = CheckedFilter::Node;

bool order_satisfies(CompareOperator op, int order) {
    switch (op) {
        case CompareOperator::Eq: return order == 0;
        case CompareOperator::Ne: return order != 0;
        case CompareOperator::Gt: return order > 0;
        case CompareOperator::Ge: return order >= 0;
        case CompareOperator::Lt: return order < 0;
        case CompareOperator::Le: return order <= 0;
        default: return false;
    }
}

bool text_satisfies(const Node& node, const json::value& value) {
    const Attribute& target = node.path.target();
    const std::string_view text = value.as_string();
    const bool is_equality = node.op == CompareOperator::Eq || node.op == CompareOperator::Ne;
    const std::string key = is_equality ? equality_key(target, text) : comparison_key(target, text);
    switch (node.op) {
        case CompareOperator::Co: return key.contains(node.key);
        case CompareOperator::Sw: return key.starts_with(node.key);
        case CompareOperator::Ew: return key.ends_with(node.key);
        default: return order_satisfies(node.op, key.compare(node.key));
    }
}

template <class Number>
bool number_satisfies(const Node& node, Number value) {
    if (const int64_t* integer = std::get_if<int64_t>(&node.literal)) {
        return order_satisfies(node.op, compare_numbers(value, *integer));
    }
    return order_satisfies(node.op, compare_numbers(value, std::get<double>(node.literal)));
}

// `value` is assigned and simple.
bool value_satisfies(const Node& node, const json::value& value) {
    switch (node.path.target().type) {
        case AttributeType::Boolean:
            if (const bool* boolean = value.if_bool()) {
                return order_satisfies(node.op, *boolean == std::get<bool>(node.literal) ? 0 : 1);
            }
            break;
        case AttributeType::Integer:
        case AttributeType::Decimal:
            if (value.is_int64()) return number_satisfies(node, value.as_int64());
            if (value.is_double()) return number_satisfies(node, value.as_double());
            break;
        default:
            if (value.is_string()) return text_satisfies(node, value);
            break;
    }
    return node.op == CompareOperator::Ne;
}

// True when `visit` is for any assigned element of `value`: the elements of an array, else the value itself.
template <class Visit>
bool any_element(const json::value* value, Visit visit) {
    if (!value || is_unassigned(*value)) return false;
    if (!value->is_array()) return visit(*value);
    for (const json::value& element : value->as_array()) {
        if (!is_unassigned(element) && visit(element)) return true;
    }
    return false;
}

const json::value* part_of(const json::value& element, const Attribute& sub_attribute) {
    const json::object* object = element.if_object();
    return object ? object->if_contains(sub_attribute.name) : nullptr;
}

// S-MV-04.
bool is_missing_primary(const AttributePath& path) {
    return path.attribute->multi_valued && path.sub_attribute->type == AttributeType::Boolean &&
           path.sub_attribute->name == "primary";
}

bool element_satisfies(const Node& node, const json::value& element) {
    if (!node.path.sub_attribute) return value_satisfies(node, element);
    const json::value* part = part_of(element, *node.path.sub_attribute);
    if (!part || is_unassigned(*part)) {
        if (is_missing_primary(node.path)) return value_satisfies(node, json::value(false));
        return node.op == CompareOperator::Ne;
    }
    return any_element(part, [&](const json::value& value) { return value_satisfies(node, value); });
}

bool element_is_present(const Node& node, const json::value& element) {
    if (!node.path.sub_attribute) return true;
    const json::value* part = part_of(element, *node.path.sub_attribute);
    return part && !is_unassigned(*part);
}

// Where the values of a node come from: the whole representation, or one element inside a value path.
class Evaluator {
public:
    Evaluator(const CheckedFilter& filter, const json::object* representation, const KnownPart* known = nullptr)
        : filter_(filter), representation_(representation), known_(known) {}

    bool evaluate(int32_t index, const json::value* element) const {
        const Node& node = filter_.node(index);
        if (known_ != nullptr && element == nullptr) {
            if (const auto outcome = (*known_)(index)) return *outcome;
        }
        switch (node.kind) {
            case Kind::And:
                return std::ranges::all_of(node.children, [&](int32_t child) { return evaluate(child, element); });
            case Kind::Or:
                return std::ranges::any_of(node.children, [&](int32_t child) { return evaluate(child, element); });
            case Kind::Not: return !evaluate(node.children.front(), element);
            case Kind::Nothing: return false;
            case Kind::Present:
                return any_element(source(node, element),
                                   [&](const json::value& value) { return element_is_present(node, value); });
            case Kind::Compare: return compare(node, source(node, element));
            case Kind::ValuePath:
                return any_element(source(node, element), [&](const json::value& value) {
                    return evaluate(node.children.front(), &value);
                });
        }
        return false;
    }

private:
    const json::value* source(const Node& node, const json::value* element) const {
        if (element) return element;
        CHECK(representation_);
        return find_value(*representation_, {node.path.extension, node.path.attribute, nullptr});
    }

    static bool compare(const Node& node, const json::value* value) {
        bool is_empty = true;
        const bool found = any_element(value, [&](const json::value& element) {
            is_empty = false;
            return element_satisfies(node, element);
        });
        return found || (is_empty && node.op == CompareOperator::Ne);
    }

    const CheckedFilter& filter_;
    const json::object* representation_;
    const KnownPart* known_;
};

}  // namespace

bool matches(const CheckedFilter& filter, const json::object& representation) {
    return Evaluator(filter, &representation).evaluate(filter.root(), nullptr);
}

bool matches(const CheckedFilter& filter, const json::object& representation, const KnownPart& known) {
    return Evaluator(filter, &representation, &known).evaluate(filter.root(), nullptr);
}

bool matches_element(const CheckedFilter& filter, const json::value& element) {
    return Evaluator(filter, nullptr).evaluate(filter.root(), &element);
}

}  // namespace rollcall
