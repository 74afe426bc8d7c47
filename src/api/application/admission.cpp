#include "api/application/admission.h"

#include "access/authenticate.h"
#include "access/service_key.h"
#include "api/route.h"

namespace rollcall::api::application {

Result<void> admit(Call& call) {
    const auto& service = *call.service;
    if (call.route != nullptr && call.route->needs.empty()) return {};
    auto& transaction = service.store.read();
    auto known = access::authenticate_service_key(transaction, call.head->header("Authorization"), call.head->host,
                                                  service.access, service.clock());
    if (!known) return std::unexpected(std::move(known).error());
    call.caller.tenant = known->tenant.id;
    call.caller.tenant_slug = std::move(known->tenant.slug);
    call.caller.credential = CredentialId{known->key.id.bytes};
    call.caller.right = Right::Provision;
    call.scopes = known->key.scopes;
    call.policy = std::move(known->policy);
    if (known->touch) {
        // Reads leave the time of last use to a job of its own.
        service.store.submit_for(
            call.caller.tenant,
            [caller = call.caller, id = known->key.id, time = call.head->received](
                store::Transaction& writer) { writer.tenant(caller).touch_service_key(id, time); },
            [](std::exception_ptr) {});
    }
    if (call.route == nullptr || call.scopes.has(call.route->needs)) return {};
    return failure(ErrorKind::Forbidden,
                   "The service key lacks the scope " + std::string(call.route->needs) + ".");
}

}  // namespace rollcall::api::application
