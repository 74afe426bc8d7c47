#include "audit/record.h"

#include <algorithm>

#include "base/text.h"

namespace rollcall::audit {
namespace {

struct Actor {
    std::string_view kind;
    UuidBytes id{};
};

Actor actor_of(const Caller& caller) {
    switch (caller.channel) {
        case Channel::Application:
            return {"application", caller.credential.bytes};
        case Channel::Admin:
            if (caller.user.is_nil()) return {"operator", caller.credential.bytes};
            return {"admin", caller.user.bytes};
        case Channel::CommandLine:
            return {"operator", {}};
        case Channel::Scim:
            break;
    }
    if (!caller.user.is_nil()) return {"member", caller.user.bytes};
    return {"credential", caller.credential.bytes};
}

// What is kept of a member beside its document.
json::object shown_member(const Member& member) {
    json::object shown{{"role", member.role},
                       {"managed", member.managed == Managed::Scim ? "scim" : "manual"}};
    shown["active"] = member.is_active();
    shown["removed"] = member.removed_at.has_value();
    shown["email_verified"] = member.email_verified_at.has_value();
    shown["pre_linked"] = member.pre_linked;
    return shown;
}

constexpr std::string_view kWithheld = "\"[withheld]\"";

// Writes the members of {"before": ..., "after": ...} and the list they are in.
class Payload {
public:
    explicit Payload(std::span<const std::string> withheld) : withheld_(withheld) {}

    // Everything that is in one of them alone, or differs.
    void compare(const Schema* schema, const json::object& before, const json::object& after,
                 const std::string& prefix = {}) {
        for (const auto& member : before) {
            const auto* now = after.if_contains(member.key());
            if (now == nullptr || *now != member.value())
                difference(schema, prefix, member.key(), &member.value(), now);
        }
        for (const auto& member : after) {
            if (before.if_contains(member.key()) == nullptr) {
                difference(schema, prefix, member.key(), nullptr, &member.value());
            }
        }
    }

    void whole(const ResourceType& own_type, std::string_view name, const json::object& attributes) {
        begin_member(name);
        text_ += '{';
        bool first = true;
        for (const auto& member : attributes) {
            if (!first) text_ += ',';
            first = false;
            write_json_string(member.key(), text_);
            text_ += ':';
            const auto* extension = own_type.find_extension(member.key());
            if (extension != nullptr && member.value().is_object()) {
                nested(*extension->schema, member.value().get_object());
            } else {
                value(own_type.schema->find(member.key()), member.key(), &member.value());
            }
        }
        text_ += '}';
    }

    void members(std::string_view name, std::string_view count_name, std::span<const ResourceId> ids) {
        if (ids.empty()) return;
        begin_member(name);
        text_ += '[';
        for (size_t i = 0; i < std::min(ids.size(), kMembersListed); ++i) {
            text_ += i == 0 ? "\"" : ",\"";
            append_uuid(ids[i].bytes, text_);
            text_ += '"';
        }
        text_ += ']';
        number(count_name, static_cast<int64_t>(ids.size()));
    }

    void number(std::string_view name, int64_t number) {
        begin_member(name);
        text_ += std::to_string(number);
    }

    std::string take() && {
        std::string out = "{";
        if (!changes_.empty()) out += "\"changes\":[" + changes_ + "]" + (text_.empty() ? "" : ",");
        return out + text_ + "}";
    }

    const ResourceType* type = nullptr;  // whose extensions are told apart

private:
    void begin_member(std::string_view name) {
        if (!text_.empty()) text_ += ',';
        write_json_string(name, text_);
        text_ += ':';
    }

    void nested(const Schema& schema, const json::object& attributes) {
        text_ += '{';
        bool first = true;
        for (const auto& member : attributes) {
            if (!first) text_ += ',';
            first = false;
            write_json_string(member.key(), text_);
            text_ += ':';
            value(schema.find(member.key()), member.key(), &member.value());
        }
        text_ += '}';
    }

    void difference(const Schema* schema, const std::string& prefix, std::string_view name,
                    const json::value* before, const json::value* after) {
        static const json::object kNothing;
        const auto object = [](const json::value* value) {
            return value != nullptr && value->is_object() ? &value->get_object() : nullptr;
        };
        if (const auto* extension =
                type != nullptr && prefix.empty() ? type->find_extension(name) : nullptr) {
            compare(extension->schema, object(before) != nullptr ? *object(before) : kNothing,
                    object(after) != nullptr ? *object(after) : kNothing, std::string(name) + ":");
            return;
        }
        const Attribute* attribute = schema != nullptr ? schema->find(name) : nullptr;
        if (object(before) != nullptr && object(after) != nullptr && !is_withheld(attribute, name)) {
            for (const auto& member : *object(before)) {
                const auto* now = object(after)->if_contains(member.key());
                if (now == nullptr || *now != member.value()) {
                    change(sub(attribute, member.key()),
                           prefix + std::string(name) + "." + std::string(member.key()), &member.value(),
                           now);
                }
            }
            for (const auto& member : *object(after)) {
                if (object(before)->if_contains(member.key()) != nullptr) continue;
                change(sub(attribute, member.key()),
                       prefix + std::string(name) + "." + std::string(member.key()), nullptr,
                       &member.value());
            }
            return;
        }
        change(attribute, prefix + std::string(name), before, after);
    }

