#include "model/filter_lex.h"

#include "base/text.h"
#include "model/attribute_path.h"

namespace rollcall {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Bytes that begin a code point, in well-formed UTF-8.
bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

void append_utf8(char32_t code_point, std::string& out) {
    if (code_point < 0x80) {
        out += static_cast<char>(code_point);
    } else if (code_point < 0x800) {
        out += static_cast<char>(0xC0 | (code_point >> 6));
        out += static_cast<char>(0x80 | (code_point & 0x3F));
    } else if (code_point < 0x10000) {
        out += static_cast<char>(0xE0 | (code_point >> 12));
        out += static_cast<char>(0x80 | ((code_point >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (code_point & 0x3F));
    } else {
        out += static_cast<char>(0xF0 | (code_point >> 18));
        out += static_cast<char>(0x80 | ((code_point >> 12) & 0x3F));
        out += static_cast<char>(0x80 | ((code_point >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (code_point & 0x3F));
    }
}

}  // namespace

std::unexpected<Error> FilterLexer::error_at(size_t offset, std::string_view what) const {
    size_t character = 1;
    for (size_t i = 0; i < offset && i < text_.size(); ++i) character += begins_character(text_[i]) ? 1 : 0;
    return failure(ErrorKind::InvalidFilter,
                   "The filter is not valid at character " + std::to_string(character) + ": " + std::string(what) +
                       ".");
}

Result<Token> FilterLexer::next() {
    while (offset_ < text_.size() && is_blank(text_[offset_])) ++offset_;
    Token token{.kind = Token::Kind::End, .begin = offset_, .end = offset_};
    if (offset_ == text_.size()) return token;
    const char c = text_[offset_];
    if (c == '"') return read_string();
    if (is_word_character(c)) {
        while (offset_ < text_.size() && is_word_character(text_[offset_])) ++offset_;
        token.kind = Token::Kind::Word;
        token.end = offset_;
        token.word = text_.substr(token.begin, token.end - token.begin);
        return token;
    }
    switch (c) {
        case '(': token.kind = Token::Kind::OpenParenthesis; break;
        case ')': token.kind = Token::Kind::CloseParenthesis; break;
        case '[': token.kind = Token::Kind::OpenBracket; break;
        case ']': token.kind = Token::Kind::CloseBracket; break;
        case '\'': return error_at(offset_, "text stands in double quotes, not in single ones");
        default: return error_at(offset_, "this character has no meaning here; text stands in double quotes");
    }
    if (c == '(' || c == '[') {
        if (++depth_ > limits_.filter_depth_max) {
            return error_at(offset_, "brackets are nested more than " + std::to_string(limits_.filter_depth_max) +
                                         " deep");
        }
    } else if (depth_ > 0) {
        --depth_;
    }
    token.end = ++offset_;
    return token;
}

Result<Token> FilterLexer::read_string() {
    Token token{.kind = Token::Kind::String, .begin = offset_};
    ++offset_;
    size_t characters = 0;
    while (offset_ < text_.size() && text_[offset_] != '"') {
        const char c = text_[offset_];
        if (begins_character(c) && ++characters > limits_.filter_value_characters_max) {
            return error_at(token.begin, "a value has more than " +
                                             std::to_string(limits_.filter_value_characters_max) + " characters");
        }
        if (static_cast<unsigned char>(c) < 0x20) {
            return error_at(offset_, "a control character in a value is written as an escape, such as \\t");
        }
        if (c == '\\') {
            TRY_VOID(read_escape(token.string));
        } else {
            token.string += c;
            ++offset_;
        }
    }
    if (offset_ == text_.size()) return error_at(token.begin, "the closing quote of this value is missing");
    token.end = ++offset_;
    return token;
}

// RFC 8259 §7; U+0000 is refused as everywhere (P-I18N-09), lone surrogates too (P-I18N-08).
Result<void> FilterLexer::read_escape(std::string& out) {
    const size_t begin = offset_;
    if (begin + 1 == text_.size()) return error_at(begin, "the escape is not complete");
    const char kind = text_[begin + 1];
    offset_ += 2;
    switch (kind) {
        case '"': case '\\': case '/': out += kind; return {};
        case 'b': out += '\b'; return {};
        case 'f': out += '\f'; return {};
        case 'n': out += '\n'; return {};
        case 'r': out += '\r'; return {};
        case 't': out += '\t'; return {};
        case 'u': break;
        default: return error_at(begin, "JSON knows no such escape");
    }
    char32_t code_point = TRY(read_four_digits());
    if (code_point == 0) return error_at(begin, "a value must not hold U+0000");
    if (code_point >= 0xDC00 && code_point <= 0xDFFF) return error_at(begin, "half a surrogate pair is no character");
    if (code_point >= 0xD800 && code_point <= 0xDBFF) {
        const bool has_second = text_.substr(offset_, 2) == "\\u";
        if (!has_second) return error_at(begin, "half a surrogate pair is no character");
        offset_ += 2;
        const char32_t second = TRY(read_four_digits());
        if (second < 0xDC00 || second > 0xDFFF) return error_at(begin, "half a surrogate pair is no character");
        code_point = 0x10000 + ((code_point - 0xD800) << 10) + (second - 0xDC00);
    }
    append_utf8(code_point, out);
    return {};
}

Result<char32_t> FilterLexer::read_four_digits() {
    char32_t value = 0;
    for (int i = 0; i < 4; ++i, ++offset_) {
        const char c = offset_ < text_.size() ? text_[offset_] : '\0';
        value <<= 4;
        if (c >= '0' && c <= '9') {
            value += static_cast<char32_t>(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            value += static_cast<char32_t>(c - 'a' + 10);
        } else if (c >= 'A' && c <= 'F') {
            value += static_cast<char32_t>(c - 'A' + 10);
        } else {
            return error_at(offset_, "the escape \\u needs four hexadecimal digits");
        }
    }
    return value;
}

}  // namespace rollcall
