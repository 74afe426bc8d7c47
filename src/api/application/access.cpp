// What a member may read and write (PLU-04): the answers of directory/scopes.h.
#include "api/application/endpoints.h"
#include "directory/scopes.h"

namespace rollcall::api::application {
namespace {

Result<ResourceId> known_member(const Call& call, store::TenantTransaction& tenant) {
    const auto member = TRY(call.id<ResourceId>("member"));
    if (tenant.find("User", member)) return member;
    return failure(ErrorKind::NotFound, "There is nothing with this id.");
}

}  // namespace

http::Outcome list_scopes(const CallPointer& call) {
    return read(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        auto& tenant = transaction.tenant(call->caller);
        const auto member = TRY(known_member(*call, tenant));
        json::array list;
        for (const auto& grant : directory::scopes_of(tenant, *call->policy, member)) {
            list.push_back(
                json::object{{"scope", grant.scope}, {"access", directory::access_name(grant.access)}});
        }
        return json_answer(200, json::value(json::object{{"scopes", std::move(list)}}));
    });
}

http::Outcome check_access(const CallPointer& call) {
    return read(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        const auto query = call->head->query;
        TRY_VOID(check_form(query, {"scope", "access"}));
        const auto scope = TRY(form_value(query, "scope"));
        if (!scope) return failure(ErrorKind::InvalidValue, "The parameter \"scope\" is missing.");
        const auto wanted = TRY(directory::read_scope(*scope, directory::ScopeForm::Exact));
        const auto access = TRY(directory::access_named(TRY(form_value(query, "access")).value_or("read")));
        auto& tenant = transaction.tenant(call->caller);
        const auto member = TRY(known_member(*call, tenant));
        const bool allowed = directory::may_access(tenant, *call->policy, member, wanted, access);
        return json_answer(200, json::value(json::object{{"allowed", allowed}}));
    });
}

}  // namespace rollcall::api::application
