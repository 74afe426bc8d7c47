#include "scim/elements.h"
#include "scim/read_value.h"

namespace rollcall::scim {
namespace {

// Server defaults of a new resource; null in the body means that none is wanted (P-POST-06).
constexpr std::string_view kActive = "active";

bool is_cleared(const ResourceBody& body, const AttributePath& path) {
    for (const AttributePath& cleared : body.cleared) {
        if (cleared == path) return true;
        if (cleared.is_whole_extension() && cleared.extension == path.extension) return true;
    }
    return false;
}

const Attribute* find_rows(const ResourceType& type) {
    for (const Attribute& attribute : type.schema->attributes) {
        if (attribute.stored_as_rows) return &attribute;
    }
    return nullptr;
}

const Attribute* find_active(const ResourceType& type) {
    const Attribute* active = type.schema->find(kActive);
    return active && active->type == AttributeType::Boolean && is_writable(*active) ? active : nullptr;
}

bool has_password_cleared(const ResourceType& type, const ResourceBody& body) {
    for (const AttributePath& path : body.cleared) {
        if (is_password(type, path)) return true;
    }
    return false;
}

void carry_required_parts(const Attribute& attribute, const json::object& old, json::object& now) {
    for (const Attribute& sub : attribute.sub_attributes) {
        const json::value* before = old.if_contains(sub.name);
        if (before && sub.required && !now.contains(sub.name)) now[sub.name] = keep(*before);
    }
}

bool is_immutable(const Attribute& attribute) {
    return attribute.mutability == Mutability::Immutable;
}

// Carries over what a PUT may not or did not touch. What it may not and did is for the rules to refuse.
class Replacement {
public:
    Replacement(const ResourceType& type, const ResourceBody& body) : type_(type), body_(body) {}

    // `attributes` of one schema: those of `before` that stay are added to `after`.
    void carry(const Schema& schema, const Schema* extension, const json::object& before,
               json::object& after) const {
        for (const Attribute& attribute : schema.attributes) {
            const json::value* old = before.if_contains(attribute.name);
            if (!old) continue;
            carry_attribute({.extension = extension, .attribute = &attribute}, *old, after);
        }
    }

private:
    void carry_attribute(const AttributePath& path, const json::value& old, json::object& after) const {
        const Attribute& attribute = *path.attribute;
        json::value* now = after.if_contains(attribute.name);
        if (is_immutable(attribute)) {
            // The same value keeps its spelling.
            if (now ? same_value(attribute, *now, old) : !is_cleared(body_, path))
                after[attribute.name] = keep(old);
            return;
        }
        const bool stays = !is_writable(attribute) || attribute.mutability == Mutability::WriteOnly ||
                           (path.extension == nullptr && &attribute == find_active(type_));
        if (!now && stays && !is_cleared(body_, path)) {
            after[attribute.name] = keep(old);
            return;
        }
        // What is told to go goes with its immutable parts, which cannot go by themselves.
        if (is_cleared(body_, path) && holds_immutable(attribute)) return;
        carry_parts(attribute, old, after);
    }

    // The same for sub-attributes. Elements of a list come and go as a whole (P-PATCH-67); one that stays
    // keeps what a client cannot write.
    static void carry_parts(const Attribute& attribute, const json::value& old, json::object& after) {
        json::value* now = after.if_contains(attribute.name);
        if (old.is_array() && now && now->is_array()) {
            carry_protected_parts(attribute, old.get_array(), now->get_array());
        } else if (old.is_object()) {
            json::object parts;
            if (now && now->is_object()) parts = std::move(now->get_object());
            carry_protected_parts(attribute, old.get_object(), parts);
            // Where something stays that cannot go, what it may not be without stays too.
            if (!now && !parts.empty()) carry_required_parts(attribute, old.get_object(), parts);
            order_parts(attribute, parts);
            if (parts.empty()) {
                erase_member(after, attribute.name);
            } else {
                after[attribute.name] = std::move(parts);
            }
        }
    }

    const ResourceType& type_;
    const ResourceBody& body_;
};

}  // namespace

Edited create_from(const ResourceType& type, ResourceBody body) {
    Edited edited;
    const Attribute* active = find_active(type);
    if (active && !body.attributes.contains(active->name) && !is_cleared(body, {.attribute = active})) {
        body.attributes[active->name] = true;
    }
    if (body.members && (!body.members->empty() || body.unknown_members > 0)) {
        MembershipEdit edit{MembershipEdit::Kind::Add};
        edit.members = std::move(*body.members);
        edit.unknown = body.unknown_members;
        edited.memberships.push_back(std::move(edit));
    }
    edited.attributes = std::move(body.attributes);
    edited.new_password = std::move(body.password);
    return edited;
}

Result<Edited> replace_with(const Resource& before, ResourceBody body) {
    const ResourceType& type = *before.type;
    const Replacement replacement(type, body);
    json::object after = keep(body.attributes);
    replacement.carry(common_attributes(), nullptr, before.attributes, after);
    replacement.carry(*type.schema, nullptr, before.attributes, after);
    for (const SchemaExtension& extension : type.extensions) {
        const json::value* old = before.attributes.if_contains(extension.schema->id);
        if (!old || !old->is_object()) continue;
        json::object attributes;
        if (json::value* now = after.if_contains(extension.schema->id))
            attributes = std::move(now->get_object());
        replacement.carry(*extension.schema, extension.schema, old->get_object(), attributes);
        if (attributes.empty()) {
            erase_member(after, extension.schema->id);
        } else {
            after[extension.schema->id] = std::move(attributes);
        }
    }
    Edited edited;
    edited.attributes = std::move(after);
    if (find_rows(type)) {
        MembershipEdit edit{MembershipEdit::Kind::ReplaceAll};
        if (body.members) edit.members = std::move(*body.members);
        edit.unknown = body.unknown_members;
        edited.memberships.push_back(std::move(edit));
    }
    edited.new_password = std::move(body.password);
    if (!edited.new_password && has_password_cleared(type, body)) edited.new_password = "";
    return edited;
}

}  // namespace rollcall::scim
