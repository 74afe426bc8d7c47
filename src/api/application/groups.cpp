// Groups of the tenant, and the groups of a member.
#include "api/application/endpoints.h"
#include "api/application/page.h"
#include "directory/scopes.h"

namespace rollcall::api::application {
namespace {

std::unexpected<Error> nothing_here() {
    return failure(ErrorKind::NotFound, "There is nothing with this id.");
}

json::object shown(const ResourceType& type, store::TenantTransaction& tenant, const store::RowView& row) {
    auto attributes = shown_attributes(type, row.document);
    const auto state = tenant.find_group_state(row.id).value_or(GroupState{});
    json::object shown{{"id", row.id.text()}};
    if (const auto* name = attributes.if_contains("displayName")) shown["display_name"] = *name;
    if (const auto* external = attributes.if_contains("externalId")) shown["external_id"] = *external;
    shown["source"] = state.source;
    shown["enabled"] = state.enabled;
    if (!state.owner.is_nil()) shown["owner"] = state.owner.text();
    shown["member_count"] = tenant.member_count(row.id);
    shown["created"] = format_instant(row.created);
    shown["last_modified"] = format_instant(row.last_modified);
    return shown;
}

json::value shown(const store::MemberRow& member) {
    return json::object{{"id", member.id.text()}, {"type", member.type}, {"display", member.display}};
}

}  // namespace

http::Outcome list_groups(const CallPointer& call) {
    auto request = read_page(*call, "groups");
    if (!request) return problem(request.error());
    return scan(call, [call, request = *request](store::Transaction& transaction) -> Result<http::Response> {
        const auto access = TRY(open_directory(*call, transaction));
        auto found = TRY(query_page(*call, transaction, "Group", request));
        json::array list;
        for (const auto& row : found.page.rows) {
            list.push_back(shown(access.type("Group"), access.context.transaction, row));
        }
        json::object answer{{"groups", std::move(list)}};
        if (found.next_cursor) answer["next_cursor"] = *found.next_cursor;
        return json_answer(200, json::value(std::move(answer)));
    });
}

http::Outcome get_group(const CallPointer& call) {
    return read(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        const auto access = TRY(open_directory(*call, transaction));
        const auto row = access.context.transaction.find("Group", TRY(call->id<ResourceId>("group")));
        if (!row) return nothing_here();
        return json_answer(
            200, json::value(shown(access.type("Group"), access.context.transaction, store::view_of(*row))));
    });
}

http::Outcome list_members_of_group(const CallPointer& call) {
    return scan(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        auto& tenant = transaction.tenant(call->caller);
        const auto group = TRY(call->id<ResourceId>("group"));
        TRY_VOID(check_form(call->head->query, {"effective"}));
        const auto effective = TRY(form_value(call->head->query, "effective")).value_or("false");
        if (!tenant.find("Group", group)) return nothing_here();
        json::array list;
        if (effective == "true") {
            for (const auto& member : directory::effective_members(tenant, group))
                list.push_back(shown(member));
        } else if (effective == "false") {
            tenant.members(group, [&](const store::MemberRow& member) { list.push_back(shown(member)); });
        } else {
            return failure(ErrorKind::InvalidValue, "\"effective\" must be true or false.");
        }
        return json_answer(200, json::value(json::object{{"members", std::move(list)}}));
    });
}

http::Outcome list_groups_of_member(const CallPointer& call) {
    return read(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        auto& tenant = transaction.tenant(call->caller);
        const auto member = TRY(call->id<ResourceId>("member"));
        if (!tenant.find("User", member)) return nothing_here();
        json::array list;
        for (const auto& group : directory::effective_groups(tenant, member)) {
            list.push_back(
                json::object{{"id", group.id.text()}, {"display", group.display}, {"direct", group.direct}});
        }
        return json_answer(200, json::value(json::object{{"groups", std::move(list)}}));
    });
}

}  // namespace rollcall::api::application
