// Signing in at the OpenID provider of a tenant, and which provider that is.
#include "access/identity_provider.h"
#include "api/admin/admission.h"
#include "api/admin/endpoints.h"
#include "api/admin/members.h"
#include "directory/policies.h"

namespace rollcall::api::admin {
namespace {

constexpr std::string_view kAttemptCookie = "__Host-rollcall_openid";
constexpr std::string_view kCallback = "/api/admin/v1/sign-in/openid/callback";

std::string attempt_cookie(std::string_view value, int64_t seconds) {
    // Lax: the browser comes back from another site, and must bring it.
    return std::string(kAttemptCookie) + '=' + std::string(value) +
           "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=" + std::to_string(seconds);
}

std::string random_text() {
    std::string bytes(32, '\0');
    random_bytes(bytes.data(), bytes.size());
    return base64url_encode(bytes);
}

// The same for a tenant that is not there and one without a provider.
std::unexpected<Error> no_provider() {
    return failure(ErrorKind::NotFound, "This tenant has no OpenID provider. Sign in with a password.");
}

struct Target {
    Tenant tenant;
    IdentityProvider provider;
};
Result<Target> find_target(store::Transaction& transaction, std::string_view slug) {
    const auto tenant = transaction.find_tenant(slug);
    if (!tenant) return no_provider();
    auto provider =
        transaction.tenant({tenant->id, tenant->slug, {}, Right::Administer, Channel::Admin, {}, {}})
            .identity_provider();
    if (!provider) return no_provider();
    return Target{*tenant, *std::move(provider)};
}

http::Response refusal(Call& call, const Error& error) {
    call.note = error.note;
    auto response = problem(error);
    if (error.kind == ErrorKind::TooManyRequests) response.with("Retry-After", error.note);
    if (error.kind == ErrorKind::Unavailable) response.with("Retry-After", "10");
    return response;
}

Result<http::Response> leave(const CallPointer& pointer) {
    Call& call = *pointer;
    const auto& query = call.head->query;
    TRY_VOID(check_form(query, {"tenant", "return_to", "prove"}));
    const auto slug = TRY(form_value(query, "tenant"));
    if (!slug) return failure(ErrorKind::BadRequest, "Name the tenant: ?tenant=SLUG.");
    access::OpenIdAttempt attempt;
    attempt.return_to = TRY(form_value(query, "return_to")).value_or("");
    if (!attempt.return_to.empty() && !access::is_own_path(attempt.return_to)) {
        return failure(ErrorKind::BadRequest, "return_to is a path of this server, such as /console.");
    }
    const auto& service = *call.service;
    const auto target = TRY(find_target(service.store.read(), *slug));
    service.store.end_read();
    attempt.tenant = target.tenant.slug;
    attempt.issuer = target.provider.issuer;
    attempt.state = random_text();
    attempt.nonce = random_text();
    attempt.verifier = random_text();
    attempt.redirect_uri =
        (service.public_url.empty() ? call.origin : service.public_url) + std::string(kCallback);
    attempt.prove = TRY(form_value(query, "prove")) == "true";
    attempt.expires = Instant{call.now().ms + access::kOpenIdMs};
    const auto url = TRY(service.openid->authorization_url(target.provider, attempt));
    http::Response response;
    response.status = 303;
    const auto sealed = access::seal_attempt(service.store.instance_key(), attempt);
    response.with("Location", url).with("Set-Cookie", attempt_cookie(sealed, access::kOpenIdMs / 1000));
    return response.with("Referrer-Policy", "no-referrer");
}

std::unexpected<Error> not_begun() {
    return failure(ErrorKind::Unauthorized,
                   "This sign-in was not begun in this browser, or too long ago. Begin again.",
                   "openid_state");
}

// The attempt that the browser brings, when it is the one that the provider answers.
Result<access::OpenIdAttempt> find_attempt(const Call& call) {
    const auto& query = call.head->query;
    auto attempt = access::unseal_attempt(call.service->store.instance_key(),
                                          cookie_named(*call.head, kAttemptCookie), call.now());
    const auto state = TRY(form_value(query, "state")).value_or("");
    if (!attempt || !equal_in_constant_time(state, attempt->state)) return not_begun();
    // RFC 9207: an answer of another provider is none.
    const auto issuer = TRY(form_value(query, "iss"));
    if (issuer && *issuer != attempt->issuer) return not_begun();
    return *attempt;
}

// Which member the person is: whom an administrator linked to the subject, or who has verified the same
// address.
Result<ResourceId> find_person(store::TenantTransaction& door, const IdentityProvider& provider,
                               const access::OpenIdPerson& person, Instant now) {
    if (const auto known = door.member_of_subject(provider.issuer, person.subject)) return *known;
    const auto unknown = [](const char* detail, const char* note) {
        return failure(ErrorKind::Unauthorized, detail, note);
    };
    if (provider.match_email && person.has_email && person.verified_email.empty()) {
        return unknown("The identity provider has not verified your e-mail address.",
                       "openid_email_unverified");
    }
    if (!provider.match_email || person.verified_email.empty()) {
        return unknown(
            "The identity provider knows you; this tenant does not. Ask an administrator to link you.",
            "openid_unknown");
    }
    const auto account = door.find_verified_account(person.verified_email);
    const auto member = account ? door.member_of_account(account->id) : std::nullopt;
    const auto row = member ? door.find_member(*member) : std::nullopt;
    if (!row || !row->email_verified_at) {
        return unknown("No administrator of this tenant has verified this e-mail address here.",
                       "openid_unknown");
    }
    // From now on it is the subject that counts: addresses are given to others.
    door.put_subject({provider.issuer, person.subject, *member, now});
    return *member;
}

Result<http::Response> come_back(const CallPointer& pointer) {
    Call& call = *pointer;
    const auto& service = *call.service;
    const auto& query = call.head->query;
    const auto attempt = TRY(find_attempt(call));
    if (TRY(form_value(query, "error"))) {
        return failure(ErrorKind::Unauthorized, "The identity provider did not sign you in. Begin again.",
                       "openid_denied");
    }
    const auto code = TRY(form_value(query, "code"));
    if (!code || code->empty() || code->size() > 4'096) return not_begun();
    // Each try costs requests to others.
    auto& guard = *service.sign_in_guard;
    TRY_VOID(guard.try_now(attempt.state, call.caller.address, service.limits,
                           call.now()));
    guard.succeeded(attempt.state);  // nobody guesses here: only the number of tries from an address counts
    const auto target = TRY(find_target(service.store.read(), attempt.tenant));
    service.store.end_read();
    if (target.provider.issuer != attempt.issuer) return not_begun();
    std::string secret;
    if (!target.provider.client_secret.empty()) {
        const auto opened = service.sealing_key
                                ? access::unseal_client_secret(*service.sealing_key, target.tenant.id,
                                                               target.provider.client_secret)
                                : std::nullopt;
        if (!opened) {
            return failure(
                ErrorKind::Unavailable,
                "The secret of the OpenID provider cannot be opened: sealing_key_file is another one.",
                "openid_secret");
        }
        secret = *opened;
    }
    const auto person = TRY(service.openid->redeem(target.provider, attempt, *code, secret));
    const auto find = [&](store::TenantTransaction& door) -> Result<ResourceId> {
        const auto still = door.identity_provider();
        if (!still || still->issuer != target.provider.issuer) return not_begun();
        return find_person(door, *still, person, call.now());
    };
    const auto done = TRY(
        access::sign_in_member(service.store, attempt.tenant, find,
                               std::min(person.authenticated.value_or(Instant{}), call.now()), call.now(),
                               notes_of(pointer, "admin.sign_in")));
    call.caller.tenant = done.session.tenant;
    call.target = done.session.id.text();
    auto response = session_by_cookie(done);
    // Not a redirect: the cookie of the session is SameSite=Strict, and the browser comes from another site.
    if (!attempt.return_to.empty()) response.with("Refresh", "0; url=" + attempt.return_to);
    return response.with("Set-Cookie", attempt_cookie("", 0)).with("Referrer-Policy", "no-referrer");
}

http::Outcome waiting(const CallPointer& call, Result<http::Response> (*work)(const CallPointer&)) {
    return http::Scan{[call, work]() -> http::Finished {
                          auto answer = work(call);
                          return answer ? std::move(*answer) : refusal(*call, answer.error());
                      },
                      true};
}

json::object shown(const IdentityProvider& provider) {
    return json::object{{"issuer", provider.issuer},
                        {"client_id", provider.client_id},
                        {"has_secret", !provider.client_secret.empty()},
                        {"match_email", provider.match_email},
                        {"created", format_instant(provider.created)}};
}

}  // namespace

http::Outcome begin_openid_sign_in(const CallPointer& call) {
    return waiting(call, leave);
}

http::Outcome finish_openid_sign_in(const CallPointer& call) {
    return waiting(call, come_back);
}

http::Outcome get_openid_provider(const CallPointer& call) {
    return read(call, [&](store::Transaction& transaction) -> Result<http::Response> {
        const auto provider = transaction.tenant(call->caller).identity_provider();
        if (!provider) return failure(ErrorKind::NotFound, "The tenant has no OpenID provider.");
        return json_answer(200, json::value(shown(*provider)));
    });
}

http::Outcome set_openid_provider(const CallPointer& call) {
    const auto read_body = [&]() -> Result<IdentityProvider> {
        const auto body = TRY(read_object(*call, {"issuer", "client_id", "client_secret", "match_email"}));
        IdentityProvider wanted;
        wanted.issuer = TRY(required_text(body, "issuer"));
        wanted.client_id = TRY(required_text(body, "client_id"));
        wanted.match_email = TRY(optional_bool(body, "match_email")).value_or(false);
        wanted.client_secret =
            TRY(access::sealed_client_secret(call->service->sealing_key, call->caller.tenant,
                                             TRY(optional_text(body, "client_secret")).value_or("")));
        wanted.created = call->now();
        TRY_VOID(access::check_provider(wanted));
        return wanted;
    };
    auto wanted = read_body();
    if (!wanted) return problem(wanted.error());
    // Whoever says where people prove who they are can be anybody, and so must be nobody's inferior.
    if (auto allowed = check_rank(*call, directory::highest_role(*call->policy)); !allowed) {
        return problem(403, "Only an operator or a member whom nobody ranks above says where people sign in.");
    }
    return http::Scan{[call, wanted = *wanted]() -> http::Finished {
                          if (auto checked = call->service->openid->check_issuer(wanted.issuer); !checked) {
                              call->note = checked.error().note;
                              return problem(400,
                                             "The issuer gives no OpenID configuration of its name: " +
                                                 checked.error().detail,
                                             "invalidValue");
                          }
                          store::write_and_wait(call->service->store, [&](store::Transaction& transaction) {
                              auto& door = transaction.tenant(call->caller);
                              door.put_identity_provider(wanted);
                              leave_event(*call, transaction, "openid.set", "openid", wanted.issuer);
                          });
                          return json_answer(200, json::value(shown(wanted)));
                      },
                      true};
}

http::Outcome remove_openid_provider(const CallPointer& call) {
    return write(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        auto& door = transaction.tenant(call->caller);
        const auto provider = door.identity_provider();
        if (!provider) return failure(ErrorKind::NotFound, "The tenant has no OpenID provider.");
        door.remove_identity_provider();
        leave_event(*call, transaction, "openid.remove", "openid", provider->issuer);
        return no_content();
    });
}

// In the place of what the member has at the provider of the tenant; null takes it away.
http::Outcome link_openid_subject(const CallPointer& call) {
    return write(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        const auto body = TRY(read_object(*call, {"subject"}));
        const auto subject = TRY(optional_text(body, "subject"));
        auto& door = transaction.tenant(call->caller);
        const auto found = TRY(find_member(*call, door));
        TRY_VOID(check_rank(*call, found.member.role));
        TRY_VOID(access::link_subject(door, found.user.id, subject, call->now()));
        call->target = found.user.id.text();
        leave_event(*call, transaction, "openid.link", "User", call->target);
        return no_content();
    });
}

}  // namespace rollcall::api::admin
