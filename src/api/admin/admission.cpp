#include "api/admin/admission.h"

#include "access/authenticate.h"
#include "api/route.h"
#include "base/text.h"

namespace rollcall::api::admin {
namespace {

constexpr std::string_view kRecently = " recently";

struct Presented {
    std::string token;
    bool by_cookie = false;
};

Presented presented_by(const http::Head& head) {
    const auto authorization = head.header("Authorization");
    const auto blank = authorization.find(' ');
    if (blank != std::string_view::npos && equals_ignoring_case(authorization.substr(0, blank), "bearer")) {
        return {std::string(trim(authorization.substr(blank + 1)))};
    }
    // Something else was presented: a cookie does not help it.
    if (!authorization.empty()) return {"?"};
    return {cookie_named(head, access::kAdminCookie), true};
}

// A browser sends the cookie whoever made the request; a page of somebody else knows neither the CSRF token
// nor can it set the header Origin (T61).
Result<void> check_origin(const http::Head& head, const std::string& token) {
    if (head.method == http::Method::Get || head.method == http::Method::Head) return {};
    const auto host = head.header("Host");
    const auto origin = (head.secure ? "https://" : "http://") + std::string(host.empty() ? head.host : host);
    if (head.header("Origin") != origin) {
        return failure(ErrorKind::Forbidden,
                       "A change with the cookie of a session needs the Origin of this server.");
    }
    if (!equal_in_constant_time(head.header("X-CSRF-Token"), access::csrf_token_of(token))) {
        return failure(ErrorKind::Forbidden, "A change with the cookie of a session needs its X-CSRF-Token.");
    }
    return {};
}

// The tenant that the request is about: that of the session and no other, or the one that the operator names.
Result<void> take_tenant(Call& call, store::Transaction& transaction, const access::Administrator& known) {
    const auto named = TRY(form_value(call.head->query, "tenant"));
    std::optional<Tenant> tenant = known.tenant;
    if (known.is_operator()) {
        if (!named) {
            return failure(ErrorKind::Forbidden,
                           "An operator names the tenant of this request: ?tenant=SLUG.");
        }
        tenant = transaction.find_tenant(*named);
        if (!tenant) return failure(ErrorKind::NotFound, "There is no tenant with this slug.");
    } else if (named && *named != tenant->slug) {
        return failure(ErrorKind::Forbidden, "The session is good for its own tenant only.");
    }
    call.caller.tenant = tenant->id;
    call.caller.tenant_slug = tenant->slug;
    call.policy = TRY(access::policy_of(*tenant));
    call.tenant = std::move(tenant);
    return {};
}

}  // namespace

std::string cookie_named(const http::Head& head, std::string_view wanted) {
    std::string found;
    for (const auto& [name, value] : head.headers) {
        if (!equals_ignoring_case(name, "Cookie")) continue;
        std::string_view rest = value;
        while (!rest.empty()) {
            const auto part = trim(rest.substr(0, rest.find(';')));
            rest.remove_prefix(std::min(rest.find(';'), rest.size() - 1) + 1);
            const auto equals = part.find('=');
            if (equals != std::string_view::npos && part.substr(0, equals) == wanted) {
                found = part.substr(equals + 1);
            }
        }
    }
    return found;
}

Result<void> admit(Call& call) {
    const auto& service = *call.service;
    auto needs = call.route != nullptr ? call.route->needs : std::string_view("session");
    if (needs.empty()) return {};
    const bool wants_proof = needs.ends_with(kRecently);
    if (wants_proof) needs.remove_suffix(kRecently.size());
    const auto presented = presented_by(*call.head);
    auto& transaction = service.store.read();
    auto known = TRY(access::authenticate_administrator(transaction, presented.token, call.now()));
    if (presented.by_cookie) TRY_VOID(check_origin(*call.head, presented.token));
    call.caller.right = Right::Administer;
    call.caller.user = known.session.member;
    call.caller.credential =
        CredentialId{known.is_operator() ? known.session.operator_id.bytes : known.session.member.bytes};
    if (known.tenant) {
        call.caller.tenant = known.tenant->id;
        call.caller.tenant_slug = known.tenant->slug;
    }
    if (needs == "operator" && !known.is_operator()) {
        return failure(ErrorKind::Forbidden, "Only an operator may do this.");
    }
    if (needs == "administer") TRY_VOID(take_tenant(call, transaction, known));
    if (wants_proof && !known.is_proven(call.now())) {
        return failure(
            ErrorKind::Forbidden,
            "Give your password again (POST /session/proof): for this it must be less than five minutes "
            "ago.",
            "proof");
    }
    if (known.touch) {
        service.store.submit(
            [session = known.session, time = call.head->received](store::Transaction& writer) {
                auto row = writer.find_admin_session(session.token_hash);
                if (!row) return;
                row->last_used = std::max(row->last_used, time);
                writer.put_admin_session(*row);
            },
            [](std::exception_ptr) {});
    }
    call.administrator = std::make_shared<const access::Administrator>(std::move(known));
    return {};
}

}  // namespace rollcall::api::admin
