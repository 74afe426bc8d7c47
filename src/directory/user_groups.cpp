#include "directory/user_groups.h"

#include <algorithm>

#include "directory/groups.h"

namespace rollcall::directory {
namespace {

class UserGroups {
public:
    UserGroups(Context& context, const ResourceType& group_type, ResourceId user)
        : context_(context), type_(group_type), user_(user) {}

    Result<void> apply(const GroupsEdit& edit) {
        switch (edit.kind) {
            case GroupsEdit::Kind::Add:
                return change_all(TRY(named_groups(edit)), MembershipEdit::Kind::Add);
            case GroupsEdit::Kind::Remove:
                return change_all(TRY(known_groups(edit)), MembershipEdit::Kind::Remove);
            case GroupsEdit::Kind::RemoveMatching:
                return change_all(matching_groups(*edit.filter), MembershipEdit::Kind::Remove);
            case GroupsEdit::Kind::RemoveAll:
                return change_all(ids_of(context_.transaction.direct_groups_of(user_)),
                                  MembershipEdit::Kind::Remove);
            case GroupsEdit::Kind::ReplaceAll:
                return replace_all(edit);
        }
        return {};
    }

private:
    static std::vector<ResourceId> ids_of(const std::vector<store::GroupReference>& groups) {
        std::vector<ResourceId> ids;
        for (const auto& group : groups) ids.push_back(group.id);
        return ids;
    }

    Result<void> replace_all(const GroupsEdit& edit) {
        const auto wanted = TRY(named_groups(edit));
        std::vector<ResourceId> leaving;
        for (const auto& group : context_.transaction.direct_groups_of(user_)) {
            if (std::ranges::find(wanted, group.id) == wanted.end()) leaving.push_back(group.id);
        }
        TRY_VOID(change_all(leaving, MembershipEdit::Kind::Remove));
        return change_all(wanted, MembershipEdit::Kind::Add);
    }

    std::vector<ResourceId> matching_groups(const CheckedFilter& filter) {
        std::vector<ResourceId> matching;
        for (const auto& group : context_.transaction.direct_groups_of(user_)) {
            json::object element{{"value", group.id.text()}, {"type", "direct"}};
            element["$ref"] = location_of(type_, group.id, "");
            if (!group.display.empty()) element["display"] = group.display;
            if (matches_element(filter, element)) matching.push_back(group.id);
        }
        return matching;
    }

    // Those that are not there are made, or refused.
    Result<std::vector<ResourceId>> named_groups(const GroupsEdit& edit) {
        std::vector<ResourceId> found;
        for (const auto& name : edit.groups) {
            auto group = TRY(find(name));
            if (!group) group = TRY(make(name, edit.operation));
            if (std::ranges::find(found, *group) == found.end()) found.push_back(*group);
        }
        return found;
    }

    Result<std::vector<ResourceId>> known_groups(const GroupsEdit& edit) {
        std::vector<ResourceId> found;
        for (const auto& name : edit.groups) {
            if (const auto group = TRY(find(name))) found.push_back(*group);
        }
        return found;
    }

    Result<std::optional<ResourceId>> find(const GroupName& name) {
        if (!name.value.empty()) {
            const auto id = parse_reference(name.value);
            if (id && context_.transaction.find(type_.name, *id)) return id;
            if (const auto group = TRY(find_by("externalId", name.value))) return group;
            if (name.display.empty()) return find_by("displayName", name.value);
        }
        if (name.display.empty()) return std::nullopt;
        return find_by("displayName", name.display);
    }

    // The only group with that value of the attribute.
    Result<std::optional<ResourceId>> find_by(std::string_view attribute, const std::string& value) {
        std::string text = std::string(attribute) + " eq ";
        write_json_string(value, text);
        const auto parsed = TRY(parse_filter(text, context_.limits));
        const auto filter = TRY(check_filter(type_, parsed, UnknownAttributes::Refuse, false));
        store::Query query;
        query.types.push_back({&type_, &filter});
        query.limit = 2;
        query.catalogue = &context_.catalogue;
        const auto page = TRY(context_.transaction.query(query));
        if (page.rows.size() != 1) return std::nullopt;
        return page.rows.front().id;
    }

    Result<ResourceId> make(const GroupName& name, const std::string& operation) {
        const bool is_named = !name.display.empty() || !parse_reference(name.value);
        if (context_.policy.unknown_groups == UnknownGroups::Refuse || !is_named) {
            return failure(ErrorKind::NotFound,
                           operation + " (groups): there is no group as it is named there.");
        }
        Edited wanted;
        wanted.attributes["displayName"] = name.display.empty() ? name.value : name.display;
        if (!name.display.empty() && !name.value.empty()) wanted.attributes["externalId"] = name.value;
        return TRY(create_resource(context_, type_, ResourceId::create(), std::move(wanted))).row.id;
    }

    Result<void> change_all(const std::vector<ResourceId>& groups, MembershipEdit::Kind kind) {
        const Edit edit = [&](const Resource& before) -> Result<Edited> {
            Edited wanted;
            wanted.attributes = before.attributes;
            wanted.memberships.push_back({kind, {user_}});
            return wanted;
        };
        for (const auto& group : groups) TRY_VOID(change_resource(context_, type_, group, {}, "patch", edit));
        return {};
    }

    Context& context_;
    const ResourceType& type_;
    const ResourceId user_;
};

}  // namespace

Result<void> apply_user_groups(Context& context, ResourceId user, const std::vector<GroupsEdit>& edits) {
    if (edits.empty()) return {};
    const ResourceType* type = context.catalogue.find_type(kGroupType);
    if (type == nullptr) return {};  // where there are no groups, no attribute names them
    UserGroups groups(context, *type, user);
    for (const auto& edit : edits) TRY_VOID(groups.apply(edit));
    return {};
}

}  // namespace rollcall::directory
