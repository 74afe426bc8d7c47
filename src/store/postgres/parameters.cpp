#include "store/postgres/parameters.h"

#include <bit>
#include <variant>

#include "store/plain_text.h"

namespace rollcall::store::postgres {
namespace {

void append_number(std::string& out, uint64_t bits, int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(bits >> shift);
}

}  // namespace

void Parameters::reserve(size_t count) {
    bytes_.reserve(count * 24);
    types_.reserve(count);
    lengths_.reserve(count);
    offsets_.reserve(count);
}

void Parameters::add_number(Oid type, uint64_t bits, int bytes) {
    types_.push_back(type);
    offsets_.push_back(static_cast<int>(bytes_.size()));
    lengths_.push_back(bytes);
    append_number(bytes_, bits, bytes);
}

void Parameters::add_text(std::string_view text) {
    if (is_plain_text(text)) return add_bytes(25, text);
    add_bytes(25, plain_text(text));
}

void Parameters::add_bytes(Oid type, std::string_view bytes) {
    types_.push_back(type);
    offsets_.push_back(static_cast<int>(bytes_.size()));
    lengths_.push_back(static_cast<int>(bytes.size()));
    bytes_ += bytes;
}

void Parameters::add(double value) {
    add_number(701, std::bit_cast<uint64_t>(value), 8);
}

void Parameters::add(const Value& value) {
    if (const auto* number = std::get_if<int64_t>(&value)) return add(*number);
    if (const auto* real = std::get_if<double>(&value)) return add(*real);
    if (const auto* text = std::get_if<std::string>(&value)) return add(std::string_view(*text));
    if (const auto* id = std::get_if<UuidBytes>(&value)) return add_uuid(*id);
    add_uuid({});  // the only NULL that queries have is an id that is none
    lengths_.back() = -1;
}

void Parameters::add(const std::vector<std::string>& texts) {
    std::string packed = array_head(25, texts.size());
    for (const auto& text : texts) {
        if (is_plain_text(text))
            append_element(packed, text);
        else
            append_element(packed, plain_text(text));
    }
    own(1009, std::move(packed));
}

void Parameters::add(const std::vector<int64_t>& numbers) {
    std::string packed = array_head(20, numbers.size());
    for (const auto number : numbers) {
        append_number(packed, 8, 4);
        append_number(packed, static_cast<uint64_t>(number), 8);
    }
    own(1016, std::move(packed));
}

void Parameters::add(const std::vector<Sha256>& hashes) {
    std::string packed = array_head(17, hashes.size());
    for (const auto& hash : hashes) {
        append_element(packed, {reinterpret_cast<const char*>(hash.data()), hash.size()});
    }
    own(1001, std::move(packed));
}

void Parameters::add(const NullableArray& values) {
    std::string packed;
    append_number(packed, 1, 4);  // dimensions
    append_number(packed, 1, 4);  // there may be NULL among them
    append_number(packed, values.element_, 4);
    append_number(packed, values.size_, 4);
    append_number(packed, 1, 4);  // lower bound
    own(values.array_, packed + values.packed_);
}

void NullableArray::add_null() {
    append_number(packed_, 0xffff'ffff, 4);
    ++size_;
}

void NullableArray::add(int64_t number) {
    append_number(packed_, 8, 4);
    append_number(packed_, static_cast<uint64_t>(number), 8);
    ++size_;
}

void NullableArray::add(std::string_view bytes) {
    append_number(packed_, bytes.size(), 4);
    packed_ += bytes;
    ++size_;
}

std::string Parameters::array_head(Oid element, size_t count) {
    std::string head;
    append_number(head, count == 0 ? 0 : 1, 4);  // dimensions
    append_number(head, 0, 4);                   // no NULL among them
    append_number(head, element, 4);
    if (count == 0) return head;
    append_number(head, count, 4);
    append_number(head, 1, 4);  // lower bound
    return head;
}

void Parameters::append_element(std::string& packed, std::string_view bytes) {
    append_number(packed, bytes.size(), 4);
    packed += bytes;
}

const char* const* Parameters::values() {
    values_.clear();
    sent_lengths_.clear();
    for (size_t i = 0; i < types_.size(); ++i) {
        const bool is_null = lengths_[i] < 0;
        values_.push_back(is_null ? nullptr : bytes_.data() + offsets_[i]);
        sent_lengths_.push_back(is_null ? 0 : lengths_[i]);
    }
    formats_.assign(types_.size(), 1);
    return values_.data();
}

}  // namespace rollcall::store::postgres
