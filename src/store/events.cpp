#include "store/events.h"

#include "base/hmac.h"

namespace rollcall::store {
namespace {

void put(std::string& out, int64_t number) {
    for (int shift = 0; shift < 64; shift += 8)
        out += static_cast<char>(static_cast<uint64_t>(number) >> shift);
}

// With its length, so that no two rows can be the same text.
void put(std::string& out, std::string_view text) {
    put(out, static_cast<int64_t>(text.size()));
    out += text;
}

void put(std::string& out, const UuidBytes& bytes) {
    out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

}  // namespace

Sha256 chain_code(const Sha256* key, const Sha256& previous, int64_t tenant, const Event& event) {
    std::string row;
    row.reserve(512 + event.payload.size());
    row += as_bytes(previous);
    put(row, tenant);
    put(row, event.seq);
    put(row, event.time.ms);
    put(row, event.request.bytes);
    put(row, event.actor);
    for (const auto* text : {&event.channel, &event.actor_kind, &event.actor_name, &event.address,
                             &event.action, &event.target_type, &event.target, &event.payload}) {
        put(row, std::string_view(*text));
    }
    return key != nullptr ? hmac_sha256(*key, row) : sha256(row);
}

}  // namespace rollcall::store
