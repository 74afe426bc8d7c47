// Groups, and which of them take effect (PLU-05).
#include "directory/groups.h"

#include "api/admin/endpoints.h"

namespace rollcall::api::admin {
namespace {

constexpr int64_t kPage = 200;

json::object shown(store::TenantTransaction& door, const store::ResourceRow& row) {
    const auto parsed = parse_json(row.document).value_or(json::object());
    const auto& document = parsed.as_object();
    const auto state = door.find_group_state(row.id).value_or(GroupState{});
    json::object answer{{"id", row.id.text()}};
    if (const auto* name = document.if_contains("displayName")) answer["display_name"] = *name;
    if (const auto* external = document.if_contains("externalId")) answer["external_id"] = *external;
    answer["source"] = state.source;
    answer["enabled"] = state.enabled;
    if (!state.owner.is_nil()) answer["owner"] = state.owner.text();
    answer["member_count"] = door.member_count(row.id);
    return answer;
}

}  // namespace

http::Outcome list_groups(const CallPointer& call) {
    return scan(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        TRY_VOID(check_form(call->head->query, {"tenant", "after"}));
        ResourceId after;
        if (const auto text = TRY(form_value(call->head->query, "after"))) {
            const auto id = ResourceId::parse(*text);
            if (!id) return failure(ErrorKind::InvalidCursor, "\"after\" is the id of a group.");
            after = *id;
        }
        auto& door = transaction.tenant(call->caller);
        const auto rows = door.resources_after("Group", after, kPage);
        json::array list;
        for (const auto& row : rows) list.push_back(shown(door, row));
        json::object answer{{"groups", std::move(list)}};
        if (static_cast<int64_t>(rows.size()) == kPage) answer["next"] = rows.back().id.text();
        return json_answer(200, json::value(std::move(answer)));
    });
}

http::Outcome enable_group(const CallPointer& call) {
    return write(call, [call](store::Transaction& transaction) -> Result<http::Response> {
        const auto body = TRY(read_object(*call, {"enabled"}));
        const auto enabled = TRY(optional_bool(body, "enabled"));
        if (!enabled) return failure(ErrorKind::InvalidValue, "\"enabled\" is true or false.");
        const auto group = TRY(call->id<ResourceId>("group"));
        auto access = TRY(open_directory(*call, transaction));
        auto& door = access.context.transaction;
        const auto row = door.find("Group", group);
        if (!row) return failure(ErrorKind::NotFound, "There is nothing with this id.");
        TRY(directory::enable_group(access.context, group, *enabled));
        call->target = group.text();
        return json_answer(200, json::value(shown(door, *row)));
    });
}

}  // namespace rollcall::api::admin
