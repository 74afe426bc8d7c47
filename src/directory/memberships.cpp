#include "directory/memberships.h"

#include <algorithm>
#include <unordered_set>

#include "directory/rules.h"

namespace rollcall::directory {
namespace {

// The difference between the members before a request and after the edits so far: what goes and comes back is
// none.
class Difference {
public:
    Difference(store::TenantTransaction& transaction, ResourceId group)
        : transaction_(transaction), group_(group) {}

    void add(const store::MemberRow& member) {
        if (!transaction_.add_member(group_, member)) return;
        if (gone_.erase(member.id) == 0) come_.insert(member.id);
    }

    void remove(ResourceId member) {
        if (!transaction_.remove_member(group_, member)) return;
        if (come_.erase(member) == 0) gone_.insert(member);
    }

    void remove_all() {
        transaction_.members(group_, [&](const store::MemberRow& member) {
            if (!come_.contains(member.id)) gone_.insert(member.id);
        });
        transaction_.remove_all_members(group_);
        come_.clear();
    }

    bool empty() const { return come_.empty() && gone_.empty(); }
    std::vector<ResourceId> added() const { return in_order(come_); }
    std::vector<ResourceId> removed() const { return in_order(gone_); }

private:
    static std::vector<ResourceId> in_order(const std::unordered_set<ResourceId>& ids) {
        std::vector<ResourceId> sorted(ids.begin(), ids.end());
        std::ranges::sort(sorted);
        return sorted;
    }

