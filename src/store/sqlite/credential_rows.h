// How a row of the table credential is read: shared by the look-up by token and the tenant's own list.
#pragma once

#include "model/tenant.h"
#include "store/sqlite/connection.h"

namespace rollcall::store::sqlite {

// Columns id, tenant_id, name, slug, token_hash, created, expires, enabled, revoked, last_used,
// last_used_address, user_id, rights.
constexpr int kCredentialColumns = 13;

inline Credential read_credential(const Rows& rows) {
    const auto instant = [&rows](int column) -> std::optional<Instant> {
        if (rows.is_null(column)) return std::nullopt;
        return Instant{rows.integer(column)};
    };
    Credential credential;
    credential.id = rows.id<CredentialId>(0);
    credential.tenant = TenantId{rows.integer(1)};
    credential.name = rows.text(2);
    credential.slug = rows.text(3);
    const auto hash = rows.blob(4);
    std::memcpy(credential.token_hash.data(), hash.data(),
                std::min(hash.size(), credential.token_hash.size()));
    credential.created = Instant{rows.integer(5)};
    credential.expires = instant(6);
    credential.enabled = rows.integer(7) != 0;
    credential.revoked = instant(8);
    credential.last_used = instant(9);
    credential.last_used_address = rows.text(10);
    if (!rows.is_null(11)) credential.user = rows.id<ResourceId>(11);
    // A right that this program does not know allows nothing.
    credential.right = right_named(rows.text(12)).value_or(Right::None);
    return credential;
}

}  // namespace rollcall::store::sqlite
