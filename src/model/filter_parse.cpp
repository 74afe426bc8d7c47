#include <charconv>
#include <cmath>

#include "base/text.h"
#include "model/filter.h"
#include "model/filter_lex.h"

namespace rollcall {
namespace {

using Node = ParsedFilter::Node;

constexpr std::string_view kOperators = "eq, ne, co, sw, ew, gt, ge, lt, le or pr";

std::optional<CompareOperator> compare_operator_of(std::string_view word) {
    for (const CompareOperator op : {CompareOperator::Eq, CompareOperator::Ne, CompareOperator::Co,
                                     CompareOperator::Sw, CompareOperator::Ew, CompareOperator::Gt,
                                     CompareOperator::Ge, CompareOperator::Lt, CompareOperator::Le}) {
        if (equals_ignoring_case(operator_name(op), word)) return op;
    }
    return std::nullopt;
}

// "name", "name.sub", or anything that begins as a URI; which part of it is the URI only a schema knows.
bool is_attribute_notation(std::string_view word) {
    if (word.find(':') != std::string_view::npos) return is_schema_uri(word);
    const size_t dot = word.find('.');
    if (!is_attribute_name(word.substr(0, dot))) return false;
    return dot == std::string_view::npos || is_attribute_name(word.substr(dot + 1));
}

// A word that is named in a detail must be one that cannot be a value: short, and letters only (P-FILT-44).
bool may_be_named(std::string_view word) {
    return word.size() <= 16 && std::ranges::all_of(word, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
           });
}

bool is_json_number(std::string_view word, bool& is_integer) {
    size_t i = 0;
    auto digits = [&] {
        const size_t begin = i;
        while (i < word.size() && word[i] >= '0' && word[i] <= '9') ++i;
        return i - begin;
    };
    if (i < word.size() && word[i] == '-') ++i;
    const size_t first = i;
    const size_t whole = digits();
    if (whole == 0 || (whole > 1 && word[first] == '0')) return false;
    is_integer = true;
    if (i < word.size() && word[i] == '.') {
        ++i;
        is_integer = false;
        if (digits() == 0) return false;
    }
    if (i < word.size() && (word[i] == 'e' || word[i] == 'E')) {
        ++i;
        is_integer = false;
        if (i < word.size() && (word[i] == '+' || word[i] == '-')) ++i;
        if (digits() == 0) return false;
    }
    return i == word.size();
}

template <class Number>
std::optional<Literal> number_of(std::string_view word) {
    Number number{};
    const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (code != std::errc() || end != word.data() + word.size()) return std::nullopt;
    return Literal(number);
}

std::unexpected<Error> unclosed_path() {
    return failure(ErrorKind::InvalidPath, "The closing bracket of the path is missing.");
}

// Builds the tree with a stack of its own instead of recursion, one level per open bracket.
class FilterParser {
public:
    FilterParser(std::string_view text, size_t offset, const Limits& limits)
        : lexer_(text, offset, limits), limits_(limits) {}

    Result<ParsedFilter> parse_whole() {
        levels_.push_back({Level::Opened::Start});
        TRY_VOID(run());
        return std::move(filter_);
    }

    // What stands between the "[" at the offset and its "]"; `end` becomes the offset behind "]".
    Result<ParsedFilter> parse_brackets(size_t& end) {
        levels_.push_back({Level::Opened::PathBracket});
        TRY_VOID(advance());
        TRY_VOID(run());
        end = token_.end;
        return std::move(filter_);
    }

private:
    struct Level {
        enum class Opened { Start, Parenthesis, Not, ValuePath, PathBracket };
        Opened opened;
        std::string attribute = {};              // ValuePath
        std::vector<int32_t> alternatives = {};  // finished operands of "or"
        std::vector<int32_t> factors = {};       // operands of the "and" being read
    };

    Result<void> run() {
        TRY_VOID(advance());
        bool complete = false;
        while (!complete) {
            TRY_VOID(read_term());
            complete = TRY(read_connective());
        }
        filter_.root = close_level();
        return {};
    }

    // Opens levels until one comparison has been read.
    Result<void> read_term() {
        for (;;) {
            if (token_.kind == Token::Kind::OpenParenthesis) {
                TRY_VOID(open({Level::Opened::Parenthesis}));
                continue;
            }
            if (token_.kind == Token::Kind::String) {
                return expected("an attribute; text in quotes is a value, and values stand behind the operator");
            }
            if (token_.kind != Token::Kind::Word) return expected("an attribute");
            if (equals_ignoring_case(token_.word, "not")) {
                TRY_VOID(advance());
                if (token_.kind != Token::Kind::OpenParenthesis) return expected("a parenthesis behind \"not\"");
                TRY_VOID(open({Level::Opened::Not}));
                continue;
            }
            if (!is_attribute_notation(token_.word)) return expected("an attribute");
            std::string attribute(token_.word);
            TRY_VOID(advance());
            if (token_.kind != Token::Kind::OpenBracket) return read_comparison(std::move(attribute));
            if (inside_value_path()) {
                return lexer_.error_at(token_.begin, "a value filter cannot hold another one");
            }
            TRY_VOID(open({Level::Opened::ValuePath, std::move(attribute)}));
        }
    }

