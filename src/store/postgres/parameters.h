// Parameters of a statement, in PostgreSQL's binary form, each with its type: nothing is written as text, so
// nothing can be read in two ways.
#pragma once

#include <libpq-fe.h>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/secret.h"
#include "base/time.h"
#include "store/sql.h"

namespace rollcall::store::postgres {

// Bytes that are no id and no digest.
struct Bytes {
    std::string_view bytes;
};

// A column of values, any of which may be NULL; at least one. `array` is the type of the whole, `element` that of one.
class NullableArray {
public:
    NullableArray(Oid array, Oid element) : array_(array), element_(element) {}
    void add_null();
    void add(int64_t number);         // bigint
    void add(std::string_view bytes);  // as the type has them

private:
    friend class Parameters;
    Oid array_, element_;
    size_t size_ = 0;
    std::string packed_;
};

class Parameters {
public:
    template <class... Values>
    explicit Parameters(const Values&... values) {
        reserve(sizeof...(values));
        (add(values), ...);
    }
    void add(const Value& value);
    void add(int64_t value) { add_number(20, static_cast<uint64_t>(value), 8); }
    void add(int value) { add(int64_t{value}); }
    template <std::same_as<bool> Boolean>  // or pointers would be booleans
    void add(Boolean value) {
        add_number(16, value ? 1 : 0, 1);
    }
    void add(double value);
    void add(std::string_view value) { add_text(value); }
    void add(const std::string& value) { add_text(value); }
    void add(const char* value) { add_text(value); }
    void add(const Bytes& value) { add_bytes(17, value.bytes); }
    void add(const Sha256& value) {
        add_bytes(17, {reinterpret_cast<const char*>(value.data()), value.size()});
    }
    void add(Instant value) { add(value.ms); }
    void add(TenantId value) { add(value.value); }
    template <class Noun>
    void add(const Id<Noun>& value) {
        add_uuid(value.bytes);
    }
    template <class T>
    void add(const std::optional<T>& value) {
        add(value ? *value : T{});
        if (!value) {
            lengths_.back() = -1;
        }
    }
    // A list of ids, to stand behind "= ANY".
    template <class Noun>
    void add(const std::vector<Id<Noun>>& ids) {
        std::string packed = array_head(2950, ids.size());
        for (const auto& id : ids)
            append_element(packed, {reinterpret_cast<const char*>(id.bytes.data()), 16});
        own(2951, std::move(packed));
    }
    void add(const std::vector<std::string>& texts);
    void add(const std::vector<int64_t>& numbers);
    void add(const std::vector<Sha256>& hashes);
    void add(const NullableArray& values);

    int size() const { return static_cast<int>(types_.size()); }
    const Oid* types() const { return types_.data(); }
    // Valid until the next add().
    const char* const* values();
    const int* lengths() const { return sent_lengths_.data(); }
    const int* formats() const { return formats_.data(); }

private:
    void reserve(size_t count);
    void add_number(Oid type, uint64_t bits, int bytes);
    void add_bytes(Oid type, std::string_view bytes);
    void add_text(std::string_view text);
    void add_uuid(const UuidBytes& bytes) {
        add_bytes(2950, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    }
    void own(Oid type, std::string bytes) { add_bytes(type, bytes); }
    static std::string array_head(Oid element, size_t count);
    static void append_element(std::string& packed, std::string_view bytes);

    std::string bytes_;  // of all, one behind the other
    std::vector<Oid> types_;
    std::vector<int> lengths_;  // -1: NULL
    std::vector<int> offsets_;
    std::vector<const char*> values_;
    std::vector<int> sent_lengths_;
    std::vector<int> formats_;
};

}  // namespace rollcall::store::postgres
