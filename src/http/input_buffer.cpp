#include "http/input_buffer.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace rollcall::http {
namespace {

// Enough for a head with an ordinary token; a read that fills less than the buffer spares the next attempt.
constexpr size_t kBytes = 4 * 1024;

}  // namespace

std::span<char> InputBuffer::room() {
    if (capacity_ - end_ < std::max<size_t>(capacity_ / 4, 1)) {
        size_t used = end_ - begin_;
        move_to(used * 4 > capacity_ * 3 || capacity_ == 0 ? std::max(capacity_ * 2, kBytes) : capacity_);
    }
    return {data_.get() + end_, capacity_ - end_};
}

void InputBuffer::received(size_t bytes) {
    CHECK(bytes <= capacity_ - end_);
    end_ += bytes;
}

void InputBuffer::move_to(size_t capacity) {
    size_t used = end_ - begin_;
    if (capacity == capacity_) {
        std::memmove(data_.get(), data_.get() + begin_, used);
    } else {
        auto data = std::make_unique_for_overwrite<char[]>(capacity);
        if (used > 0) std::memcpy(data.get(), data_.get() + begin_, used);
        data_ = std::move(data);
        capacity_ = capacity;
    }
    begin_ = 0;
    end_ = used;
}

void InputBuffer::consume(size_t bytes) {
    CHECK(bytes <= end_ - begin_);
    begin_ += bytes;
    if (begin_ == end_) begin_ = end_ = 0;
}

void InputBuffer::replace(std::string_view bytes) {
    begin_ = end_ = 0;
    if (bytes.size() > capacity_) move_to(bytes.size());
    if (!bytes.empty()) std::memcpy(data_.get(), bytes.data(), bytes.size());
    end_ = bytes.size();
}

void InputBuffer::shrink() {
    if (capacity_ <= kBytes) return;
    data_.reset();
    capacity_ = begin_ = end_ = 0;
}

}  // namespace rollcall::http