    // What follows a finished term: true at the end of the text (or of the path's brackets), false when another term
    // must come.
    Result<bool> read_connective() {
        for (;;) {
            const Level::Opened opened = levels_.back().opened;
            switch (token_.kind) {
                case Token::Kind::End:
                    if (opened == Level::Opened::Start) return true;
                    if (opened == Level::Opened::PathBracket) return unclosed_path();
                    return expected("a closing bracket");
                case Token::Kind::CloseParenthesis:
                    if (opened != Level::Opened::Parenthesis && opened != Level::Opened::Not) {
                        return lexer_.error_at(token_.begin, "nothing was opened that this parenthesis closes");
                    }
                    TRY_VOID(close_parenthesis());
                    break;
                case Token::Kind::CloseBracket:
                    if (opened == Level::Opened::PathBracket) return true;
                    if (opened != Level::Opened::ValuePath) {
                        return lexer_.error_at(token_.begin, "nothing was opened that this bracket closes");
                    }
                    TRY_VOID(close_value_path());
                    break;
                case Token::Kind::Word:
                    if (equals_ignoring_case(token_.word, "or")) {
                        finish_factors();
                    } else if (!equals_ignoring_case(token_.word, "and")) {
                        return expected("\"and\", \"or\" or the end");
                    }
                    TRY_VOID(advance());
                    return false;
                default: return expected("\"and\", \"or\" or the end");
            }
        }
    }

    Result<void> read_comparison(std::string attribute) {
        if (++terms_ > limits_.filter_terms_max) {
            return lexer_.error_at(token_.begin, "there are more than " + std::to_string(limits_.filter_terms_max) +
                                                     " comparisons");
        }
        if (token_.kind != Token::Kind::Word) return expected("an operator, " + std::string(kOperators));
        Node node{.kind = ParsedFilter::Kind::Present, .attribute = std::move(attribute)};
        if (!equals_ignoring_case(token_.word, "pr")) {
            const auto op = compare_operator_of(token_.word);
            if (!op) {
                const std::string named = may_be_named(token_.word) ? " \"" + std::string(token_.word) + "\"" : "";
                return lexer_.error_at(token_.begin, "unknown operator" + named + "; an operator is " +
                                                         std::string(kOperators));
            }
            TRY_VOID(advance());
            node.kind = ParsedFilter::Kind::Compare;
            node.op = *op;
            node.literal = TRY(read_literal());
        }
        TRY_VOID(advance());
        levels_.back().factors.push_back(add(std::move(node)));
        return {};
    }

    Result<Literal> read_literal() {
        if (token_.kind == Token::Kind::String) return Literal(std::move(token_.string));
        if (token_.kind != Token::Kind::Word) return expected("a value");
        if (equals_ignoring_case(token_.word, "true")) return Literal(true);
        if (equals_ignoring_case(token_.word, "false")) return Literal(false);
        if (equals_ignoring_case(token_.word, "null")) return Literal(NullLiteral{});
        bool is_integer = false;
        // AMB-25: guessing at bare words would change the meaning of true, null and numbers.
        if (!is_json_number(token_.word, is_integer)) {
            return expected("a value: text in double quotes, a number, true, false or null");
        }
        const auto number = is_integer ? number_of<int64_t>(token_.word) : number_of<double>(token_.word);
        if (!number) return lexer_.error_at(token_.begin, "the number is out of range");
        return *number;
    }

    Result<void> open(Level level) {
        levels_.push_back(std::move(level));
        return advance();
    }

    Result<void> close_parenthesis() {
        const bool negates = levels_.back().opened == Level::Opened::Not;
        int32_t node = close_level();
        if (negates) node = add({.kind = ParsedFilter::Kind::Not, .children = {node}});
        levels_.back().factors.push_back(node);
        return advance();
    }

