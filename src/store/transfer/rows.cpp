#include "store/transfer/rows.h"

#include <charconv>
#include <cstring>

#include "base/check.h"

namespace rollcall::store::transfer {
namespace {

constexpr size_t kNumberSize = sizeof(int64_t);
constexpr size_t kSumDigits = 64;

void append_number(std::string& out, uint64_t value) {
    char bytes[kNumberSize];
    std::memcpy(bytes, &value, kNumberSize);
    out.append(bytes, kNumberSize);
}

uint64_t take_number(std::string_view& left) {
    uint64_t value = 0;
    CHECK(left.size() >= kNumberSize);
    std::memcpy(&value, left.data(), kNumberSize);
    left.remove_prefix(kNumberSize);
    return value;
}

}  // namespace

void RowWriter::add(int64_t number) {
    bytes_ += static_cast<char>(Cell::Form::Number);
    append_number(bytes_, static_cast<uint64_t>(number));
}

void RowWriter::add(std::string_view bytes) {
    bytes_ += static_cast<char>(Cell::Form::Bytes);
    append_number(bytes_, bytes.size());
    bytes_ += bytes;
}

Cell RowReader::next() {
    CHECK(!left_.empty());
    Cell cell{static_cast<Cell::Form>(left_.front())};
    left_.remove_prefix(1);
    if (cell.form == Cell::Form::Number) cell.number = static_cast<int64_t>(take_number(left_));
    if (cell.form != Cell::Form::Bytes) return cell;
    const size_t size = take_number(left_);
    CHECK(left_.size() >= size);
    cell.bytes = left_.substr(0, size);
    left_.remove_prefix(size);
    return cell;
}

void Batch::add(std::string_view row) {
    bytes_ += row;
    ends_.push_back(bytes_.size());
}

void Batch::clear() {
    bytes_.clear();
    ends_.clear();
}

std::string_view Batch::row(size_t index) const {
    const size_t begin = index == 0 ? 0 : ends_[index - 1];
    return std::string_view(bytes_).substr(begin, ends_[index] - begin);
}

void Digest::add(std::string_view row) {
    const Sha256 hash = sha256(row);
    std::array<uint64_t, 4> parts;
    std::memcpy(parts.data(), hash.data(), hash.size());
    uint64_t carry = 0;
    for (size_t i = 0; i < parts.size(); ++i) {
        const auto sum = static_cast<unsigned __int128>(sum_[i]) + parts[i] + carry;
        sum_[i] = static_cast<uint64_t>(sum);
        carry = static_cast<uint64_t>(sum >> 64);
    }
    ++rows_;
}

std::string Digest::text() const {
    std::string text = std::to_string(rows_) + ":";
    for (auto part = sum_.rbegin(); part != sum_.rend(); ++part) {
        for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[*part >> shift & 15];
    }
    return text;
}

std::optional<Digest> Digest::parse(std::string_view text) {
    Digest digest;
    const size_t colon = text.find(':');
    if (colon == std::string_view::npos || text.size() != colon + 1 + kSumDigits) return std::nullopt;
    const auto parsed = [](std::string_view digits, auto& value, int base) {
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
        return error == std::errc() && end == digits.data() + digits.size();
    };
    if (!parsed(text.substr(0, colon), digest.rows_, 10)) return std::nullopt;
    for (size_t i = 0; i < digest.sum_.size(); ++i) {
        if (!parsed(text.substr(colon + 1 + i * 16, 16), digest.sum_[3 - i], 16)) return std::nullopt;
    }
    return digest;
}

}  // namespace rollcall::store::transfer
