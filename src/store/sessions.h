// Rows of sessions and API keys of members. A part of store.h, inherited by TenantTransaction. A session that
// has ended is gone; a key that was revoked stays and can be listed.
#pragma once

#include <optional>
#include <vector>

#include "model/session.h"

namespace rollcall::store {

class SessionRows {
public:
    virtual ~SessionRows() = default;

    virtual void insert_session(const Session& session) = 0;
    virtual std::optional<Session> find_session(SessionId id) = 0;
    virtual std::optional<Session> find_session_by_token(const Sha256& token_hash) = 0;
    // Of one member, in order of id, expired ones among them.
    virtual std::vector<Session> sessions_of(ResourceId member) = 0;
    virtual bool end_session(SessionId id) = 0;              // false: there was none
    virtual int64_t end_sessions_of(ResourceId member) = 0;  // how many there were
    virtual int64_t end_all_sessions() = 0;
    // Takes away those of the member that expired before `now`.
    virtual void forget_expired_sessions(ResourceId member, Instant now) = 0;
};

class KeyRows {
public:
    virtual ~KeyRows() = default;

    virtual void insert_key(const MemberKey& key) = 0;
    virtual std::optional<MemberKey> find_key(MemberKeyId id) = 0;
    virtual std::optional<MemberKey> find_key_by_token(const Sha256& token_hash) = 0;
    // Of one member, in order of id, whatever their state.
    virtual std::vector<MemberKey> keys_of(ResourceId member) = 0;
    virtual bool revoke_key(MemberKeyId id, Instant now) = 0;  // false: there is none that is not revoked
    // Each: how many keys it changed.
    virtual int64_t suspend_keys_of(ResourceId member, Instant now) = 0;  // neither suspended nor revoked
    virtual int64_t resume_keys_of(ResourceId member) = 0;                // those that are suspended
    virtual int64_t revoke_keys_of(ResourceId member, Instant now) = 0;   // those that are not revoked
    virtual int64_t revive_keys_of(ResourceId member, Instant revoked) = 0;  // those revoked at that very time
    // Of all members. What is resumed are those of active members.
    virtual int64_t suspend_all_keys(Instant now) = 0;
    virtual int64_t resume_all_keys() = 0;
};

}  // namespace rollcall::store
