#include <charconv>

#include "base/json.h"
#include "model/filter.h"

namespace rollcall {
namespace {

using Kind = ParsedFilter::Kind;

void print_literal(const Literal& literal, std::string& out) {
    if (std::holds_alternative<NullLiteral>(literal)) {
        out += "null";
    } else if (const bool* boolean = std::get_if<bool>(&literal)) {
        out += *boolean ? "true" : "false";
    } else if (const int64_t* integer = std::get_if<int64_t>(&literal)) {
        out += std::to_string(*integer);
    } else if (const double* decimal = std::get_if<double>(&literal)) {
        char buffer[32];
        const auto end = std::to_chars(buffer, buffer + sizeof buffer, *decimal).ptr;
        const std::string_view text(buffer, static_cast<size_t>(end - buffer));
        out += text;
        // Without a point or an exponent it would be read back as an integer.
        if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
    } else {
        write_json_string(std::get<std::string>(literal), out);
    }
}

// Parentheses stand only where the tree has them already, so that printing never makes a filter deeper.
bool needs_parentheses(Kind parent, Kind child) {
    if (parent == Kind::And) return child == Kind::And || child == Kind::Or;
    return parent == Kind::Or && child == Kind::Or;
}

void print_node(const ParsedFilter& filter, int32_t index, std::string& out) {
    const ParsedFilter::Node& node = filter.nodes[static_cast<size_t>(index)];
    auto print_in_brackets = [&](char open, int32_t child, char close) {
        out += open;
        print_node(filter, child, out);
        out += close;
    };
    switch (node.kind) {
        case Kind::And:
        case Kind::Or:
            for (size_t i = 0; i < node.children.size(); ++i) {
                if (i > 0) out += node.kind == Kind::And ? " and " : " or ";
                const int32_t child = node.children[i];
                if (needs_parentheses(node.kind, filter.nodes[static_cast<size_t>(child)].kind)) {
                    print_in_brackets('(', child, ')');
                } else {
                    print_node(filter, child, out);
                }
            }
            break;
        case Kind::Not:
            out += "not ";
            print_in_brackets('(', node.children.front(), ')');
            break;
        case Kind::Present: out += node.attribute + " pr"; break;
        case Kind::Compare:
            out += node.attribute + " " + std::string(operator_name(node.op)) + " ";
            print_literal(node.literal, out);
            break;
        case Kind::ValuePath:
            out += node.attribute;
            print_in_brackets('[', node.children.front(), ']');
            break;
    }
}

}  // namespace

std::string print_filter(const ParsedFilter& filter) {
    std::string out;
    print_node(filter, filter.root, out);
    return out;
}

}  // namespace rollcall
