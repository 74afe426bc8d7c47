#include "base/text.h"
#include "base/time.h"
#include "model/filter.h"

namespace rollcall {
namespace {

std::unexpected<Error> refuse(std::string detail) { return failure(ErrorKind::InvalidFilter, std::move(detail)); }

bool is_part_search(CompareOperator op) {
    return op == CompareOperator::Co || op == CompareOperator::Sw || op == CompareOperator::Ew;
}
bool is_equality(CompareOperator op) { return op == CompareOperator::Eq || op == CompareOperator::Ne; }

bool is_never_returned(const AttributePath& path) {
    return path.attribute->returned == Returned::Never || path.target().returned == Returned::Never;
}

std::string quoted(const AttributePath& path) { return "\"" + path.text() + "\""; }

// The table "Filter operators by type" of RFC 7644 §3.4.2.2 and AMB-29.
bool is_allowed(AttributeType type, CompareOperator op) {
    switch (type) {
        case AttributeType::String:
        case AttributeType::Reference: return true;
        case AttributeType::Boolean:
        case AttributeType::Binary: return is_equality(op);
        case AttributeType::Integer:
        case AttributeType::Decimal:
        case AttributeType::DateTime: return !is_part_search(op);
        case AttributeType::Complex: return false;
    }
    return false;
}

}  // namespace

class FilterChecker {
public:
    FilterChecker(const ResourceType* type, UnknownAttributes unknown, bool booleans_as_text)
        : type_(type), unknown_(unknown), booleans_as_text_(booleans_as_text) {}

    Result<CheckedFilter> check(const ParsedFilter& parsed) {
        parsed_ = &parsed;
        checked_.root_ = TRY(check_node(parsed.root));
        return std::move(checked_);
    }

    Result<CheckedFilter> check_inside(const AttributePath& element, const ParsedFilter& parsed) {
        TRY_VOID(check_value_path(element));
        element_ = &element;
        return check(parsed);
    }

private:
    using Kind = CheckedFilter::Kind;
    using Node = CheckedFilter::Node;

    // Depth is that of the parsed tree, which the parser has bounded.
    Result<int32_t> check_node(int32_t index) {
        const ParsedFilter::Node& node = parsed_->nodes[static_cast<size_t>(index)];
        switch (node.kind) {
            case ParsedFilter::Kind::And: return check_children(Kind::And, node);
            case ParsedFilter::Kind::Or: return check_children(Kind::Or, node);
            case ParsedFilter::Kind::Not: return check_children(Kind::Not, node);
            case ParsedFilter::Kind::Present: return check_present(node);
            case ParsedFilter::Kind::Compare: return check_compare(node);
            case ParsedFilter::Kind::ValuePath: return check_value_path_node(node);
        }
        return refuse("The filter is not complete.");
    }

    Result<int32_t> check_children(Kind kind, const ParsedFilter::Node& node) {
        Node out{.kind = kind};
        for (int32_t child : node.children) out.children.push_back(TRY(check_node(child)));
        return add(std::move(out));
    }

    Result<int32_t> check_present(const ParsedFilter::Node& node) {
        const std::optional<AttributePath> path = TRY(resolve(node.attribute));
        if (!path) return add({.kind = Kind::Nothing});
        return add({.kind = Kind::Present, .path = *path});
    }

    Result<int32_t> check_compare(const ParsedFilter::Node& node) {
        const bool is_null = std::holds_alternative<NullLiteral>(node.literal);
        if (is_null && !is_equality(node.op)) return refuse("null can be compared with eq and ne only.");
        std::optional<AttributePath> path = TRY(resolve(node.attribute));
        if (is_null) {
            const int32_t present = path ? add({.kind = Kind::Present, .path = *path}) : add({.kind = Kind::Nothing});
            return node.op == CompareOperator::Ne ? present : negated(present);
        }
        if (!path) {
            const int32_t nothing = add({.kind = Kind::Nothing});
            return node.op == CompareOperator::Ne ? negated(nothing) : nothing;
        }
        if (path->target().is_complex()) path->sub_attribute = path->attribute->find("value");
        if (path->target().is_complex()) {
            return refuse(quoted(*path) + " has parts; compare one of them, such as \"" + path->text() + "." +
                          path->attribute->sub_attributes.front().name + "\".");
        }
        if (is_never_returned(*path)) return never_returned(*path);
        if (!is_allowed(path->target().type, node.op)) {
            return refuse(quoted(*path) + " cannot be compared with the operator " +
                          std::string(operator_name(node.op)) + ".");
        }
        Node out{.kind = Kind::Compare, .path = *path, .op = node.op};
        TRY_VOID(set_literal(node.literal, out));
        return add(std::move(out));
    }

