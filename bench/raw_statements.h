// The statements of the raw SQLite program: what the store writes for one POST of a user, and nothing else. SQL stands
// in the store only, but for this one place: the yardstick must not share the store's code.
#pragma once

namespace rollcall::bench::sql {

inline constexpr const char* kBegin = R"(BEGIN IMMEDIATE)";
inline constexpr const char* kCommit = R"(COMMIT)";

inline constexpr const char* kResource = R"(
    INSERT INTO resource (tenant_id, type, id, version, created, last_modified, active, plain, member_count,
        user_name_key, external_id, display, manager, indexed, document)
    VALUES (?1, 'User', ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?9, ?10, ?11, ?12, ?13))";

inline constexpr const char* kValue = R"(
    INSERT INTO value_index (tenant_id, attribute, key, resource_id) VALUES (?1, ?2, ?3, ?4))";

inline constexpr const char* kUnique = R"(
    INSERT INTO unique_value (tenant_id, type, attribute, key, resource_id) VALUES (?1, 'User', ?2, ?3, ?4))";

inline constexpr const char* kCount = R"(
    UPDATE counter SET value = value + 1 WHERE tenant_id = ?1 AND name = ?2)";

inline constexpr const char* kMember = R"(
    INSERT INTO member (tenant_id, id, role, previous_role, managed, pre_linked, deactivated_by)
    VALUES (?1, ?2, 'member', '', 'scim', 0, ''))";

inline constexpr const char* kEvent = R"(
    INSERT INTO event (tenant_id, seq, time, request_id, channel, actor_kind, actor_id, actor_name, address, action,
        target_type, target, payload, code)
    VALUES (?1, ?2, ?3, ?4, 'scim', 'credential', ?5, '', '127.0.0.1', 'create', 'User', ?6, ?7, ?8))";

// Once in a transaction.
inline constexpr const char* kEventHead = R"(
    INSERT INTO event_head (tenant_id, seq, code) VALUES (?1, ?2, ?3)
    ON CONFLICT (tenant_id) DO UPDATE SET seq = excluded.seq, code = excluded.code)";

inline constexpr const char* kOutbox = R"(
    INSERT INTO outbox (tenant_id, seq, time, event, type, id, version) VALUES (?1, ?2, ?3, 'create', 'User', ?4, ?5))";

inline constexpr const char* kAudit = R"(
    INSERT INTO audit (tenant_id, seq, time, request_id, credential_id, method, path, body_hash, status, duration_us,
        address, channel, target, note)
    VALUES (?1, ?2, ?3, ?4, ?5, 'POST', ?6, ?7, 201, 850, '127.0.0.1', 'scim', ?8, ''))";

// ---- asked once, before the clock starts
inline constexpr const char* kLastTenant = R"(SELECT max(id) FROM tenant)";
inline constexpr const char* kTenantPolicy = R"(SELECT policy FROM tenant ORDER BY id DESC LIMIT 1)";
inline constexpr const char* kLastAudit = R"(SELECT max(seq) FROM audit WHERE tenant_id = ?1)";
inline constexpr const char* kLastEvent = R"(SELECT max(seq) FROM event WHERE tenant_id = ?1)";
inline constexpr const char* kLastOutbox = R"(SELECT value FROM counter WHERE tenant_id = ?1 AND name = 'outbox')";

}  // namespace rollcall::bench::sql
