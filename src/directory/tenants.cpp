#include "directory/tenants.h"

#include "directory/members.h"
#include "directory/schemas.h"

namespace rollcall::directory {
namespace {

constexpr std::string_view kUser = "User";

json::object role_schema(const Policy& policy) {
    json::array roles;
    for (const auto& role : policy.roles) roles.emplace_back(role);
    json::object role{
        {"name", "role"}, {"description", "The role of the member."}, {"canonicalValues", std::move(roles)}};
    return {{"schemas", json::array{"urn:ietf:params:scim:schemas:core:2.0:Schema"}},
            {"id", policy.role_schema},
            {"name", "Member"},
            {"description", "What the application knows of a member."},
            {"attributes", json::array{std::move(role)}}};
}

json::object user_type(const ResourceType& type, const Policy& policy) {
    json::array extensions;
    for (const auto& extension : type.extensions) {
        extensions.push_back(
            json::object{{"schema", extension.schema->id}, {"required", extension.required}});
    }
    extensions.push_back(json::object{{"schema", policy.role_schema}, {"required", false}});
    return {{"schemas", json::array{"urn:ietf:params:scim:schemas:core:2.0:ResourceType"}},
            {"name", type.name},
            {"endpoint", type.endpoint},
            {"description", type.description},
            {"schema", type.schema->id},
            {"schemaExtensions", std::move(extensions)}};
}

bool may_hide_others(const Policy& before, const Policy& after) {
    return before.visibility != after.visibility || before.roles != after.roles ||
           before.scim_ceiling_role != after.scim_ceiling_role;
}

}  // namespace

Result<void> begin_tenant(Context& context) {
    if (context.policy.role_schema.empty()) return {};
    const ResourceType* user = context.catalogue.find_type(kUser);
    if (user == nullptr)
        return failure(ErrorKind::InvalidValue, "There is no resource type User to show roles on.");
    SchemaObstacles none;
    TRY_VOID(load_schemas(context,
                          {{"", role_schema(context.policy)}, {"", user_type(*user, context.policy)}}, none));
    return {};
}

Result<void> follow_policy(Context& context, const Policy& before) {
    constexpr int64_t kBatch = 500;
    if (!may_hide_others(before, context.policy)) return {};
    ResourceId last;
    for (;;) {
        const auto rows = context.transaction.resources_after(kUser, last, kBatch);
        for (const auto& row : rows) {
            const auto member = context.transaction.find_member(row.id);
            if (!member) continue;
            if (rank_of(context.policy, member->role) < 0) {
                return failure(ErrorKind::Conflict, "Members have the role \"" + member->role +
                                                        "\", which would be gone; change theirs first.");
            }
            if (is_hidden(*member, context.policy) == row.hidden) continue;
            Resource user = resource_of(row, *context.catalogue.find_type(kUser));
            user.member = member;
            TRY_VOID(context.transaction.update(row_of(user, context.policy)));
        }
        if (static_cast<int64_t>(rows.size()) < kBatch) return {};
        last = rows.back().id;
    }
}

}  // namespace rollcall::directory
