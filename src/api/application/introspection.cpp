// RFC 7662: what a token is worth, with the very commit that changes it: sessions and keys are ended by the
// commit that deactivates their member, and nothing is remembered here.
#include "api/application/endpoints.h"

namespace rollcall::api::application {
namespace {

// Written by hand: it is asked with every request that the application serves.
class Active {
public:
    Active(const Caller& caller, ResourceId member, std::string_view kind) {
        body_ = R"({"active":true,"sub":")";
        append_uuid(member.bytes, body_);
        add("tenant", caller.tenant_slug);
        body_ += R"(","token_type":"Bearer","kind":")";
        body_ += kind;
    }
    // Slugs and ids need no escapes.
    void add(std::string_view name, std::string_view plain) {
        body_ += "\",\"";
        body_ += name;
        body_ += "\":\"";
        body_ += plain;
    }
    http::Response end(std::string_view scope, Instant issued, std::optional<Instant> expires) {
        body_ += '"';
        if (!scope.empty()) {
            body_ += ",\"scope\":";
            write_json_string(scope, body_);
        }
        body_ += ",\"iat\":" + std::to_string(issued.ms / 1'000);
        if (expires) body_ += ",\"exp\":" + std::to_string(expires->ms / 1'000);
        body_ += '}';
        return json_answer(200, std::move(body_));
    }

private:
    std::string body_;
};

http::Response inactive() {
    return json_answer(200, std::string(R"({"active":false})"));
}

http::Response answer_for(Call& call, std::string_view token) {
    auto& tenant = call.service->store.read().tenant(call.caller);
    const auto now = call.now();
    if (token.starts_with(kSessionPrefix)) {
        const auto session = tenant.find_session_by_token(sha256(token));
        if (!session || session->expires <= now) return inactive();
        Active active(call.caller, session->member, "session");
        active.add("jti", session->id.text());
        return active.end({}, session->created, session->expires);
    }
    if (token.starts_with(kKeyPrefix)) {
        const auto key = tenant.find_key_by_token(sha256(token));
        if (!key || !key->is_live(now)) return inactive();
        Active active(call.caller, key->member, "key");
        active.add("jti", key->id.text());
        return active.end(key->scope, key->created, key->expires);
    }
    return inactive();
}

}  // namespace

http::Outcome introspect(const CallPointer& call) {
    auto token = form_value(call->body, "token");
    if (!token) return problem(token.error());
    if (!*token) return problem(400, "The body must have the parameter \"token\".", "invalidValue");
    return answer_for(*call, **token);
}

}  // namespace rollcall::api::application
