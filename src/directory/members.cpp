#include "directory/members.h"

#include "base/text.h"
#include "directory/activation.h"

namespace rollcall::directory {
namespace {

constexpr std::string_view kActive = "active";
constexpr std::string_view kRole = "role";

std::optional<bool> stated_active(const json::object& attributes) {
    const auto* active = attributes.if_contains(kActive);
    if (active == nullptr || !active->is_bool()) return std::nullopt;
    return active->get_bool();
}

bool shows_role(const ResourceType& type, const Policy& policy) {
    return !policy.role_schema.empty() &&
           std::ranges::any_of(type.extensions, [&](const SchemaExtension& extension) {
               return extension.schema->id == policy.role_schema;
           });
}

Member new_member(const Context& context) {
    Member member;
    member.role = context.policy.default_role;
    member.managed = context.caller.channel == Channel::Scim ? Managed::Scim : Managed::Manual;
    return member;
}

// The role and the state go together where there is a role of inactive members.
bool wants_active(const Policy& policy, const std::string& role, const Member& from,
                  std::optional<bool> stated) {
    const bool was_active = from.is_active();
    const bool is_said = stated && *stated != was_active;
    if (!is_said && !policy.inactive_role.empty() && role != from.role) return role != policy.inactive_role;
    return stated.value_or(was_active);
}

void settle_role(const Context& context, const Member& from, bool active, const std::string& role,
                 Member& member) {
    const auto& policy = context.policy;
    const bool is_changed = role != from.role;
    if (from.is_active() && active) {
        member.role = role;
    } else if (from.is_active()) {
        member.role = role == policy.inactive_role ? from.role : role;
        deactivate(member, context.caller, policy, context.now);
    } else if (active) {
        activate(member, policy);
        if (is_changed) member.role = role;
    } else if (is_changed && policy.inactive_role.empty()) {
        member.role = role;
    }
}

void settle_email(const Context& context, const Resource* before, const Resource& after, Member& member) {
    const bool is_trusted = context.caller.channel == Channel::Scim &&
                            context.policy.email_verification == EmailVerification::Trusted;
    const std::string email = email_of(after.attributes);
    if (before != nullptr && email_of(before->attributes) == email) return;
    const bool is_wish = context.caller.channel != Channel::Scim && member.email_verified_at &&
                         (before == nullptr || member.email_verified_at != before->member->email_verified_at);
    if (is_wish) return;
    member.email_verified_at.reset();
    if (is_trusted && !email.empty()) member.email_verified_at = context.now;
}

void settle_attributes(const Policy& policy, const Member& from, const Member& member, Resource& after) {
    const auto stated = stated_active(after.attributes);
    // Who takes `active` away from an inactive member takes it from sight only: it stays inactive (T45).
    const bool is_taken_away = !stated && !from.is_active() && !member.is_active();
    if (stated.value_or(true) != member.is_active() && !is_taken_away)
        after.attributes[kActive] = member.is_active();
    if (!shows_role(*after.type, policy)) return;
    auto& extension = after.attributes[policy.role_schema];
    if (!extension.is_object()) extension.emplace_object();
    extension.get_object()[kRole] = member.role;
}

}  // namespace

bool is_member_type(const ResourceType& type) {
    return type.name == "User";
}

std::string email_of(const json::object& attributes) {
    const auto* emails = attributes.if_contains("emails");
    if (emails == nullptr || !emails->is_array()) return {};
    std::string first;
    for (const auto& element : emails->get_array()) {
        const auto* email = element.if_object();
        const auto* value = email != nullptr ? email->if_contains("value") : nullptr;
        if (value == nullptr || !value->is_string()) continue;
        const auto* primary = email->if_contains("primary");
        if (primary != nullptr && primary->is_bool() && primary->get_bool())
            return std::string(value->get_string());
        if (first.empty()) first = value->get_string();
    }
    return first;
}

std::string role_in(const Resource& resource, const Policy& policy) {
    if (policy.role_schema.empty()) return {};
    const auto* extension = resource.attributes.if_contains(policy.role_schema);
    if (extension == nullptr || !extension->is_object()) return {};
    const auto* role = extension->get_object().if_contains(kRole);
    if (role == nullptr || !role->is_string()) return {};
    for (const auto& known : policy.roles) {
        if (equals_ignoring_case(known, role->get_string())) return known;
    }
    return std::string(role->get_string());
}

void settle_member(Context& context, const Resource* before, Resource& after,
                   const std::optional<Member>& wanted) {
    const Member from = before != nullptr ? *before->member : new_member(context);
    Member member = wanted ? *wanted : from;
    member.id = after.id;
    // What activation.cpp decides is not for a wish to say.
    member.deactivated_at = from.deactivated_at;
    member.deactivated_by = from.deactivated_by;
    member.previous_role = from.previous_role;
    std::string role = member.role.empty() ? from.role : member.role;
    member.role = from.role;
    if (const auto said = role_in(after, context.policy);
        !said.empty() && (before == nullptr || said != from.role)) {
        // An administrator's wish counts more than what the document still says.
        if (!wanted || wanted->role == from.role || wanted->role.empty()) role = said;
    }
    const auto stated = stated_active(after.attributes);
    settle_role(context, from, wants_active(context.policy, role, from, stated), role, member);
    settle_email(context, before, after, member);
    settle_attributes(context.policy, from, member, after);
    after.member = std::move(member);
}

}  // namespace rollcall::directory