    store::TenantTransaction& transaction_;
    ResourceId group_;
    std::unordered_set<ResourceId> come_;
    std::unordered_set<ResourceId> gone_;
};

struct Progress {
    Difference difference;
    size_t skipped = 0;  // as in MembershipOutcome
    size_t& looked_at;   // rows that filters were compared with, over all edits of the request
    size_t& compared;    // the same, counted by comparison
    size_t& rewritten;   // rows that filters had written one by one, likewise
};

std::string named(const MembershipEdit& edit) {
    return edit.operation.empty() ? "members" : edit.operation + " (members)";
}

// The members of the edit that exist in the tenant.
Result<std::vector<store::MemberRow>> known_members(Context& context, const MembershipEdit& edit,
                                                    Progress& progress) {
    std::vector<store::MemberRow> known;
    known.reserve(edit.members.size());
    size_t unknown = edit.unknown;
    for (const auto& id : edit.members) {
        if (auto row = context.transaction.find_any(context.actual(id))) {
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
    progress.skipped += unknown;
    return known;
}

Result<void> add(Context& context, ResourceId group, const store::MemberRow& member, Progress& progress) {
    if (context.transaction.has_member(group, member.id)) return {};
    // The groups of a circle are judged when all of it is there.
    const bool in_circle = context.together != nullptr && context.together->in_circle;
    if (!in_circle) TRY_VOID(group_may_contain(context, group, member));
    progress.difference.add(member);
    return {};
}

Result<void> add_all(Context& context, ResourceId group, const MembershipEdit& edit, Progress& progress) {
    for (const auto& member : TRY(known_members(context, edit, progress))) {
        TRY_VOID(add(context, group, member, progress));
    }
    return {};
}

Result<void> replace_all(Context& context, ResourceId group, const MembershipEdit& edit, Progress& progress) {
    if (edit.members.empty() && edit.unknown == 0) {
        progress.difference.remove_all();
        return {};
    }
    const auto wanted = TRY(known_members(context, edit, progress));
    std::unordered_set<ResourceId> keep;
    for (const auto& member : wanted) keep.insert(member.id);
    std::unordered_set<ResourceId> staying;
    std::vector<ResourceId> leaving;
    context.transaction.members(group, [&](const store::MemberRow& member) {
        if (keep.contains(member.id))
            staying.insert(member.id);
        else
            leaving.push_back(member.id);
    });
    // The members of a large group are spread over all of an index: one by one they cost many times more.
    const bool at_once = leaving.size() > staying.size();
    if (at_once) {
        progress.difference.remove_all();
    } else {
        for (const auto& id : leaving) progress.difference.remove(id);
    }
    for (const auto& member : wanted) {
        if (!staying.contains(member.id)) {
            TRY_VOID(add(context, group, member, progress));
        } else if (at_once) {
            progress.difference.add(member);
        }
    }
    return {};
}

// What filters choose needs no look-up of each member, so it may be more than a request can name.
constexpr size_t kRewrittenPerNamed = 5;

// A filter is compared with every member while nobody else can write: one pass over the largest group there
// may be, or many over smaller ones, in all operations of a Bulk together; with ten comparisons for each of
// them.
Result<void> remove_matching(Context& context, ResourceId group, const MembershipEdit& edit,
                             Progress& progress) {
    const auto there = static_cast<size_t>(context.transaction.member_count(group));
    const size_t comparisons = there * edit.filter->nodes().size();
    if ((progress.looked_at > 0 && progress.looked_at + there > context.limits.group_members_max) ||
        progress.compared + comparisons > 10 * context.limits.group_members_max) {
        return failure(ErrorKind::InvalidValue, named(edit) +
                                                    ": the filters of one request would be compared with too "
                                                    "many members; name members by value, or send fewer.");
    }
    progress.looked_at += there;
    progress.compared += comparisons;
    std::vector<ResourceId> leaving;
    std::vector<store::MemberRow> staying;
    context.transaction.members(group, [&](const store::MemberRow& member) {
        json::object element;
        element["value"] = member.id.text();
        const ResourceType* type = context.catalogue.find_type(member.type);
        if (type != nullptr) element["$ref"] = location_of(*type, member.id, "");
        if (!member.display.empty()) element["display"] = member.display;
        element["type"] = member.type;
        if (matches_element(*edit.filter, element))
            leaving.push_back(member.id);
        else
            staying.push_back(member);
    });
    const bool at_once = leaving.size() > staying.size();
    progress.rewritten += std::min(leaving.size(), staying.size());
    if (progress.rewritten > kRewrittenPerNamed * context.limits.members_per_request_max) {
        return failure(ErrorKind::InvalidValue,
                       named(edit) +
                           ": the filters of one request would take too many members "
                           "away one by one; name members by value, or send fewer.");
    }
    if (at_once) {
        progress.difference.remove_all();
        for (const auto& member : staying) progress.difference.add(member);
    } else {
        for (const auto& id : leaving) progress.difference.remove(id);
    }
    return {};
}

Result<void> apply(Context& context, ResourceId group, const MembershipEdit& edit, Progress& progress) {
    switch (edit.kind) {
        case MembershipEdit::Kind::Add:
            return add_all(context, group, edit, progress);
        case MembershipEdit::Kind::ReplaceAll:
            return replace_all(context, group, edit, progress);
        case MembershipEdit::Kind::RemoveAll:
            progress.difference.remove_all();
            return {};
        case MembershipEdit::Kind::Remove:
            for (const auto& id : edit.members) progress.difference.remove(id);
            return {};
        case MembershipEdit::Kind::RemoveMatching:
            return remove_matching(context, group, edit, progress);
    }
    return {};
}

}  // namespace

Result<MembershipOutcome> apply_memberships(Context& context, ResourceId group, const Attribute& members,
                                            const std::vector<MembershipEdit>& edits) {
    const auto grows = [](const MembershipEdit& edit) {
        return edit.kind == MembershipEdit::Kind::Add || edit.kind == MembershipEdit::Kind::ReplaceAll;
    };
    size_t looked_at = 0;
    size_t compared = 0;
    size_t rewritten = 0;
    Together* together = context.together;
    Progress progress{.difference = Difference(context.transaction, group),
                      .looked_at = together != nullptr ? together->members_looked_at : looked_at,
                      .compared = together != nullptr ? together->members_compared : compared,
                      .rewritten = together != nullptr ? together->members_rewritten : rewritten};
    for (const auto& edit : edits) TRY_VOID(apply(context, group, edit, progress));
    MembershipOutcome outcome{!progress.difference.empty(), progress.skipped, progress.difference.added(),
                              progress.difference.removed()};
    if (outcome.changed && std::ranges::any_of(edits, grows)) {
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
