#include "access/administrator.h"

#include "access/authenticate.h"
#include "access/password.h"
#include "access/token.h"
#include "model/filter.h"

namespace rollcall::access {
namespace {

constexpr int64_t kTouchAfterMs = 60'000;

std::unexpected<Error> no_session(const char* reason) {
    return failure(ErrorKind::Unauthorized, "The session is missing, unknown or has ended. Sign in.", reason);
}

std::unexpected<Error> wrong_name_or_password() {
    return failure(ErrorKind::Unauthorized, "The name or the password is wrong.", "sign_in");
}

// Somebody who may sign in, and the password that is kept.
struct Candidate {
    AdminSession session;  // tenant, member, operator
    std::string password;
};

Caller caller_of(const Tenant& tenant) {
    return {tenant.id, tenant.slug, {}, Right::Administer, Channel::Admin, {}, {}};
}

// A member that administers its tenant: active, not removed, and of the admin's role or a higher one (T18); where
// the tenant wants verified addresses and SCIM manages the member, one whose address is (MOB-14, T4). It is asked
// with every request, so that a session is worth what its member is worth now.
std::optional<Member> administering(store::TenantTransaction& door, const Policy& policy, ResourceId id) {
    auto member = door.find_member(id);
    const bool may = member && member->is_active() && !member->removed_at && !policy.admin_role.empty() &&
                     rank_of(policy, member->role) >= rank_of(policy, policy.admin_role);
    if (!may) return std::nullopt;
    const bool needs_address = policy.sign_in_needs_verified_email && member->managed == Managed::Scim;
    if (needs_address && !member->email_verified_at) return std::nullopt;
    return member;
}

std::string user_name_key(std::string_view name) {
    static const auto catalogue = Catalogue::standard();
    return comparison_key(*catalogue->find_type("User")->schema->find("userName"), name);
}

using FoundCandidate = Result<std::optional<Candidate>>;

FoundCandidate find_member_candidate(store::Transaction& transaction, const SignIn& wanted) {
    const auto tenant = transaction.find_tenant(wanted.tenant);
    if (!tenant) return std::nullopt;
    const auto policy = TRY(policy_of(*tenant));
    auto& door = transaction.tenant(caller_of(*tenant));
    const auto id = door.user_named(user_name_key(wanted.name));
    if (!id || !administering(door, *policy, *id)) return std::nullopt;
    auto password = door.password_of(*id);
    if (!password) return std::nullopt;
    Candidate candidate;
    candidate.session.tenant = tenant->id;
    candidate.session.member = *id;
    candidate.password = *std::move(password);
    return candidate;
}

FoundCandidate find_candidate(store::Transaction& transaction, const SignIn& wanted) {
    if (!wanted.tenant.empty()) return find_member_candidate(transaction, wanted);
    const auto found = transaction.find_operator(wanted.name);
    if (!found) return std::nullopt;
    Candidate candidate;
    candidate.session.operator_id = found->id;
    candidate.password = found->password;
    return candidate;
}

bool is_live_otherwise(store::Transaction& transaction, const Sha256& digest, Instant now) {
    if (const auto credential = transaction.find_credential(digest)) {
        const auto& row = credential->first;
        if (row.enabled && !row.revoked && (!row.expires || *row.expires > now)) return true;
    }
    const auto key = transaction.find_service_key(digest);
    return key && !key->first.revoked && (!key->first.expires || *key->first.expires > now);
}

Result<std::optional<Administrator>> member_of(store::Transaction& transaction, const AdminSession& session) {
    for (auto& tenant : transaction.tenants()) {
        if (tenant.id != session.tenant) continue;
        const auto policy = TRY(policy_of(tenant));
        auto& door = transaction.tenant(caller_of(tenant));
        const auto member = administering(door, *policy, session.member);
        const auto user = door.find_user(session.member);
        if (!member || !user) return std::nullopt;
        Administrator known;
        known.session = session;
        known.role = member->role;
        if (const auto document = parse_json(user->document); document && document->is_object()) {
            const auto* name = document->as_object().if_contains("userName");
            if (name != nullptr && name->is_string()) known.name = name->as_string();
        }
        known.tenant = std::move(tenant);
        return known;
    }
    return std::nullopt;
}

// Whom the session belongs to, as of now; empty when it is nobody who may administer.
Result<std::optional<Administrator>> owner_of(store::Transaction& transaction, const AdminSession& session) {
    if (session.operator_id.is_nil()) return member_of(transaction, session);
    const auto found = transaction.find_operator(session.operator_id);
    if (!found) return std::nullopt;
    Administrator known;
    known.session = session;
    known.name = found->name;
    return known;
}

std::string key_of(const SignIn& wanted) {
    return wanted.tenant + '\n' + wanted.name;
}

}  // namespace

std::string csrf_token_of(std::string_view token) {
    return base64url_encode(as_bytes(sha256("rollcall csrf " + std::string(token))));
}

Result<Administrator> authenticate_administrator(store::Transaction& transaction, std::string_view token,
                                                 Instant now) {
    if (token.empty()) return no_session("no_credentials");
    if (!is_token(token)) return no_session("malformed");
    const auto digest = sha256(token);
    const auto session = transaction.find_admin_session(digest);
    if (!session) {
        if (!is_live_otherwise(transaction, digest, now)) return no_session("unknown");
        return failure(ErrorKind::Forbidden, "Administrators sign in; other tokens are not good here.");
    }
    if (session->created.ms + kAdminLifeMs <= now.ms) return no_session("expired");
    if (session->last_used.ms + kAdminIdleMs <= now.ms) return no_session("idle");
    auto known = TRY(owner_of(transaction, *session));
    if (!known) return no_session("role");
    known->touch = session->last_used.ms + kTouchAfterMs <= now.ms;
    return *std::move(known);
}

Result<SignedIn> sign_in(store::Store& store, SignInGuard& guard, const SignIn& wanted, const Limits& limits,
                         const Clock& clock, const SignInNotes& notes) {
    const Instant now = clock();
    TRY_VOID(guard.try_now(key_of(wanted), wanted.address, limits, now));
    const auto candidate = find_candidate(store.read(), wanted);
    // Before the wait: the log cannot start over beside a view that is kept, and the writer would wait for
    // it.
    store.end_read();
    const auto found = TRY(candidate);
    const bool is_right = is_password(wanted.password, found ? found->password : password_of_nobody());
    if (found && !is_right) notes.refused(found->session);
    if (!found || !is_right) return wrong_name_or_password();
    Secret token = make_token(kAdminSessionPrefix);
    AdminSession session = found->session;
    session.token_hash = sha256(token.reveal());
    session.id = AdminSessionId::create();
    session.created = session.last_used = session.proven = now;
    bool is_made = false;
    store::write_and_wait(store, [&](store::Transaction& transaction) {
        is_made = false;
        // What was read may be another one by now.
        const auto still = find_candidate(transaction, wanted);
        if (!still || !*still || (*still)->password != found->password) return;
        transaction.remove_admin_sessions_before(Instant{now.ms - kAdminLifeMs});
        transaction.put_admin_session(session);
        notes.made(transaction, session);
        is_made = true;
    });
    if (!is_made) return wrong_name_or_password();
    guard.succeeded(key_of(wanted));
    return SignedIn{session, std::move(token)};
}

Result<SignedIn> sign_in_member(store::Store& store, const std::string& slug,
                                const std::function<Result<ResourceId>(store::TenantTransaction&)>& find,
                                Instant proven, Instant now, const SignInNotes& notes) {
    Secret token = make_token(kAdminSessionPrefix);
    AdminSession session;
    const auto refusal =
        failure(ErrorKind::Unauthorized, "This person may not administer the tenant.", "role");
    Result<AdminSession> made = refusal;
    store::write_and_wait(store, [&](store::Transaction& transaction) {
        session = {};
        transaction.mark();
        made = [&]() -> Result<AdminSession> {
            const auto tenant = transaction.find_tenant(slug);
            if (!tenant) return refusal;
            auto& door = transaction.tenant(caller_of(*tenant));
            const auto member = TRY(find(door));
            session.tenant = tenant->id;
            session.member = member;
            if (!administering(door, *TRY(policy_of(*tenant)), member)) return refusal;
            session.token_hash = sha256(token.reveal());
            session.id = AdminSessionId::create();
            session.created = session.last_used = now;
            session.proven = proven;
            transaction.remove_admin_sessions_before(Instant{now.ms - kAdminLifeMs});
            transaction.put_admin_session(session);
            notes.made(transaction, session);
            return session;
        }();
        if (!made) transaction.undo_to_mark();
    });
    if (!made && !session.member.is_nil()) notes.refused(session);
    if (!made) return std::unexpected(made.error());
    return SignedIn{*made, std::move(token)};
}

Result<AdminSession> prove(store::Store& store, SignInGuard& guard, const Administrator& known,
                           std::string_view password, const std::string& address, const Limits& limits,
                           const Clock& clock, const SignInNotes& notes) {
    const Instant now = clock();
    const SignIn wanted{known.tenant ? known.tenant->slug : "", known.name, "", address};
    TRY_VOID(guard.try_now(key_of(wanted), address, limits, now));
    const auto candidate = find_candidate(store.read(), wanted);
    store.end_read();
    const auto found = TRY(candidate);
    if (!is_password(password, found ? found->password : password_of_nobody()) || !found) {
        notes.refused(known.session);
        return wrong_name_or_password();
    }
    guard.succeeded(key_of(wanted));
    AdminSession session = known.session;
    session.proven = session.last_used = now;
    bool is_made = false;
    store::write_and_wait(store, [&](store::Transaction& transaction) {
        // It may have ended meanwhile, and does not come back.
        is_made = transaction.find_admin_session(session.token_hash).has_value();
        if (!is_made) return;
        transaction.put_admin_session(session);
        notes.made(transaction, session);
    });
    if (!is_made) return no_session("unknown");
    return session;
}

Result<void> change_password(store::Store& store, const Administrator& known, std::string_view password,
                             Instant now, const SignInNotes& notes) {
    TRY_VOID(check_new_password(password));
    const std::string kept = hash_password(password);
    Result<void> result;
    store::write_and_wait(store, [&](store::Transaction& transaction) {
        result = {};
        if (!transaction.find_admin_session(known.session.token_hash)) {
            result = no_session("unknown");
            return;
        }
        if (known.is_operator()) {
            auto one = transaction.find_operator(known.session.operator_id);
            if (!one) {
                result = no_session("role");
                return;
            }
            one->password = kept;
            result = transaction.put_operator(*one);
            transaction.end_sessions_of_operator(one->id);
        } else {
            auto& door = transaction.tenant(caller_of(*known.tenant));
            door.end_administration_of(known.session.member);
            door.set_password(known.session.member, kept, now);
        }
        AdminSession session = known.session;
        session.last_used = now;
        transaction.put_admin_session(session);
        if (result) notes.made(transaction, session);
    });
    return result;
}

}  // namespace rollcall::access
