// Identifiers. Each noun has a type of its own, so that one cannot stand where another is meant (threat
// T1). Ids of resources and credentials are UUIDv7: unguessable enough, and ordered by time, which keeps
// index pages together (a random order costs 22 % of write throughput).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall {

// Sixteen bytes in network order.
using UuidBytes = std::array<uint8_t, 16>;

// A new UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, a counter that keeps ids of the process increasing,
// random bits from the operating system. Never fails; safe on any thread.
UuidBytes new_uuid();

// Canonical text only: 36 characters, lower case, RFC 9562 layout. Anything else is nobody's id.
std::optional<UuidBytes> parse_uuid(std::string_view text);
void append_uuid(const UuidBytes& bytes, std::string& out);
// Writes kUuidSize characters to `out` and returns where they end.
constexpr size_t kUuidSize = 36;
char* write_uuid(const UuidBytes& bytes, char* out);

template <class Noun>
struct Id {
    UuidBytes bytes{};

    static Id create() { return Id{new_uuid()}; }
    // Empty when the text is not the canonical spelling of an id: then nothing has that id (404, never 400).
    static std::optional<Id> parse(std::string_view text) {
        if (auto parsed = parse_uuid(text)) return Id{*parsed};
        return std::nullopt;
    }
    // `data` must point at 16 bytes.
    static Id from_bytes(const void* data) {
        Id id;
        std::memcpy(id.bytes.data(), data, 16);
        return id;
    }
    std::string text() const {
        std::string out;
        append_uuid(bytes, out);
        return out;
    }
    bool is_nil() const { return bytes == UuidBytes{}; }
    friend auto operator<=>(const Id&, const Id&) = default;
};

// A SCIM resource of any type (User, Group, custom): RFC 7643 §3.1 wants ids unique over all types.
using ResourceId = Id<struct ResourceNoun>;
// What an identity provider presents.
using CredentialId = Id<struct CredentialNoun>;
// What an application presents to the application API.
using ServiceKeyId = Id<struct ServiceKeyNoun>;
// A session of a member, and an API key of a member.
using SessionId = Id<struct SessionNoun>;
using MemberKeyId = Id<struct MemberKeyNoun>;
// One HTTP request, for logs and audit.
using RequestId = Id<struct RequestNoun>;

// One customer organisation. Numbers are given in order by the store and never reach the wire. 0 is nobody:
// rows of requests that could not be ascribed to a tenant (a wrong token) carry it.
struct TenantId {
    int64_t value = 0;
    friend auto operator<=>(const TenantId&, const TenantId&) = default;
};

// The identity provider's own id of a resource: opaque text that no look-up by ResourceId ever accepts (T1).
class ExternalId {
public:
    explicit ExternalId(std::string text) : text_(std::move(text)) {}
    const std::string& text() const { return text_; }
    friend bool operator==(const ExternalId&, const ExternalId&) = default;

private:
    std::string text_;
};

}  // namespace rollcall

template <class Noun>
struct std::hash<rollcall::Id<Noun>> {
    size_t operator()(const rollcall::Id<Noun>& id) const noexcept {
        uint64_t tail;
        std::memcpy(&tail, id.bytes.data() + 8, 8);
        return static_cast<size_t>(tail);
    }
};