    static const Attribute* sub(const Attribute* attribute, std::string_view name) {
        return attribute != nullptr ? attribute->find(name) : nullptr;
    }

    void change(const Attribute* attribute, const std::string& path, const json::value* before,
                const json::value* after) {
        if (!changes_.empty()) changes_ += ',';
        changes_ += "{\"attribute\":";
        write_json_string(path, changes_);
        std::swap(text_, changes_);
        if (before != nullptr) {
            text_ += ",\"before\":";
            value(attribute, path, before);
        }
        if (after != nullptr) {
            text_ += ",\"after\":";
            value(attribute, path, after);
        }
        text_ += '}';
        std::swap(text_, changes_);
    }

    bool is_withheld(const Attribute* attribute, std::string_view path) const {
        if (attribute != nullptr &&
            (attribute->returned == Returned::Never || attribute->mutability == Mutability::WriteOnly)) {
            return true;
        }
        const auto head = path.substr(0, path.find('.'));
        return equals_ignoring_case(head, "password") ||
               std::ranges::any_of(withheld_, [&](const std::string& name) {
                   return equals_ignoring_case(name, path) || equals_ignoring_case(name, head);
               });
    }

    void value(const Attribute* attribute, std::string_view path, const json::value* shown) {
        if (is_withheld(attribute, path) || has_withheld_part(attribute, path)) {
            text_ += kWithheld;
            return;
        }
        const size_t begin = text_.size();
        write_json(*shown, text_);
        const size_t size = text_.size() - begin;
        if (size <= kValueBytesMax) return;
        text_.resize(begin);
        text_ += "\"[" + std::to_string(size) + " bytes]\"";
    }

    bool has_withheld_part(const Attribute* attribute, std::string_view path) const {
        if (attribute == nullptr) return false;
        return std::ranges::any_of(attribute->sub_attributes, [&](const Attribute& part) {
            return part.returned == Returned::Never || part.mutability == Mutability::WriteOnly ||
                   std::ranges::any_of(withheld_, [&](const std::string& name) {
                       return equals_ignoring_case(name, std::string(path) + "." + part.name);
                   });
        });
    }

    std::span<const std::string> withheld_;
    std::string text_;
    std::string changes_;
};

}  // namespace

void record(store::TenantTransaction& transaction, const Origin& origin, std::string_view action,
            const Target& target, std::string payload) {
    const Actor actor = actor_of(origin.caller);
    store::Event event;
    event.time = origin.now;
    event.request = origin.request;
    event.channel = channel_name(origin.caller.channel);
    event.actor_kind = actor.kind;
    event.actor = actor.id;
    event.actor_name = origin.actor_name;
    event.address = origin.caller.address;
    event.action = action;
    event.target_type = target.type;
    event.target = target.name;
    event.payload = std::move(payload);
    transaction.append_event(event);
}

std::string payload_of(const Resource* before, const Resource* after, const MemberChanges& members,
                       std::span<const std::string> withheld) {
    Payload payload(withheld);
    const Resource& either = after != nullptr ? *after : *before;
    payload.type = either.type;
    if (before == nullptr) {
        payload.whole(*either.type, "after", after->attributes);
    } else if (after == nullptr) {
        payload.whole(*either.type, "before", before->attributes);
    } else {
        payload.compare(either.type->schema, before->attributes, after->attributes);
        if (before->member && after->member && *before->member != *after->member) {
            payload.compare(nullptr, shown_member(*before->member), shown_member(*after->member), "member.");
        }
    }
    payload.members("added", "added_count", members.added);
    payload.members("removed", "removed_count", members.removed);
    payload.number("version", either.version);
    return std::move(payload).take();
}

std::string payload_of(const MemberChanges& members) {
    Payload payload({});
    payload.members("added", "added_count", members.added);
    payload.members("removed", "removed_count", members.removed);
    return std::move(payload).take();
}

std::string payload_of(const json::object& before, const json::object& after) {
    Payload payload({});
    payload.compare(nullptr, before, after);
    return std::move(payload).take();
}

}  // namespace rollcall::audit
