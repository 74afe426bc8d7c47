#include "directory/memberships.h"

#include <unordered_set>

#include "directory/rules.h"

namespace rollcall::directory {
namespace {

std::string named(const MembershipEdit& edit) {
    return edit.operation.empty() ? "members" : edit.operation + " (members)";
}

// The members of the edit that exist in the tenant.
Result<std::vector<store::MemberRow>> known_members(Context& context, const MembershipEdit& edit,
                                                    MembershipOutcome& outcome) {
    std::vector<store::MemberRow> known;
    known.reserve(edit.members.size());
    size_t unknown = edit.unknown;
    for (const auto& id : edit.members) {
        if (auto row = context.transaction.find_any(id)) {
            known.push_back(std::move(*row));
        } else {
            ++unknown;
        }
    }
    // Skipping the unknown lets the rest of a push land; but an operation without any effect is never a
    // success.
    if (unknown > 0 && (context.policy.reject_unknown_members || known.empty())) {
        return failure(ErrorKind::InvalidValue,
                       named(edit) + ": " + std::to_string(unknown) +
                           " of the members are not ids of users or groups of this tenant.");
    }
    outcome.skipped += unknown;
    return known;
}

Result<void> add(Context& context, ResourceId group, const store::MemberRow& member,
                 MembershipOutcome& outcome) {
    if (context.transaction.has_member(group, member.id)) return {};
    TRY_VOID(group_may_contain(context, group, member));
    outcome.changed |= context.transaction.add_member(group, member);
    return {};
}

Result<void> add_all(Context& context, ResourceId group, const MembershipEdit& edit,
                     MembershipOutcome& outcome) {
    for (const auto& member : TRY(known_members(context, edit, outcome))) {
        TRY_VOID(add(context, group, member, outcome));
    }
    return {};
}

Result<void> replace_all(Context& context, ResourceId group, const MembershipEdit& edit,
                         MembershipOutcome& outcome) {
    if (edit.members.empty() && edit.unknown == 0) {
        outcome.changed |= context.transaction.remove_all_members(group) > 0;
        return {};
    }
    const auto wanted = TRY(known_members(context, edit, outcome));
    std::unordered_set<ResourceId> keep;
    for (const auto& member : wanted) keep.insert(member.id);
    std::vector<ResourceId> leaving;
    context.transaction.members(group, [&](const store::MemberRow& member) {
        if (!keep.contains(member.id)) leaving.push_back(member.id);
    });
    for (const auto& id : leaving) outcome.changed |= context.transaction.remove_member(group, id);
    for (const auto& member : wanted) TRY_VOID(add(context, group, member, outcome));
    return {};
}

void remove_matching(Context& context, ResourceId group, const CheckedFilter& filter,
                     MembershipOutcome& outcome) {
    std::vector<ResourceId> leaving;
    context.transaction.members(group, [&](const store::MemberRow& member) {
        json::object element;
        element["value"] = member.id.text();
        const ResourceType* type = context.catalogue.find_type(member.type);
        if (type != nullptr) element["$ref"] = location_of(*type, member.id, "");
        if (!member.display.empty()) element["display"] = member.display;
        element["type"] = member.type;
        if (matches_element(filter, element)) leaving.push_back(member.id);
    });
    for (const auto& id : leaving) outcome.changed |= context.transaction.remove_member(group, id);
}

Result<void> apply(Context& context, ResourceId group, const MembershipEdit& edit,
                   MembershipOutcome& outcome) {
    switch (edit.kind) {
        case MembershipEdit::Kind::Add:
            return add_all(context, group, edit, outcome);
        case MembershipEdit::Kind::ReplaceAll:
            return replace_all(context, group, edit, outcome);
        case MembershipEdit::Kind::RemoveAll:
            outcome.changed |= context.transaction.remove_all_members(group) > 0;
            return {};
        case MembershipEdit::Kind::Remove:
            for (const auto& id : edit.members)
                outcome.changed |= context.transaction.remove_member(group, id);
            return {};
        case MembershipEdit::Kind::RemoveMatching:
            remove_matching(context, group, *edit.filter, outcome);
            return {};
    }
    return {};
}

}  // namespace

Result<MembershipOutcome> apply_memberships(Context& context, ResourceId group, const Attribute& members,
                                            const std::vector<MembershipEdit>& edits) {
    MembershipOutcome outcome;
    bool grows = false;
    for (const auto& edit : edits) {
        TRY_VOID(apply(context, group, edit, outcome));
        grows |= edit.kind == MembershipEdit::Kind::Add || edit.kind == MembershipEdit::Kind::ReplaceAll;
    }
    if (grows && outcome.changed) {
        const auto count = static_cast<size_t>(context.transaction.member_count(group));
        if (count > context.limits.group_members_max) {
            return failure(ErrorKind::InvalidValue, members.name + ": a group has at most " +
                                                        std::to_string(context.limits.group_members_max) +
                                                        " members.");
        }
    }
    return outcome;
}

}  // namespace rollcall::directory
