// Rows of the trail of changes: one for each change, chained for each tenant so that a row that was altered, taken out
// or moved is found. A part of store.h: EventRows is inherited by TenantTransaction. Rows are only ever added.
//
// code(row) = HMAC-SHA256(key, code of the row before, row), the first with 32 zero bytes before it. Without a key
// (OpenOptions::audit_key) it is SHA-256 of the same: that shows accidents, not somebody who can write the file.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/secret.h"
#include "base/time.h"

namespace rollcall::store {

// One change (STD-13, PLU-09, MOD-09).
struct Event {
    int64_t seq = 0;  // from 1 up without gaps in each tenant; given by append_event()
    Instant time;     // never before that of the row before; append_event() sees to it
    RequestId request;        // as in the request log
    std::string channel;      // "scim", "admin", "app", "cli"
    std::string actor_kind;   // "credential", "member", "application", "admin", "operator"
    UuidBytes actor{};        // id of the credential, member, service key or administrator; nil for the operator
    std::string actor_name;   // empty for credentials: the view shows what they are called
    std::string address;      // of the peer; empty at the command line
    std::string action;       // "user.create", "credential.revoke"
    std::string target_type;  // "User", "Group", "credential", "tenant", "schema"
    std::string target;       // its id, or its name where it has none
    std::string payload;      // JSON object: audit/payload.h
    Sha256 code{};            // of the chain; computed by append_event()
};

// Which events are wanted. Everything that is set must hold; the newest come first.
struct EventSearch {
    std::optional<Instant> from;  // at this time or after it
    std::optional<Instant> until; // before it
    std::string channel, action, target_type, target;  // empty: any; an action that ends in "." names all it begins
    std::optional<UuidBytes> actor;
    std::optional<int64_t> before;  // older than this seq: where the page before ended
    int64_t limit = 100;
};

// The last row that a tenant has, as the writer noted it beside the rows.
struct EventHead {
    int64_t seq = 0;  // 0: none
    Sha256 code{};
};

// The code of an event behind `previous`. `key` null: the chain has none.
Sha256 chain_code(const Sha256* key, const Sha256& previous, int64_t tenant, const Event& event);

class EventRows {
public:
    virtual ~EventRows() = default;

    // Sets seq and code, and time when the clock stepped back. Jobs only.
    virtual void append_event(Event& event) = 0;
    // At most `limit` of them, of at most a hundred thousand rows that were looked at: fewer than `limit` need not be
    // the last ones. `looked_to` gets the seq down to which rows were looked at, 1 or 0 when that was all of them.
    virtual std::vector<Event> search_events(const EventSearch& search, int64_t& looked_to) = 0;
    // Every event whose seq is above `after`, in order, until `visit` returns false.
    virtual void visit_events(int64_t after, const std::function<bool(const Event&)>& visit) = 0;
    virtual EventHead event_head() = 0;
};

// A row of the request log as it was written (store.h, AuditRow).
struct LoggedRequest {
    int64_t seq = 0;
    std::string time;  // as format_instant() gives it
    RequestId request;
    std::string method, path;
    std::optional<Sha256> body_hash;
    int status = 0;
    int64_t duration_us = 0;
    std::string address, channel, target, note;
};

// A place in the requests of a credential: those before it are older.
struct RequestPlace {
    std::string time;
    int64_t seq = 0;
};

// Answers of one hour by class: index 2 is 2xx.
struct HourOfAnswers {
    Instant hour;
    std::array<int64_t, 6> classes{};
};

// A part of TenantTransaction: the request log of one credential (MOB-17). Rows are there with the commit of a
// change, and about 100 ms after the answer of a read.
class RequestRows {
public:
    virtual ~RequestRows() = default;

    // The newest first, at most `limit`.
    virtual std::vector<LoggedRequest> requests_of(CredentialId credential, const std::optional<RequestPlace>& before,
                                                   int64_t limit) = 0;
    // Hours with any answer, from `from` on, in order.
    virtual std::vector<HourOfAnswers> answers_of(CredentialId credential, Instant from) = 0;
};

}  // namespace rollcall::store
