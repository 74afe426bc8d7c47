// Writes the requests of one thread. Everything that does not change is laid out once, so that a request costs one or
// two copies (and the making of a person, for POST).
#pragma once

#include <atomic>
#include <string>

#include "../dice.h"
#include "plan.h"

namespace rollcall::bench {

class RequestMaker {
public:
    // `number` tells threads apart. `additions` counts AddMember over all threads.
    RequestMaker(const Plan& plan, size_t number, std::atomic<uint64_t>& additions);

    // Appends the next request. `page` belongs to the connection.
    void append(size_t& page, std::string& out);

private:
    void append_get(std::string& out);
    void append_filter(std::string& out);
    void append_list(size_t& page, std::string& out);
    void append_create(std::string& out);
    void append_bulk(std::string& out);
    void append_addition(std::string& out);
    void append_rename(std::string& out);
    void append_introspection(std::string& out);
    void append_body(std::string& out);

    const Plan& plan_;
    Dice dice_;
    std::atomic<uint64_t>& additions_;
    std::string begin_;      // up to what differs
    std::string end_;        // after it: the rest of the line and the headers
    std::string body_;
};

}  // namespace rollcall::bench
