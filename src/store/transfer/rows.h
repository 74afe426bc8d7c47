// Rows on their way from one database to another, and digests of them. A row is the same bytes whatever
// engine it was read from, so that what two engines hold can be compared.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace rollcall::store::transfer {

// One value: of the kinds Number, Boolean, Moment and ThreeWay a number, of the others bytes.
struct Cell {
    enum class Form : char { Null = 'n', Number = 'i', Bytes = 'b' };
    Form form = Form::Null;
    int64_t number = 0;
    std::string_view bytes = {};
};

// Writes the cells of a row, in the order of Table::columns.
class RowWriter {
public:
    void clear() { bytes_.clear(); }
    void add_null() { bytes_ += static_cast<char>(Cell::Form::Null); }
    void add(int64_t number);
    void add(std::string_view bytes);
    std::string_view row() const { return bytes_; }

private:
    std::string bytes_;
};

// Reads them again; `row` outlives it and was written by a RowWriter.
class RowReader {
public:
    explicit RowReader(std::string_view row) : left_(row) {}
    // Precondition: there is one more.
    Cell next();

private:
    std::string_view left_;
};

// Rows that are written together.
class Batch {
public:
    void add(std::string_view row);
    void clear();
    size_t size() const { return ends_.size(); }
    size_t bytes() const { return bytes_.size(); }
    std::string_view row(size_t index) const;

private:
    std::string bytes_;
    std::vector<size_t> ends_;
};

// How many rows, and which, whatever their order: the sum of their SHA-256. Compares what two databases hold;
// it is no protection against somebody who chooses rows.
class Digest {
public:
    void add(std::string_view row);
    int64_t rows() const { return rows_; }
    // Its text, "ROWS:HEX", and back; nothing for any other text.
    std::string text() const;
    static std::optional<Digest> parse(std::string_view text);
    friend bool operator==(const Digest&, const Digest&) = default;

private:
    int64_t rows_ = 0;
    std::array<uint64_t, 4> sum_{};  // the lowest first
};

}  // namespace rollcall::store::transfer
