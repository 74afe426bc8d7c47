// Signing in and out, and who has signed in.
#include "api/admin/admission.h"
#include "api/admin/endpoints.h"
#include "audit/record.h"

namespace rollcall::api::admin {
namespace {

std::string cookie(std::string_view token, int64_t seconds) {
    return std::string(access::kAdminCookie) + '=' + std::string(token) +
           "; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(seconds);
}

// Errors of signing in: how long to wait, and what to sign in with.
http::Response refusal(const Error& error) {
    auto response = problem(error);
    if (error.kind == ErrorKind::TooManyRequests) response.with("Retry-After", error.note);
    if (error.kind == ErrorKind::Unauthorized) response.with("WWW-Authenticate", "Bearer realm=\"rollcall\"");
    return response;
}

json::object shown(const AdminSession& session) {
    return json::object{
        {"id", session.id.text()},
        {"created", format_instant(session.created)},
        {"proven", format_instant(session.proven)},
        {"expires", format_instant(Instant{session.created.ms + access::kAdminLifeMs})},
    };
}

// In the name of whoever the session belongs to.
void leave_session_event(store::Transaction& transaction, const AdminSession& session, std::string_view action,
                         Caller who, RequestId request, Instant now) {
    const bool is_operator = !session.operator_id.is_nil();
    who.tenant = session.tenant;
    who.user = session.member;
    who.credential = CredentialId{is_operator ? session.operator_id.bytes : session.member.bytes};
    const std::string id = is_operator ? session.operator_id.text() : session.member.text();
    audit::record(transaction.tenant(who), {who, request, now}, action, {is_operator ? "operator" : "User", id},
                  "{}");
}

}  // namespace

access::SignInNotes notes_of(const CallPointer& call, std::string_view done) {
    const auto leave = [who = call->caller, request = call->head->id, now = call->now()](
                           store::Transaction& transaction, const AdminSession& session, std::string_view action) {
        leave_session_event(transaction, session, action, who, request, now);
    };
    return {[leave, done](store::Transaction& transaction, const AdminSession& session) {
                leave(transaction, session, done);
            },
            [leave, &store = call->service->store](const AdminSession& session) {
                // Nobody waits for it: what an answer takes must not say whether somebody has the name.
                store.submit([leave, session](store::Transaction& transaction) {
                    leave(transaction, session, "admin.refuse");
                }, [](std::exception_ptr) {});
            }};
}

http::Response session_by_cookie(const access::SignedIn& done) {
    auto answer = shown(done.session);
    answer["csrf_token"] = access::csrf_token_of(done.token.reveal());
    auto response = json_answer(201, json::value(std::move(answer)));
    response.with("Set-Cookie", cookie(done.token.reveal(), access::kAdminLifeMs / 1000));
    return response;
}

http::Outcome sign_in(const CallPointer& call) {
    const auto read = [&]() -> Result<std::pair<access::SignIn, bool>> {
        const auto body = TRY(read_object(*call, {"tenant", "operator", "user_name", "password", "cookie"}));
        const auto tenant = TRY(optional_text(body, "tenant"));
        const auto operator_name = TRY(optional_text(body, "operator"));
        const auto user_name = TRY(optional_text(body, "user_name"));
        if (operator_name ? tenant || user_name : !tenant || !user_name || tenant->empty()) {
            return failure(ErrorKind::InvalidValue,
                           "Say who signs in: either \"operator\", or \"tenant\" and \"user_name\".");
        }
        access::SignIn wanted;
        wanted.tenant = tenant.value_or("");
        wanted.name = operator_name ? *operator_name : *user_name;
        wanted.password = TRY(required_text(body, "password"));
        wanted.address = call->caller.address;
        return std::pair(std::move(wanted), TRY(optional_bool(body, "cookie")).value_or(false));
    };
    auto wanted = read();
    if (!wanted) return problem(wanted.error());
    return http::Scan{[call, wanted = std::move(wanted->first), by_cookie = wanted->second] {
        const auto& service = *call->service;
        auto done =
            access::sign_in(service.store, *service.sign_in_guard, wanted, service.limits, service.clock,
                            notes_of(call, "admin.sign_in"));
        if (!done) {
            call->note = done.error().kind == ErrorKind::TooManyRequests ? "locked" : "sign_in";
            return refusal(done.error());
        }
        call->caller.tenant = done->session.tenant;
        call->target = done->session.id.text();
        if (by_cookie) return session_by_cookie(*done);
        auto answer = shown(done->session);
        answer["token"] = done->token.reveal();
        return json_answer(201, json::value(std::move(answer)));
    }};
}

http::Outcome sign_out(const CallPointer& call) {
    return write(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        const auto& session = call->administrator->session;
        transaction.remove_admin_session(session.token_hash);
        call->target = session.id.text();
        leave_session_event(transaction, session, "admin.sign_out", call->caller, call->head->id, call->now());
        return no_content().with("Set-Cookie", cookie("", 0));
    });
}

http::Outcome get_session(const CallPointer& call) {
    const auto& known = *call->administrator;
    auto answer = shown(known.session);
    if (known.is_operator()) {
        answer["operator"] = known.name;
    } else {
        answer["tenant"] = known.tenant->slug;
        answer["member"] = known.session.member.text();
        answer["user_name"] = known.name;
        answer["role"] = known.role;
    }
    // For pages that come after the one that signed in.
    const auto by_cookie = cookie_named(*call->head, access::kAdminCookie);
    if (!by_cookie.empty() && sha256(by_cookie) == known.session.token_hash) {
        answer["csrf_token"] = access::csrf_token_of(by_cookie);
    }
    return json_answer(200, json::value(std::move(answer)));
}

http::Outcome prove_session(const CallPointer& call) {
    auto body = read_object(*call, {"password"});
    if (!body) return problem(body.error());
    auto password = required_text(*body, "password");
    if (!password) return problem(password.error());
    return http::Scan{[call, password = *password] {
        const auto& service = *call->service;
        const auto session = access::prove(service.store, *service.sign_in_guard, *call->administrator,
                                           password, call->caller.address, service.limits, service.clock,
                                           notes_of(call, "admin.prove"));
        return session ? json_answer(200, json::value(shown(*session))) : refusal(session.error());
    }};
}

http::Outcome change_own_password(const CallPointer& call) {
    auto body = read_object(*call, {"password"});
    if (!body) return problem(body.error());
    auto password = required_text(*body, "password");
    if (!password) return problem(password.error());
    return http::Scan{[call, password = *password] {
        const auto done =
            access::change_password(call->service->store, *call->administrator, password, call->now(),
                                    notes_of(call, call->administrator->is_operator() ? "operator.password"
                                                                                      : "member.password"));
        return done ? no_content() : refusal(done.error());
    }};
}

}  // namespace rollcall::api::admin