    // Entra's `emails[type eq "work"].value eq "x"` (AMB-31) becomes one more condition on the same element.
    Result<void> close_value_path() {
        const size_t bracket = token_.begin;
        TRY_VOID(advance());
        const bool has_tail = token_.kind == Token::Kind::Word && token_.word.starts_with('.');
        if (has_tail) {
            Level& level = levels_.back();
            if (!level.alternatives.empty()) {
                // The "or" before it becomes an operand, as if in parentheses: one level more.
                if (levels_.size() > limits_.filter_depth_max) {
                    return lexer_.error_at(bracket, "brackets are nested too deep");
                }
                const int32_t alternatives = close_alternatives(level);
                level.factors = {alternatives};
            }
            std::string sub_attribute(token_.word.substr(1));
            if (!is_attribute_name(sub_attribute)) return expected("a sub-attribute");
            TRY_VOID(advance());
            TRY_VOID(read_comparison(std::move(sub_attribute)));
        }
        std::string attribute = std::move(levels_.back().attribute);
        const int32_t inner = close_level();
        levels_.back().factors.push_back(
            add({.kind = ParsedFilter::Kind::ValuePath, .children = {inner}, .attribute = std::move(attribute)}));
        return {};
    }

    void finish_factors() {
        Level& level = levels_.back();
        level.alternatives.push_back(joined(ParsedFilter::Kind::And, std::move(level.factors)));
        level.factors.clear();
    }

    int32_t close_alternatives(Level& level) {
        level.alternatives.push_back(joined(ParsedFilter::Kind::And, std::move(level.factors)));
        level.factors.clear();
        const int32_t node = joined(ParsedFilter::Kind::Or, std::move(level.alternatives));
        level.alternatives.clear();
        return node;
    }

    int32_t close_level() {
        const int32_t node = close_alternatives(levels_.back());
        levels_.pop_back();
        return node;
    }

    int32_t joined(ParsedFilter::Kind kind, std::vector<int32_t> operands) {
        if (operands.size() == 1) return operands.front();
        return add({.kind = kind, .children = std::move(operands)});
    }

    int32_t add(Node node) {
        filter_.nodes.push_back(std::move(node));
        return static_cast<int32_t>(filter_.nodes.size() - 1);
    }

    bool inside_value_path() const {
        return std::ranges::any_of(levels_, [](const Level& level) {
            return level.opened == Level::Opened::ValuePath || level.opened == Level::Opened::PathBracket;
        });
    }

    Result<void> advance() {
        token_ = TRY(lexer_.next());
        return {};
    }

    std::unexpected<Error> expected(const std::string& what) const {
        return lexer_.error_at(token_.begin, "expected " + what);
    }

    FilterLexer lexer_;
    const Limits& limits_;
    Token token_;
    std::vector<Level> levels_;
    ParsedFilter filter_;
    size_t terms_ = 0;
};

Result<void> check_text(std::string_view text, const Limits& limits, ErrorKind kind, std::string_view what) {
    if (text.size() > limits.filter_bytes_max) {
        return failure(kind, "The " + std::string(what) + " is longer than " +
                                 std::to_string(limits.filter_bytes_max) + " bytes.");
    }
    if (!is_valid_utf8(text)) return failure(kind, "The " + std::string(what) + " is not well-formed UTF-8.");
    return {};
}

bool is_array_index(std::string_view inside) {
    inside = trim(inside.substr(0, inside.find(']')));
    return !inside.empty() && inside.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::string_view operator_name(CompareOperator op) {
    constexpr std::string_view kNames[] = {"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"};
    return kNames[static_cast<size_t>(op)];
}

Result<ParsedFilter> parse_filter(std::string_view text, const Limits& limits) {
    TRY_VOID(check_text(text, limits, ErrorKind::InvalidFilter, "filter"));
    if (trim(text).empty()) return failure(ErrorKind::InvalidFilter, "The filter is empty.");
    return FilterParser(text, 0, limits).parse_whole();
}

Result<ParsedPath> parse_patch_path(std::string_view text, const Limits& limits) {
    TRY_VOID(check_text(text, limits, ErrorKind::InvalidPath, "path"));
    const size_t bracket = text.find('[');
    ParsedPath path;
    path.attribute = std::string(text.substr(0, bracket));
    if (!is_attribute_notation(path.attribute)) {
        return failure(ErrorKind::InvalidPath,
                       "The path must be an attribute, such as name.givenName or emails[type eq \"work\"].value.");
    }
    if (bracket == std::string_view::npos) return path;
    if (is_array_index(text.substr(bracket + 1))) {
        return failure(ErrorKind::InvalidPath, "A path knows no array indexes; name the element by a filter.");
    }
    if (text.find(']', bracket) == std::string_view::npos) return unclosed_path();
    size_t end = 0;
    path.filter = TRY(FilterParser(text, bracket, limits).parse_brackets(end));
    std::string_view rest = text.substr(end);
    if (rest.empty()) return path;
    if (!rest.starts_with('.') || !is_attribute_name(rest.substr(1))) {
        return failure(ErrorKind::InvalidPath, "Behind the bracket of a path stands nothing but one sub-attribute.");
    }
    path.sub_attribute = std::string(rest.substr(1));
    return path;
}

}  // namespace rollcall
