// The issuers whose signed tokens the tenant takes (STD-04). One is known by the credential that stands for it.
#include "access/issuer.h"

#include "api/admin/endpoints.h"
#include "audit/record.h"

namespace rollcall::api::admin {
namespace {

// The keys as text: PEM, or a JWK Set that may stand in the body as it is.
Result<std::string> keys_in(const json::object& body) {
    const auto* keys = body.if_contains("keys");
    if (keys == nullptr || keys->is_null()) return std::string();
    if (keys->is_object()) return to_json(*keys);
    return TRY(optional_text(body, "keys")).value_or("");
}

Result<access::NewIssuer> read_issuer(const Call& call) {
    const auto body = TRY(read_object(call, {"issuer", "audience", "tenant_claim", "tenant_value", "keys", "keys_url",
                                             "algorithm", "kid", "name", "slug"}));
    access::NewIssuer wanted;
    wanted.url = TRY(required_text(body, "issuer"));
    wanted.audience = TRY(required_text(body, "audience"));
    wanted.tenant_claim = TRY(optional_text(body, "tenant_claim")).value_or("");
    wanted.tenant_value = TRY(optional_text(body, "tenant_value")).value_or("");
    wanted.key_file = TRY(keys_in(body));
    wanted.keys_url = TRY(optional_text(body, "keys_url")).value_or("");
    wanted.algorithm = TRY(optional_text(body, "algorithm")).value_or("");
    wanted.kid = TRY(optional_text(body, "kid")).value_or("");
    wanted.name = TRY(optional_text(body, "name")).value_or("");
    wanted.slug = TRY(optional_text(body, "slug")).value_or("");
    if (wanted.key_file.empty() == wanted.keys_url.empty()) {
        return failure(ErrorKind::InvalidValue, "Say where the keys are: either \"keys\" or \"keys_url\".");
    }
    return wanted;
}

std::optional<store::IssuerRow> issuer_named(store::TenantTransaction& door, std::string_view url) {
    for (auto& row : door.issuers()) {
        if (row.url == url) return std::move(row);
    }
    return std::nullopt;
}

Result<http::Response> put(const Call& call, store::Transaction& transaction, const access::NewIssuer& wanted) {
    auto& door = transaction.tenant(call.caller);
    const auto before = issuer_named(door, wanted.url);
    const auto row = TRY(access::put_issuer(door, *call.tenant, wanted, call.now()));
    leave_event(call, transaction, "issuer.add", "issuer", row.url,
                audit::payload_of(before ? access::shown_issuer(*before) : json::object(), access::shown_issuer(row)));
    return json_answer(before ? 200 : 201, json::value(access::shown_issuer(row)));
}

}  // namespace

http::Outcome list_issuers(const CallPointer& call) {
    return read(call, [&](store::Transaction& transaction) -> Result<http::Response> {
        json::array list;
        for (const auto& row : transaction.tenant(call->caller).issuers()) list.push_back(access::shown_issuer(row));
        return json_answer(200, json::value(json::object{{"issuers", std::move(list)}}));
    });
}

http::Outcome put_issuer(const CallPointer& call) {
    auto wanted = read_issuer(*call);
    if (!wanted) return problem(wanted.error());
    if (wanted->keys_url.empty()) {
        return write(call, [call, wanted = *wanted](store::Transaction& transaction) {
            return put(*call, transaction, wanted);
        });
    }
    // Fetched before the change begins: no transaction waits for somebody else.
    return http::Scan{[call, wanted = *std::move(wanted)]() mutable -> http::Finished {
                          auto keys = access::keys_at(call->service->openid->fetcher(), wanted.keys_url);
                          if (!keys) {
                              call->note = keys.error().note;
                              return problem(keys.error());
                          }
                          wanted.fetched_keys = *std::move(keys);
                          Result<http::Response> answer = http::Response();
                          store::write_and_wait(call->service->store, [&](store::Transaction& transaction) {
                              transaction.mark();
                              answer = put(*call, transaction, wanted);
                              if (!answer) transaction.undo_to_mark();
                          });
                          return answer ? std::move(*answer) : problem(answer.error());
                      },
                      true};
}

http::Outcome remove_issuer(const CallPointer& call) {
    return write(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        const auto id = TRY(call->id<CredentialId>("issuer"));
        auto& door = transaction.tenant(call->caller);
        for (const auto& row : door.issuers()) {
            if (row.credential != id) continue;
            TRY_VOID(access::remove_issuer(door, row.url, call->now()));
            call->target = id.text();
            leave_event(*call, transaction, "issuer.remove", "issuer", row.url,
                        audit::payload_of(access::shown_issuer(row), {}));
            return no_content();
        }
        return failure(ErrorKind::NotFound, "There is nothing with this id.");
    });
}

}  // namespace rollcall::api::admin
