#include "audit/chain.h"

namespace rollcall::audit {

ChainCheck check_chain(store::TenantTransaction& transaction, TenantId tenant, const Sha256* key) {
    ChainCheck check;
    Sha256 previous{};
    transaction.visit_events(0, [&](const store::Event& event) {
        if (event.seq != check.rows + 1) {
            check.broken = {check.rows + 1, "The row is missing."};
        } else if (const auto code = store::chain_code(key, previous, tenant.value, event);
                   !equal_in_constant_time(as_bytes(code), as_bytes(event.code))) {
            check.broken = {event.seq, "The row was altered, or another one stands in its place."};
        } else {
            previous = event.code;
            ++check.rows;
        }
        return !check.broken;
    });
    if (check.broken) return check;
    const auto head = transaction.event_head();
    if (head.seq > check.rows) {
        check.broken = {check.rows + 1, "The row and all behind it are missing."};
    } else if (head.seq < check.rows) {
        check.broken = {head.seq + 1, "The row was added by something else than the server."};
    } else if (head.seq > 0 && head.code != previous) {
        check.broken = {head.seq, "The row is not the last one that the server wrote."};
    }
    return check;
}

}  // namespace rollcall::audit
