// Sessions, API keys of members, and service keys.
#include "store/memory/tenant.h"

namespace rollcall::store::memory {

void MemoryTenant::insert_session(const Session& session) {
    change().sessions[session.id] = session;
}

std::optional<Session> MemoryTenant::find_session(SessionId id) {
    const auto found = data().sessions.find(id);
    if (found == data().sessions.end()) return std::nullopt;
    return found->second;
}

std::optional<Session> MemoryTenant::find_session_by_token(const Sha256& token_hash) {
    for (const auto& [id, session] : data().sessions) {
        if (session.token_hash == token_hash) return session;
    }
    return std::nullopt;
}

std::vector<Session> MemoryTenant::sessions_of(ResourceId member) {
    std::vector<Session> found;
    for (const auto& [id, session] : data().sessions) {
        if (session.member == member) found.push_back(session);
    }
    return found;
}

bool MemoryTenant::end_session(SessionId id) {
    return change().sessions.erase(id) > 0;
}

int64_t MemoryTenant::end_sessions_of(ResourceId member) {
    return static_cast<int64_t>(
        std::erase_if(change().sessions, [&](const auto& entry) { return entry.second.member == member; }));
}

void MemoryTenant::forget_expired_sessions(ResourceId member, Instant now) {
    std::erase_if(change().sessions, [&](const auto& entry) {
        return entry.second.member == member && entry.second.expires <= now;
    });
}

void MemoryTenant::insert_key(const MemberKey& key) {
    change().keys[key.id] = key;
}

std::optional<MemberKey> MemoryTenant::find_key(MemberKeyId id) {
    const auto found = data().keys.find(id);
    if (found == data().keys.end()) return std::nullopt;
    return found->second;
}

std::optional<MemberKey> MemoryTenant::find_key_by_token(const Sha256& token_hash) {
    for (const auto& [id, key] : data().keys) {
        if (key.token_hash == token_hash) return key;
    }
    return std::nullopt;
}

std::vector<MemberKey> MemoryTenant::keys_of(ResourceId member) {
    std::vector<MemberKey> found;
    for (const auto& [id, key] : data().keys) {
        if (key.member == member) found.push_back(key);
    }
    return found;
}

bool MemoryTenant::revoke_key(MemberKeyId id, Instant now) {
    auto& keys = change().keys;
    const auto found = keys.find(id);
    if (found == keys.end() || found->second.revoked) return false;
    found->second.revoked = now;
    return true;
}

int64_t MemoryTenant::suspend_keys_of(ResourceId member, Instant now) {
    int64_t changed = 0;
    for (auto& [id, key] : change().keys) {
        if (key.member != member || key.suspended || key.revoked) continue;
        key.suspended = now;
        ++changed;
    }
    return changed;
}

int64_t MemoryTenant::resume_keys_of(ResourceId member) {
    int64_t changed = 0;
    for (auto& [id, key] : change().keys) {
        if (key.member != member || !key.suspended) continue;
        key.suspended.reset();
        ++changed;
    }
    return changed;
}

int64_t MemoryTenant::revoke_keys_of(ResourceId member, Instant now) {
    int64_t changed = 0;
    for (auto& [id, key] : change().keys) {
        if (key.member != member || key.revoked) continue;
        key.revoked = now;
        ++changed;
    }
    return changed;
}

int64_t MemoryTenant::revive_keys_of(ResourceId member, Instant revoked) {
    int64_t changed = 0;
    for (auto& [id, key] : change().keys) {
        if (key.member != member || key.revoked != revoked) continue;
        key.revoked.reset();
        ++changed;
    }
    return changed;
}

void MemoryTenant::insert_service_key(const ServiceKey& key) {
    change().service_keys[key.id] = key;
}

std::vector<ServiceKey> MemoryTenant::service_keys() {
    std::vector<ServiceKey> found;
    for (const auto& [id, key] : data().service_keys) found.push_back(key);
    return found;
}

Result<void> MemoryTenant::update_service_key(const ServiceKey& key) {
    auto& keys = change().service_keys;
    const auto found = keys.find(key.id);
    if (found == keys.end()) return failure(ErrorKind::NotFound, "There is no such service key.");
    const auto before = found->second;
    found->second = key;
    found->second.token_hash = before.token_hash;
    found->second.created = before.created;
    return {};
}

void MemoryTenant::touch_service_key(ServiceKeyId id, Instant time) {
    auto& keys = change().service_keys;
    const auto found = keys.find(id);
    if (found == keys.end() || (found->second.last_used && *found->second.last_used > time)) return;
    found->second.last_used = time;
}

int64_t MemoryTenant::end_all_sessions() {
    const auto ended = static_cast<int64_t>(data().sessions.size());
    change().sessions.clear();
    return ended;
}

int64_t MemoryTenant::suspend_all_keys(Instant now) {
    int64_t changed = 0;
    for (auto& [id, key] : change().keys) {
        if (key.suspended || key.revoked) continue;
        key.suspended = now;
        ++changed;
    }
    return changed;
}

int64_t MemoryTenant::resume_all_keys() {
    int64_t changed = 0;
    auto& rows = change();
    for (auto& [id, key] : rows.keys) {
        const auto member = rows.member_rows.find(key.member);
        if (!key.suspended || member == rows.member_rows.end() || !member->second.is_active()) continue;
        key.suspended.reset();
        ++changed;
    }
    return changed;
}

}  // namespace rollcall::store::memory
