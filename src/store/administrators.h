// Rows of those who administer. A part of store.h: AdministrationRows is inherited by TenantTransaction,
// AdministratorRows by Transaction.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/administrator.h"

namespace rollcall::store {

// What one tenant has.
class AdministrationRows {
public:
    virtual ~AdministrationRows() = default;

    // ---- passwords of members, as access/password.h keeps them
    virtual std::optional<std::string> password_of(ResourceId member) = 0;
    // In the place of what there is; empty: takes it away. Links to the member stay as they are.
    virtual void set_password(ResourceId member, std::string_view password, Instant now) = 0;

    // Ends what the member has: sessions, and links that were sent. Part of every way out of active (T68).
    virtual void end_administration_of(ResourceId member) = 0;

    // ---- links
    // In the place of what the member has for the purpose; never held.
    virtual void put_member_token(const MemberToken& token) = 0;
    virtual void remove_member_token(ResourceId member, MemberToken::Purpose purpose) = 0;
    // Holds every link of the tenant that is not held, or (nothing) lets all go. How many.
    virtual int64_t hold_links(std::optional<Instant> since) = 0;

    // ---- policies, kept for ever; the last is the one in force
    // Gives the next version and returns it.
    virtual int64_t append_policy(std::string_view actor, std::string_view policy, Instant now) = 0;
    // The last ones first, at most `most`.
    virtual std::vector<PolicyVersion> policies(int64_t most) = 0;
};

// What the installation has, or what must be found before the tenant is known.
class AdministratorRows {
public:
    virtual ~AdministratorRows() = default;

    virtual std::optional<Operator> find_operator(std::string_view name) = 0;
    virtual std::optional<Operator> find_operator(OperatorId id) = 0;
    virtual std::vector<Operator> operators() = 0;  // in order of name
    // Adds, or replaces what has the id. Error: Uniqueness for the name.
    virtual Result<void> put_operator(const Operator& one) = 0;
    virtual bool remove_operator(OperatorId id) = 0;  // and its sessions; false: it was not there

    virtual std::optional<AdminSession> find_admin_session(const Sha256& token_hash) = 0;
    // Adds, or replaces what has the hash.
    virtual void put_admin_session(const AdminSession& session) = 0;
    virtual void remove_admin_session(const Sha256& token_hash) = 0;
    virtual void end_sessions_of_operator(OperatorId id) = 0;
    // Those that began before.
    virtual void remove_admin_sessions_before(Instant created) = 0;

    virtual std::optional<MemberToken> find_member_token(const Sha256& token_hash) = 0;
};

}  // namespace rollcall::store
