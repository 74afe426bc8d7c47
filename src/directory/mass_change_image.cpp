#include "directory/mass_change_image.h"

#include "base/check.h"
#include "directory/scopes.h"

namespace rollcall::directory {
namespace {

json::array ids_in(std::span<const ResourceId> ids) {
    json::array list;
    for (const auto& id : ids) list.emplace_back(id.text());
    return list;
}

void add_time(json::object& out, std::string_view name, const std::optional<Instant>& time) {
    if (time) out[name] = time->ms;
}

json::object shown(const Member& member) {
    json::object out{{"role", member.role},
                     {"previous_role", member.previous_role},
                     {"manual", member.managed == Managed::Manual},
                     {"pre_linked", member.pre_linked},
                     {"deactivated_by", member.deactivated_by},
                     {"removed_name", member.removed_name}};
    if (!member.account.is_nil()) out["account"] = member.account.text();
    add_time(out, "deactivated_at", member.deactivated_at);
    add_time(out, "removed_at", member.removed_at);
    add_time(out, "email_verified_at", member.email_verified_at);
    return out;
}

// Of images that image_of() made; what is not in there was not set.
class Reader {
public:
    explicit Reader(const json::object& values) : values_(values) {}

    std::string text(std::string_view name) const {
        const auto* value = values_.if_contains(name);
        return value != nullptr ? std::string(value->as_string()) : std::string();
    }
    bool flag(std::string_view name) const {
        const auto* value = values_.if_contains(name);
        return value != nullptr && value->as_bool();
    }
    std::optional<Instant> time(std::string_view name) const {
        const auto* value = values_.if_contains(name);
        if (value == nullptr) return std::nullopt;
        return Instant{value->as_int64()};
    }
    template <class AnyId>
    AnyId id(std::string_view name) const {
        return AnyId::parse(text(name)).value_or(AnyId{});
    }
    std::vector<ResourceId> ids(std::string_view name) const {
        std::vector<ResourceId> found;
        if (const auto* list = values_.if_contains(name)) {
            for (const auto& one : list->as_array()) found.push_back(*ResourceId::parse(one.as_string()));
        }
        return found;
    }
    const json::object* object(std::string_view name) const {
        const auto* value = values_.if_contains(name);
        return value != nullptr ? &value->as_object() : nullptr;
    }

private:
    const json::object& values_;
};

Member member_of(const Reader& from, ResourceId id) {
    Member member;
    member.id = id;
    member.account = from.id<AccountId>("account");
    member.role = from.text("role");
    member.previous_role = from.text("previous_role");
    member.managed = from.flag("manual") ? Managed::Manual : Managed::Scim;
    member.pre_linked = from.flag("pre_linked");
    member.deactivated_at = from.time("deactivated_at");
    member.deactivated_by = from.text("deactivated_by");
    member.removed_at = from.time("removed_at");
    member.removed_name = from.text("removed_name");
    member.email_verified_at = from.time("email_verified_at");
    return member;
}

void add_beside(Context& context, const Resource& before, json::object& image) {
    json::object grants;
    for (const auto& grant : context.transaction.grants_of(before.id)) {
        grants[grant.scope] = access_name(grant.access);
    }
    image["grants"] = std::move(grants);
    std::vector<ResourceId> groups;
    for (const auto& group : context.transaction.direct_groups_of(before.id)) groups.push_back(group.id);
    image["groups"] = ids_in(groups);
    if (const auto state = context.transaction.find_group_state(before.id)) {
        image["state"] = json::object{
            {"source", state->source}, {"owner", state->owner.text()}, {"enabled", state->enabled}};
    }
}

constexpr int64_t kContentKept = 1'000;

json::array content_in(Context& context, ResourceId owner) {
    json::array list;
    for (const auto& one : context.transaction.content_of(owner, "", "", kContentKept)) {
        list.push_back(json::array{json::value(one.scope), json::value(one.reference), one.registered.ms});
    }
    return list;
}

}  // namespace

std::string image_of(Context& context, Loss::Kind kind, const Resource& before,
                     std::span<const ResourceId> removed) {
    json::object image;
    if (!removed.empty()) image["members"] = ids_in(removed);
    if (kind != Loss::Kind::Removal) {
        image["attributes"] = before.attributes;
        image["created"] = before.created.ms;
        image["version"] = before.version;
        if (before.member) image["member"] = shown(*before.member);
    }
    if (kind == Loss::Kind::Deletion || kind == Loss::Kind::GroupDeletion) add_beside(context, before, image);
    if (kind == Loss::Kind::Deletion) image["content"] = content_in(context, before.id);
    return to_json(image);
}

LossImage read_image(const Loss& loss, const ResourceType& type) {
    // Larger than anything that comes by HTTP: the members of a group are in one image.
    constexpr JsonLimits kLimits{64, 4'000'000, 4'096, 16'777'216};
    const auto parsed = parse_json(loss.image, kLimits);
    CHECK(parsed && parsed->is_object());
    const Reader image(parsed->as_object());
    LossImage out;
    out.before.type = &type;
    out.before.id = loss.target;
    if (const auto* attributes = image.object("attributes")) out.before.attributes = *attributes;
    out.before.created = image.time("created").value_or(Instant{});
    out.before.version = image.time("version").value_or(Instant{}).ms;
    if (const auto* member = image.object("member")) out.before.member = member_of(Reader(*member), loss.target);
    if (const auto* grants = image.object("grants")) {
        for (const auto& grant : *grants) {
            const auto access = access_named(grant.value().as_string());
            if (access) out.grants.push_back({std::string(grant.key()), *access});
        }
    }
    if (const auto* state = image.object("state")) {
        const Reader from(*state);
        out.state = GroupState{loss.target, from.text("source"), from.id<ResourceId>("owner"), from.flag("enabled")};
    }
    if (const auto* content = parsed->as_object().if_contains("content")) {
        for (const auto& one : content->as_array()) {
            const auto& values = one.as_array();
            out.content.push_back({std::string(values.at(0).as_string()), std::string(values.at(1).as_string()),
                                   loss.target, Instant{values.at(2).as_int64()}});
        }
    }
    out.groups = image.ids("groups");
    out.members = image.ids("members");
    return out;
}

}  // namespace rollcall::directory
