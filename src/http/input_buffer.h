// Bytes received and not yet consumed, in one contiguous piece. What view() returned is valid until the next call of
// room(), replace() or shrink().
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace rollcall::http {

class InputBuffer {
public:
    std::string_view view() const { return {data_.get() + begin_, end_ - begin_}; }
    bool empty() const { return begin_ == end_; }
    // Room to receive into, at least a quarter of the buffer; then received() says how much of it was filled.
    std::span<char> room();
    void received(size_t bytes);
    void consume(size_t bytes);
    void replace(std::string_view bytes);     // everything by bytes that are not part of it
    void shrink();                            // while empty: gives back what a large head needed

private:
    void move_to(size_t capacity);

    std::unique_ptr<char[]> data_;
    size_t capacity_ = 0;
    size_t begin_ = 0;
    size_t end_ = 0;
};

}  // namespace rollcall::http
