// Words, strings and brackets of a filter. The lexer judges every limit that could be exceeded before a tree exists:
// bytes, characters of one literal, and depth (threat T38). Used by the parser only.
#pragma once

#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"

namespace rollcall {

struct Token {
    enum class Kind { Word, String, OpenParenthesis, CloseParenthesis, OpenBracket, CloseBracket, End };
    Kind kind = Kind::End;
    size_t begin = 0;          // offsets in bytes
    size_t end = 0;
    std::string_view word = {};  // Word: as written
    std::string string = {};     // String: decoded
};

class FilterLexer {
public:
    // `text` must outlive the lexer and be well-formed UTF-8; reading starts at `offset`.
    FilterLexer(std::string_view text, size_t offset, const Limits& limits)
        : text_(text), offset_(offset), limits_(limits) {}

    // Errors: InvalidFilter. After End, End again.
    Result<Token> next();

    // An error at byte `offset`: "The filter is not valid at character 7: <what>."
    std::unexpected<Error> error_at(size_t offset, std::string_view what) const;

private:
    Result<Token> read_string();
    Result<void> read_escape(std::string& out);
    Result<char32_t> read_four_digits();

    std::string_view text_;
    size_t offset_;
    size_t depth_ = 0;
    const Limits& limits_;
};

}  // namespace rollcall
