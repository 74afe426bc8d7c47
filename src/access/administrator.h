// Signing in to administer, and who presents a session. A session is a token of 256 random bits, kept as its
// SHA-256; it ends 15 minutes after it was used last, 8 hours after it began, and at once with whoever it
// belongs to.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "access/sign_in_guard.h"
#include "base/limits.h"
#include "base/secret.h"
#include "model/policy.h"
#include "store/store.h"

namespace rollcall::access {

inline constexpr std::string_view kAdminSessionPrefix = "rc_adm_";
inline constexpr std::string_view kAdminCookie = "__Host-rollcall_admin";
constexpr int64_t kAdminIdleMs = 15 * 60'000;
constexpr int64_t kAdminLifeMs = 8 * 3'600'000;
constexpr int64_t kProofMs = 5 * 60'000;  // sensitive actions want the password given no longer ago

// Somebody with a session.
struct Administrator {
    AdminSession session;
    std::string name;              // of the operator, or userName
    std::optional<Tenant> tenant;  // of a member; none for an operator
    std::string role;              // of a member
    bool touch = false;            // the time of last use is older than a minute and should be written

    bool is_operator() const { return !session.operator_id.is_nil(); }
    bool is_proven(Instant now) const { return session.proven.ms + kProofMs >= now.ms; }
};

// Errors: Unauthorized, one for every failure; Forbidden for a credential or a service key that works (T16).
// The note says why. Throws store::StoreFailure.
Result<Administrator> authenticate_administrator(store::Transaction& transaction, std::string_view token,
                                                 Instant now);

// What is presented as a CSRF token beside the cookie: nobody can make it who has not seen the session's
// token.
std::string csrf_token_of(std::string_view token);

struct SignIn {
    std::string tenant;  // slug; empty for an operator
    std::string name;    // of the operator; userName of the member
    std::string password;
    std::string address;
};

struct SignedIn {
    AdminSession session;
    Secret token;  // shown once
};

// What becomes of a try, for the trail of changes. Of a session that was refused there is whose it would have
// been, and no id; of names that nobody has there is nothing.
struct SignInNotes {
    std::function<void(store::Transaction&, const AdminSession&)> made;  // in the transaction that makes it
    std::function<void(const AdminSession&)> refused;                    // waits for nothing: all names take as long
};

// Takes about 20 ms, and as long for names that nobody has; runs jobs of the store and waits for them, so it
// is for threads of the pool. Errors: TooManyRequests, with the seconds to wait as its note; Unauthorized for
// everything else (name, password, a member that is not active or whose role is too low).
Result<SignedIn> sign_in(store::Store& store, SignInGuard& guard, const SignIn& wanted, const Limits& limits,
                         const Clock& clock, const SignInNotes& notes);

// The session of a member that somebody else vouches for. `find` says which member it is, in the transaction
// that makes the session, and may write there; `proven` is when the person gave a proof last. Errors: those
// of `find`; Unauthorized when the member may not administer. For threads that may wait.
Result<SignedIn> sign_in_member(store::Store& store, const std::string& tenant,
                                const std::function<Result<ResourceId>(store::TenantTransaction&)>& find,
                                Instant proven, Instant now, const SignInNotes& notes);

// The password once more: `session` counts as proven from now. Errors as sign_in().
Result<AdminSession> prove(store::Store& store, SignInGuard& guard, const Administrator& known,
                           std::string_view password, const std::string& address, const Limits& limits,
                           const Clock& clock, const SignInNotes& notes);

// Another password for whoever the session belongs to; other sessions of the same end. The old one must have
// been proven. Error: InvalidValue. For threads of the pool.
Result<void> change_password(store::Store& store, const Administrator& known, std::string_view password,
                             Instant now, const SignInNotes& notes);

}  // namespace rollcall::access
