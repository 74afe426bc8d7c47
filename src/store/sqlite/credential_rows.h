// How a row of the table credential is read: shared by the look-up by token and the tenant's own list.
#pragma once

#include "model/tenant.h"
#include "store/sqlite/connection.h"

namespace rollcall::store::sqlite {

// Columns id, tenant_id, name, slug, token_hash, created, expires, enabled, revoked, last_used,
// last_used_address, user_id, rights, token_issued, paused, networks, quarantined.
constexpr int kCredentialColumns = 17;

// Texts without commas, in one.
inline std::string joined(const std::vector<std::string>& texts) {
    std::string out;
    for (const auto& text : texts) out += (out.empty() ? "" : ",") + text;
    return out;
}
inline std::vector<std::string> parted(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        out.emplace_back(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return out;
}

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
    credential.token_issued = instant(13);
    credential.paused = instant(14);
    credential.networks = parted(rows.text(15));
    credential.quarantined = instant(16);
    return credential;
}

// Columns id, slug, profile, policy, created, enabled, schema_version.
constexpr int kTenantColumns = 7;

inline Tenant read_tenant(const Rows& rows, int first) {
    Tenant tenant;
    tenant.id = TenantId{rows.integer(first)};
    tenant.slug = rows.text(first + 1);
    tenant.profile = rows.text(first + 2);
    tenant.policy = rows.text(first + 3);
    tenant.created = Instant{rows.integer(first + 4)};
    tenant.enabled = rows.integer(first + 5) != 0;
    tenant.schema_version = rows.integer(first + 6);
    return tenant;
}

// How the kind of a further token is stored. An unknown one counts as the kind that may do least.
inline std::string_view token_kind_name(TokenKind kind) {
    return kind == TokenKind::Previous ? "previous" : "access";
}
inline TokenKind token_kind_named(std::string_view name) {
    return name == "previous" ? TokenKind::Previous : TokenKind::Access;
}

}  // namespace rollcall::store::sqlite
