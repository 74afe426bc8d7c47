// Sessions of members: opened by the application once it has seen who somebody is, ended by it or by the
// commit that deactivates the member.
#include "access/token.h"
#include "api/application/endpoints.h"
#include "directory/sign_in.h"

namespace rollcall::api::application {
namespace {

constexpr int64_t kLifetimeSeconds = 12 * 3'600;
constexpr int64_t kLifetimeSecondsMax = 90 * 86'400;

json::object shown(const Session& session) {
    return json::object{{"id", session.id.text()},
                        {"member", session.member.text()},
                        {"created", format_instant(session.created)},
                        {"expires", format_instant(session.expires)}};
}

// The member of the path exists in the tenant of the caller.
Result<ResourceId> known_member(const Call& call, store::TenantTransaction& tenant) {
    const auto member = TRY(call.id<ResourceId>("member"));
    if (tenant.find("User", member)) return member;
    return failure(ErrorKind::NotFound, "There is nothing with this id.");
}

}  // namespace

http::Outcome open_session(const CallPointer& call) {
    auto body = read_object(*call, {"lifetime_s"});
    if (!body) return problem(body.error());
    const auto lifetime = optional_integer(*body, "lifetime_s");
    if (!lifetime) return problem(lifetime.error());
    const int64_t seconds = lifetime->value_or(kLifetimeSeconds);
    if (seconds < 1 || seconds > kLifetimeSecondsMax) {
        return problem(400,
                       "\"lifetime_s\" must be a number of seconds from 1 to " +
                           std::to_string(kLifetimeSecondsMax) + ".",
                       "invalidValue");
    }
    return write(call, [call, seconds](store::Transaction& transaction) -> Result<http::Response> {
        auto& tenant = transaction.tenant(call->caller);
        const auto member = TRY(call->id<ResourceId>("member"));
        TRY_VOID(directory::check_sign_in(tenant, *call->policy, member));
        const auto now = call->now();
        const Secret token = access::make_token(kSessionPrefix);
        const Session session{SessionId::create(), member, sha256(token.reveal()), now,
                              Instant{now.ms + seconds * 1'000}};
        tenant.forget_expired_sessions(member, now);
        tenant.insert_session(session);
        call->target = member.text();
        auto answer = shown(session);
        answer["token"] = token.reveal();
        return json_answer(201, json::value(std::move(answer)));
    });
}

http::Outcome list_sessions(const CallPointer& call) {
    return read(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        auto& tenant = transaction.tenant(call->caller);
        const auto member = TRY(known_member(*call, tenant));
        json::array list;
        for (const auto& session : tenant.sessions_of(member)) {
            if (session.expires > call->now()) list.push_back(shown(session));
        }
        return json_answer(200, json::value(json::object{{"sessions", std::move(list)}}));
    });
}

http::Outcome end_sessions(const CallPointer& call) {
    return write(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        auto& tenant = transaction.tenant(call->caller);
        const auto member = TRY(known_member(*call, tenant));
        call->target = member.text();
        tenant.end_sessions_of(member);
        return no_content();
    });
}

http::Outcome end_session(const CallPointer& call) {
    return write(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        auto& tenant = transaction.tenant(call->caller);
        const auto member = TRY(call->id<ResourceId>("member"));
        const auto id = TRY(call->id<SessionId>("session"));
        const auto session = tenant.find_session(id);
        if (!session || session->member != member) {
            return failure(ErrorKind::NotFound, "There is nothing with this id.");
        }
        call->target = member.text();
        tenant.end_session(id);
        return no_content();
    });
}

}  // namespace rollcall::api::application
