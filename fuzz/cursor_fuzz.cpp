// Cursors: what was not sealed with this key and scope is refused as one kind of error; what was sealed comes out as it
// was, and with one character changed it is refused.
#include <array>

#include "base/check.h"
#include "scim/cursor.h"

namespace rollcall {
namespace {

constexpr Instant kNow{1'700'000'000'000};
constexpr int64_t kTimeout = 600;

Sha256 key() {
    Sha256 bytes{};
    bytes.fill(7);
    return bytes;
}

void check_foreign(std::string_view text) {
    const auto cursor = scim::read_cursor(key(), "scope", text, kNow, kTimeout);
    CHECK(!cursor && cursor.error().kind == ErrorKind::InvalidCursor);
}

SortValue value_of(uint8_t choice, std::string_view text) {
    switch (choice % 5) {
        case 0: return {};
        case 1: return {choice > 128};
        case 2: return {static_cast<int64_t>(text.size()) - 3};
        case 3: return {static_cast<double>(choice) / 7};
        default: return {std::string(text)};
    }
}

void check_own(uint8_t choice, std::string_view text) {
    scim::Cursor cursor;
    cursor.start = (choice & 64) != 0 ? store::Query::Start::Before : store::Query::Start::After;
    cursor.issued = kNow;
    cursor.position.type = std::string(text.substr(0, text.size() / 2));
    cursor.position.value = value_of(choice, text);
    if ((choice & 32) != 0) cursor.total = choice;
    const std::string written = scim::write_cursor(key(), text, cursor);
    const auto read = scim::read_cursor(key(), text, written, kNow, kTimeout);
    CHECK(read.has_value());
    CHECK(read->start == cursor.start && read->total == cursor.total);
    CHECK(read->position.type == cursor.position.type && read->position.id == cursor.position.id);
    CHECK(read->position.value.value == cursor.position.value.value);
    CHECK(!scim::read_cursor(key(), std::string(text) + "x", written, kNow, kTimeout));
    const Instant late{kNow.ms + (kTimeout + 1) * 1000};
    CHECK(scim::read_cursor(key(), text, written, late, kTimeout).error().kind == ErrorKind::ExpiredCursor);
    std::string changed = written;
    char& c = changed[choice % changed.size()];
    c = c == 'A' ? 'B' : 'A';
    CHECK(!scim::read_cursor(key(), text, changed, kNow, kTimeout));
}

}  // namespace
}  // namespace rollcall

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace rollcall;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_foreign(text);
    if (size > 0) check_own(data[0], text.substr(1));
    return 0;
}
