#include "scim/cursor.h"

#include <bit>
#include <cstring>

#include "base/check.h"
#include "base/seal.h"

namespace rollcall::scim {
namespace {

constexpr char kForm = 1;  // of what is sealed; another number when it changes

// Numbers as 8 bytes, texts with their length in front.
class Packer {
public:
    void put(int64_t number) {
        char bytes[sizeof number];
        std::memcpy(bytes, &number, sizeof number);
        out_.append(bytes, sizeof bytes);
    }
    void put(std::string_view text) {
        put(static_cast<int64_t>(text.size()));
        out_ += text;
    }
    void put(const std::vector<std::string>& texts) {
        put(static_cast<int64_t>(texts.size()));
        for (const auto& text : texts) put(text);
    }
    const std::string& text() const { return out_; }

private:
    std::string out_;
};

// What was packed comes out again; it was sealed, so that nothing else can be in it.
class Unpacker {
public:
    explicit Unpacker(std::string_view packed) : rest_(packed) {}
    int64_t number() {
        int64_t number = 0;
        std::memcpy(&number, take(sizeof number).data(), sizeof number);
        return number;
    }
    std::string_view text() { return take(static_cast<size_t>(number())); }

private:
    std::string_view take(size_t size) {
        CHECK(size <= rest_.size());
        const auto taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }
    std::string_view rest_;
};

void pack_value(Packer& packer, const SortValue& value) {
    packer.put(static_cast<int64_t>(value.value.index()));
    std::visit(
        [&]<class T>(const T& known) {
            if constexpr (std::is_same_v<T, std::string>)
                packer.put(known);
            else if constexpr (std::is_same_v<T, double>)
                packer.put(std::bit_cast<int64_t>(known));
            else if constexpr (!std::is_same_v<T, std::monostate>)
                packer.put(int64_t{known});
        },
        value.value);
}

SortValue unpack_value(Unpacker& unpacker) {
    switch (unpacker.number()) {
        case 0:
            return {};
        case 1:
            return {unpacker.number() != 0};
        case 2:
            return {unpacker.number()};
        case 3:
            return {std::bit_cast<double>(unpacker.number())};
        default:
            return {std::string(unpacker.text())};
    }
}

std::unexpected<Error> invalid_cursor() {
    return failure(
        ErrorKind::InvalidCursor,
        "The cursor is not one of this server, or not for this query: repeat all parameters of the "
        "first request, or begin again with an empty cursor.");
}

}  // namespace

std::string cursor_scope(const Caller& caller, std::string_view type, const ListRequest& request) {
    Packer packer;
    packer.put("cursor");
    packer.put(caller.tenant.value);
    packer.put(type);
    packer.put(int64_t{request.filter.has_value()});
    packer.put(request.filter.value_or(""));
    packer.put(request.sort_by);
    packer.put(int64_t{request.descending});
    packer.put(request.attributes);
    packer.put(request.excluded_attributes);
    return packer.text();
}

std::string write_cursor(const Sha256& key, std::string_view scope, const Cursor& cursor) {
    Packer packer;
    packer.put(int64_t{kForm});
    packer.put(int64_t{cursor.start == store::Query::Start::Before});
    packer.put(cursor.issued.ms);
    packer.put(cursor.total.value_or(-1));
    packer.put(cursor.position.type);
    packer.put(std::string_view(reinterpret_cast<const char*>(cursor.position.id.bytes.data()),
                                cursor.position.id.bytes.size()));
    pack_value(packer, cursor.position.value);
    return base64url_encode(seal(key, scope, packer.text()));
}

Result<Cursor> read_cursor(const Sha256& key, std::string_view scope, std::string_view text, Instant now,
                           int64_t timeout_s) {
    std::string sealed;
    if (!base64url_decode(text, sealed)) return invalid_cursor();
    const auto packed = unseal(key, scope, sealed);
    if (!packed) return invalid_cursor();
    Unpacker unpacker(*packed);
    if (unpacker.number() != kForm) return invalid_cursor();
    Cursor cursor;
    cursor.start = unpacker.number() != 0 ? store::Query::Start::Before : store::Query::Start::After;
    cursor.issued = Instant{unpacker.number()};
    if (const int64_t total = unpacker.number(); total >= 0) cursor.total = total;
    cursor.position.type = unpacker.text();
    cursor.position.id = ResourceId::from_bytes(reinterpret_cast<const uint8_t*>(unpacker.text().data()));
    cursor.position.value = unpack_value(unpacker);
    if (now.ms - cursor.issued.ms > timeout_s * 1'000) {
        return failure(
            ErrorKind::ExpiredCursor,
            "The cursor is older than the cursorTimeout of ServiceProviderConfig; begin again with an "
            "empty cursor.");
    }
    return cursor;
}

}  // namespace rollcall::scim
