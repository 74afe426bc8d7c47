// What members may read and write: by themselves, by their groups, and all in all (PLU-04).
#include "api/admin/endpoints.h"
#include "api/admin/members.h"
#include "directory/groups.h"
#include "directory/scopes.h"

namespace rollcall::api::admin {
namespace {

json::array shown(const std::vector<ScopeGrant>& grants) {
    json::array list;
    for (const auto& grant : grants) {
        list.push_back(json::object{{"scope", grant.scope}, {"access", directory::access_name(grant.access)}});
    }
    return list;
}

http::Response answer_of(std::string_view name, const std::vector<ScopeGrant>& grants) {
    return json_answer(200, json::value(json::object{{name, shown(grants)}}));
}

Result<std::vector<ScopeGrant>> read_grants(const Call& call) {
    const auto body = TRY(read_object(call, {"grants"}));
    const auto* list = body.if_contains("grants");
    if (list == nullptr || !list->is_array()) {
        return failure(ErrorKind::InvalidValue, "\"grants\" is a list of {\"scope\", \"access\"}.");
    }
    std::vector<ScopeGrant> grants;
    for (const auto& one : list->as_array()) {
        if (!one.is_object()) return failure(ErrorKind::InvalidValue, "Each of \"grants\" is an object.");
        ScopeGrant grant;
        grant.scope = TRY(required_text(one.as_object(), "scope"));
        grant.access = TRY(directory::access_named(TRY(required_text(one.as_object(), "access"))));
        grants.push_back(std::move(grant));
    }
    return grants;
}

Result<http::Response> granted(Call& call, store::Transaction& transaction, ResourceId subject) {
    auto grants = TRY(read_grants(call));
    auto access = TRY(open_directory(call, transaction));
    TRY_VOID(directory::set_grants(access.context, subject, std::move(grants)));
    call.target = subject.text();
    return answer_of("grants", access.context.transaction.grants_of(subject));
}

Result<ResourceId> find_group(const Call& call, store::TenantTransaction& door) {
    const auto id = TRY(call.id<ResourceId>("group"));
    if (door.find("Group", id)) return id;
    return failure(ErrorKind::NotFound, "There is nothing with this id.");
}

}  // namespace

http::Outcome list_scopes(const CallPointer& call) {
    return scan(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        auto& door = transaction.tenant(call->caller);
        const auto found = TRY(find_member(*call, door));
        return answer_of("scopes", directory::scopes_of(door, *call->policy, found.user.id));
    });
}

http::Outcome list_grants_of_member(const CallPointer& call) {
    return read(call, [&](store::Transaction& transaction) -> Result<http::Response> {
        auto& door = transaction.tenant(call->caller);
        return answer_of("grants", door.grants_of(TRY(find_member(*call, door)).user.id));
    });
}

http::Outcome grant_to_member(const CallPointer& call) {
    return write(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        const auto found = TRY(find_member(*call, transaction.tenant(call->caller)));
        TRY_VOID(check_rank(*call, found.member.role));
        return granted(*call, transaction, found.user.id);
    });
}

http::Outcome list_grants_of_group(const CallPointer& call) {
    return read(call, [&](store::Transaction& transaction) -> Result<http::Response> {
        auto& door = transaction.tenant(call->caller);
        return answer_of("grants", door.grants_of(TRY(find_group(*call, door))));
    });
}

http::Outcome grant_to_group(const CallPointer& call) {
    return write(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        return granted(*call, transaction, TRY(find_group(*call, transaction.tenant(call->caller))));
    });
}

}  // namespace rollcall::api::admin