    // Literals of the wrong type would silently match nothing (P-FILT-37).
    Result<void> set_literal(const Literal& literal, Node& out) {
        const Attribute& target = out.path.target();
        const std::string* text = std::get_if<std::string>(&literal);
        switch (target.type) {
            case AttributeType::Boolean:
                return set_boolean(literal, out);
            case AttributeType::Integer:
            case AttributeType::Decimal:
                if (!std::holds_alternative<int64_t>(literal) && !std::holds_alternative<double>(literal)) {
                    return refuse(quoted(out.path) + " must be compared with a number.");
                }
                out.literal = literal;
                return {};
            case AttributeType::DateTime:
                if (!text || !date_time_key(*text)) {
                    return refuse(quoted(out.path) +
                                  " must be compared with a dateTime such as \"2011-05-13T04:42:34Z\".");
                }
                break;
            default:
                if (!text) return refuse(quoted(out.path) + " must be compared with text in double quotes.");
                break;
        }
        out.key = is_equality(out.op) ? equality_key(target, *text) : comparison_key(target, *text);
        out.literal = *text;
        return {};
    }

    Result<void> set_boolean(const Literal& literal, Node& out) {
        if (const bool* boolean = std::get_if<bool>(&literal)) {
            out.literal = *boolean;
            return {};
        }
        // AMB-07: Entra sends "True".
        if (const std::string* text = std::get_if<std::string>(&literal); text && booleans_as_text_) {
            const bool is_true = equals_ignoring_case(*text, "true");
            if (is_true || equals_ignoring_case(*text, "false")) {
                out.literal = is_true;
                return {};
            }
        }
        return refuse(quoted(out.path) + " must be compared with true or false.");
    }

    Result<int32_t> check_value_path_node(const ParsedFilter::Node& node) {
        if (element_) return refuse("A value filter cannot hold another one.");
        const std::optional<AttributePath> path = TRY(resolve(node.attribute));
        AttributePath element;
        if (path) {
            TRY_VOID(check_value_path(*path));
            element = *path;
        }
        element_ = &element;
        const Result<int32_t> inner = check_node(node.children.front());
        element_ = nullptr;
        if (!inner) return inner;
        if (!path) return add({.kind = Kind::Nothing});
        return add({.kind = Kind::ValuePath, .children = {*inner}, .path = *path});
    }

    Result<void> check_value_path(const AttributePath& path) {
        if (path.is_whole_extension()) return refuse("A value filter stands behind an attribute.");
        const bool has_elements = path.attribute->multi_valued || path.attribute->is_complex();
        if (path.sub_attribute || !has_elements) {
            return refuse(quoted(path) + " has no elements that a value filter could choose from.");
        }
        if (is_never_returned(path)) return never_returned(path);
        return {};
    }

    // Nothing stands for an attribute that this type lacks, where that is allowed.
    Result<std::optional<AttributePath>> resolve(const std::string& name) {
        Result<AttributePath> path = element_ ? resolve_in_element(name) : resolve_path(*type_, name);
        if (!path) {
            if (unknown_ == UnknownAttributes::Absent) return std::nullopt;
            return refuse(std::move(path.error().detail));
        }
        if (path->is_whole_extension()) return refuse("Behind the URI of an extension stands an attribute of it.");
        if (is_never_returned(*path)) return never_returned(*path);
        return *path;
    }

    Result<AttributePath> resolve_in_element(const std::string& name) {
        AttributePath path = *element_;
        if (!path.attribute) return refuse("");   // inside an attribute that the type lacks; the caller knows
        if (!path.attribute->is_complex()) {
            if (equals_ignoring_case(name, "value")) return path;
            return refuse("Elements of " + quoted(path) + " have nothing but a \"value\".");
        }
        path.sub_attribute = path.attribute->find(name);
        if (path.sub_attribute) return path;
        std::string known;
        for (const Attribute& sub : path.attribute->sub_attributes) known += (known.empty() ? "" : ", ") + sub.name;
        return refuse("A value filter of " + quoted(path) + " names its parts: " + known + ".");
    }

    std::unexpected<Error> never_returned(const AttributePath& path) {
        return refuse(quoted(path) + " cannot be used in a filter.");
    }

    int32_t negated(int32_t child) { return add({.kind = Kind::Not, .children = {child}}); }

    int32_t add(Node node) {
        node.inside_value_path = element_ != nullptr;
        checked_.nodes_.push_back(std::move(node));
        return static_cast<int32_t>(checked_.nodes_.size() - 1);
    }

    const ResourceType* type_;
    UnknownAttributes unknown_;
    bool booleans_as_text_;
    const AttributePath* element_ = nullptr;   // set inside a value path
    const ParsedFilter* parsed_ = nullptr;
    CheckedFilter checked_;
};

Result<CheckedFilter> check_filter(const ResourceType& type, const ParsedFilter& filter, UnknownAttributes unknown,
                                   bool booleans_as_text) {
    return FilterChecker(&type, unknown, booleans_as_text).check(filter);
}

Result<CheckedFilter> check_value_filter(const AttributePath& attribute, const ParsedFilter& filter,
                                         bool booleans_as_text) {
    return FilterChecker(nullptr, UnknownAttributes::Refuse, booleans_as_text).check_inside(attribute, filter);
}

}  // namespace rollcall
