// Text of SQL statements. A Sql can only be made from a literal, so that nothing a client sent can become
// part of a statement (threat T40); SqlText puts such pieces together and carries the values as
// parameters beside them.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/ids.h"

namespace rollcall::store {

class Sql {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): a literal is meant to read as a literal
    consteval Sql(const char* literal) : literal_(literal), size_(std::char_traits<char>::length(literal)) {}
    constexpr std::string_view text() const { return {literal_, size_}; }
    constexpr const char* address() const { return literal_; }

private:
    const char* literal_;
    size_t size_;
};

using Value = std::variant<std::monostate, int64_t, double, std::string, UuidBytes>;

class SqlText {
public:
    // `mark`: what stands before the number of a parameter; '$' in PostgreSQL.
    explicit SqlText(char mark = '?') : mark_(mark) {}
    SqlText& operator<<(Sql piece) {
        text_ += piece.text();
        return *this;
    }
    // Writes "?N" ("$N") and keeps the value for it. Only what is called a Value: text that is none does not
    // compile.
    template <std::same_as<Value> AnyValue>
    SqlText& operator<<(AnyValue value) {
        values_.push_back(std::move(value));
        return parameter(static_cast<int>(values_.size()));
    }
    // Refers to a value that was given before; the first is 1.
    SqlText& parameter(int number) {
        text_ += mark_;
        text_ += std::to_string(number);
        return *this;
    }
    // Writes a name of our own making: `prefix` and a number, e.g. "e3".
    SqlText& alias(Sql prefix, int number) {
        text_ += prefix.text();
        text_ += std::to_string(number);
        return *this;
    }
    // Keeps a value without writing it. Returns its number.
    int keep(Value value) {
        values_.push_back(std::move(value));
        return static_cast<int>(values_.size());
    }

    const std::string& text() const { return text_; }
    const std::vector<Value>& values() const { return values_; }

private:
    char mark_;
    std::string text_;
    std::vector<Value> values_;
};

}  // namespace rollcall::store
