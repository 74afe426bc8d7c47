#include "directory/directory.h"

#include "base/check.h"
#include "directory/account_linking.h"
#include "directory/activation.h"
#include "directory/groups.h"
#include "directory/mass_change.h"
#include "directory/members.h"
#include "directory/memberships.h"
#include "directory/removal.h"
#include "directory/rules.h"
#include "directory/trail.h"
#include "directory/verification.h"

namespace rollcall::directory {
namespace {

Result<MembershipOutcome> change_memberships(Context& context, const Resource& resource,
                                             const std::vector<MembershipEdit>& edits) {
    const Attribute* members = resource.type->attribute_in_rows();
    if (edits.empty() || members == nullptr) return MembershipOutcome{};
    if (context.together != nullptr && context.together->in_circle) {
        context.together->waiting.push_back({resource.id, members, edits});
        return MembershipOutcome{};
    }
    return apply_memberships(context, resource.id, *members, edits);
}

// The members that a group is about to lose with its life.
MembershipOutcome all_members(Context& context, const ResourceType& type, ResourceId id) {
    MembershipOutcome outcome;
    if (type.attribute_in_rows() == nullptr) return outcome;
    context.transaction.members(
        id, [&](const store::MemberRow& member) { outcome.removed.push_back(member.id); });
    return outcome;
}

// The member of a row that was written before there were members is one like any other.
Member member_of(Context& context, const Resource& user) {
    if (auto known = context.transaction.find_member(user.id)) return std::move(*known);
    Member member;
    member.id = user.id;
    member.role = context.policy.default_role;
    const auto* active = user.attributes.if_contains("active");
    if (active != nullptr && active->is_bool() && !active->get_bool())
        member.deactivated_at = user.last_modified;
    return member;
}

Resource load(Context& context, const store::ResourceRow& row, const ResourceType& type) {
    Resource resource = resource_of(row, type);
    if (is_member_type(type)) resource.member = member_of(context, resource);
    return resource;
}

// A session is good for the role it was opened with (T18).
bool loses_administration(const Member& before, const Member& after, const Policy& policy) {
    const int least = rank_of(policy, policy.admin_role);
    return rank_of(policy, before.role) >= least && rank_of(policy, after.role) < least;
}

// What stands in `after` takes the place of `before`. Errors: Uniqueness.
Result<store::ResourceRow> store_change(Context& context, const Resource& before, Resource& after,
                                        std::string_view event, PendingLoss loss,
                                        const MembershipOutcome& memberships = {}) {
    after.version = before.version + 1;
    // The clock may step back; lastModified never does (P26).
    after.last_modified = std::max(context.now, before.last_modified);
    auto row = row_of(after, context.policy);
    TRY_VOID(context.transaction.update(row));
    if (after.member && after.member != before.member) {
        TRY_VOID(context.transaction.put_member(*after.member));
        const bool ends = !after.member->is_active() && (before.member->is_active() || event == "delete");
        if (ends) end_access(context, after.id, loss.is_mass_change);
        const bool returns = after.member->is_active() && !before.member->is_active();
        if (returns && before.member->removed_at) {
            context.transaction.revoke_keys_of(after.id, context.now);  // T7
        } else if (returns) {
            restore_access(context, after.id);
        }
        if (loses_administration(*before.member, *after.member, context.policy)) {
            context.transaction.end_administration_of(after.id);
        }
    }
    leave_trail(context, event, row, &before, &after, memberships);
    if (after.member) tell_former_address(context, before, after);
    note_loss(context, std::move(loss), row.version);
    return row;
}

std::string user_name_key_of(const Resource& user) {
    const Attribute* attribute = user.type->schema->find("userName");
    const auto* name = user.attributes.if_contains("userName");
    if (attribute == nullptr || name == nullptr || !name->is_string()) return {};
    return comparison_key(*attribute, name->get_string());
}

// The member `id` gets the attributes of `wanted` and is SCIM's from now on.
Result<Changed> take_over_member(Context& context, ResourceId id, const Resource& wanted) {
    const auto row = context.transaction.find_user(id);
    CHECK(row);
    const Resource before = load(context, *row, *wanted.type);
    Resource after = before;
    take_over(after, context);
    const Resource basis = after;
    after.attributes = wanted.attributes;
    settle_member(context, &basis, after, std::nullopt);
    const Change change{&before, &after, &context.caller, &context.policy};
    TRY_VOID(judge(change, context));
    Changed result;
    result.row = TRY(store_change(context, before, after, "create", TRY(weigh_loss(context, change))));
    if (context.together != nullptr) context.together->taken_over.emplace(wanted.id, id);
    return result;
}

// The User becomes a member that is there already, if the policy says so; otherwise `after` gets its own
// member.
Result<std::optional<Changed>> join_known_person(Context& context, Resource& after, Edited& wanted) {
    const bool is_scim = context.caller.channel == Channel::Scim;
    const std::string name = is_scim ? user_name_key_of(after) : std::string();
    std::optional<ResourceId> known;
    Link link;
    if (is_scim) {
        link = TRY(link_person(context, after, name));
        known = link.kind == Link::Kind::PreLinked ? link.member : member_to_revive(context, after, name);
    }
    if (known) return TRY(take_over_member(context, *known, after));
    settle_member(context, nullptr, after, wanted.member);
    if (link.kind == Link::Kind::VerifiedAccount) after.member->account = link.account;
    return std::nullopt;
}

}  // namespace

bool names_version(const std::vector<std::string>& tags, int64_t version) {
    const std::string current = std::to_string(version);
    for (const auto& tag : tags) {
        if (tag == "*" || tag == current) return true;
    }
    return false;
}

Result<void> check_precondition(const Precondition& precondition, int64_t version) {
    // RFC 9110 §13.2.2: If-Match first.
    if (precondition.if_match && !names_version(*precondition.if_match, version)) {
        return failure(ErrorKind::PreconditionFailed,
                       "The resource has changed since it was read: If-Match does not name its version. "
                       "Read it again and repeat the change.");
    }
    if (precondition.if_none_match && names_version(*precondition.if_none_match, version)) {
        return failure(ErrorKind::PreconditionFailed,
                       "If-None-Match names the version that the resource has.");
    }
    return {};
}

Result<Changed> create_resource(Context& context, const ResourceType& type, ResourceId id, Edited wanted) {
    Resource after;
    after.type = &type;
    after.id = id;
    after.attributes = std::move(wanted.attributes);
    after.created = after.last_modified = context.now;
    if (is_member_type(type)) {
        if (auto known = TRY(join_known_person(context, after, wanted))) return std::move(*known);
    }
    TRY_VOID(judge(Change{nullptr, &after, &context.caller, &context.policy}, context));
    Changed result;
    result.row = row_of(after, context.policy);
    TRY_VOID(context.transaction.insert(result.row));
    if (type.name == kGroupType) begin_group(context, id);
    if (after.member) TRY_VOID(context.transaction.put_member(*after.member));
    if (context.together != nullptr) context.together->created.insert(id);
    const auto memberships = TRY(change_memberships(context, after, wanted.memberships));
    result.members_skipped = memberships.skipped;
    leave_trail(context, "create", result.row, nullptr, &after, memberships);
    return result;
}

std::optional<CircleRefusal> close_circle(Context& context) {
    auto& waiting = context.together->waiting;
    for (auto& one : waiting) {
        auto outcome = apply_memberships(context, one.resource, *one.members, one.edits);
        if (!outcome) return CircleRefusal{one.resource, std::move(outcome).error()};
        one.skipped = outcome->skipped;
        leave_members(context, one.resource, *outcome);
    }
    std::vector<ResourceId> groups;
    for (const auto& one : waiting) groups.push_back(one.resource);
    return groups_may_contain_each_other(context, groups);
}

Result<Changed> change_resource(Context& context, const ResourceType& type, ResourceId id,
                                const Precondition& precondition, std::string_view event, const Edit& edit) {
    id = context.actual(id);
    auto row = context.transaction.find(type.name, id);
    if (!row) return std::unexpected(not_found(type));
    TRY_VOID(check_precondition(precondition, row->version));
    const Resource before = load(context, *row, type);
    Edited wanted = TRY(edit(before));
    Resource after = before;
    after.attributes = std::move(wanted.attributes);
    if (before.member) settle_member(context, &before, after, wanted.member);
    const Change change{&before, &after, &context.caller, &context.policy};
    TRY_VOID(judge(change, context));
    const auto memberships = TRY(change_memberships(context, after, wanted.memberships));
    Changed result;
    result.members_skipped = memberships.skipped;
    if (!memberships.changed && after.attributes == before.attributes && after.member == before.member) {
        result.changed = false;
        result.row = std::move(*row);
        return result;
    }
    auto loss = TRY(weigh_loss(context, change, memberships.removed));
    result.row = TRY(store_change(context, before, after, event, std::move(loss), memberships));
    return result;
}

Result<void> remove_resource(Context& context, const ResourceType& type, ResourceId id,
                             const Precondition& precondition) {
    id = context.actual(id);
    const auto row = context.transaction.find(type.name, id);
    if (!row) return std::unexpected(not_found(type));
    TRY_VOID(check_precondition(precondition, row->version));
    const Resource before = load(context, *row, type);
    const Change change{&before, nullptr, &context.caller, &context.policy};
    TRY_VOID(judge(change, context));
    const auto members = all_members(context, type, id);
    auto loss = TRY(weigh_loss(context, change, members.removed));
    const bool is_mass_change = loss.is_mass_change;
    if (is_kept(before, context.policy) || (before.member && is_mass_change)) {
        loss.completes_later = !is_kept(before, context.policy);
        Resource after = removed_softly(before, row->user_name_key, context);
        TRY_VOID(store_change(context, before, after, "delete", std::move(loss)));
        // One that is made again has none (T7).
        if (!is_mass_change) context.transaction.revoke_keys_of(id, context.now);
        context.transaction.replace_grants(id, {});  // T7
        return {};
    }
    context.transaction.erase(type.name, id, context.now);
    end_access(context, id);
    context.transaction.revoke_keys_of(id, context.now);
    if (before.member && context.policy.delete_mode == DeleteMode::Hard) {
        context.transaction.release_content_of(id);
    } else if (before.member) {
        context.transaction.hand_on_content_of(id);
    }
    leave_trail(context, "delete", *row, &before, nullptr, members);
    note_loss(context, std::move(loss), 0);
    return {};
}

}  // namespace rollcall::directory
