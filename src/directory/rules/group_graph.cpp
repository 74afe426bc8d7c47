#include <algorithm>
#include <unordered_map>

#include "base/graph.h"
#include "directory/rules.h"

namespace rollcall::directory {
namespace {

using Nesting = store::TenantTransaction::Nesting;
constexpr std::string_view kGroup = "Group";

std::unexpected<Error> circle_refused(const Policy& policy) {
    std::string detail =
        "members: the group cannot contain itself, neither directly nor through other groups";
    if (policy.group_cycles == GroupCycles::Whole) {
        detail += ", unless one Bulk creates all groups of the circle";
    }
    return failure(ErrorKind::InvalidValue, detail + ".");
}

std::unexpected<Error> too_deep(const Context& context) {
    return failure(ErrorKind::InvalidValue, "members: groups are nested at most " +
                                                std::to_string(context.limits.group_nesting_max) + " deep.");
}

// Groups in groups as a graph, as far as it can be walked from where it began.
class GroupWalk {
public:
    GroupWalk(Context& context, Nesting direction) : context_(context), direction_(direction) {}

    void from(ResourceId start) {
        index_of(start);
        for (size_t at = 0; at < ids_.size(); ++at) {
            if (direction_ == Nesting::Above) {
                for (const auto& above : context_.transaction.direct_groups_of(ids_[at])) {
                    add_edge(at, above.id);
                }
            } else {
                context_.transaction.members(ids_[at], [&](const store::MemberRow& member) {
                    if (member.type == kGroup) add_edge(at, member.id);
                });
            }
        }
    }

    bool has_circle() const {
        const auto components = strongly_connected(graph_);
        return std::ranges::any_of(components, [&](const auto& one) { return is_circle(graph_, one); });
    }

    const std::vector<ResourceId>& ids() const { return ids_; }

private:
    void add_edge(size_t from, ResourceId id) {
        const auto to = index_of(id);
        graph_[from].push_back(to);
    }

    size_t index_of(ResourceId id) {
        const auto [place, is_new] = index_.emplace(id, ids_.size());
        if (is_new) {
            ids_.push_back(id);
            graph_.emplace_back();
        }
        return place->second;
    }

    Context& context_;
    const Nesting direction_;
    std::vector<ResourceId> ids_;
    std::unordered_map<ResourceId, size_t> index_;
    Graph graph_;
};

// Was every group of the circle that this membership closes created by the same request?
bool is_made_whole(Context& context, ResourceId group, ResourceId member) {
    if (context.together == nullptr) return false;
    const auto& created = context.together->created;
    if (!created.contains(group) || !created.contains(member)) return false;
    GroupWalk above(context, Nesting::Above);
    above.from(group);
    return std::ranges::all_of(above.ids(), [&](ResourceId id) {
        return created.contains(id) || !context.transaction.reaches(member, id);
    });
}

bool leads_through_circle(Context& context, ResourceId start, Nesting direction) {
    GroupWalk walk(context, direction);
    walk.from(start);
    return walk.has_circle();
}

}  // namespace

Result<void> group_may_contain(Context& context, ResourceId group, const store::MemberRow& member) {
    if (member.type != kGroup) return {};
    // Two requests could each close one half of a circle: the graph is an invariant of the whole tenant.
    context.transaction.lock_tenant();
    const auto cycles = context.policy.group_cycles;
    if (cycles == GroupCycles::Allow) return {};  // a circle has no depth
    if (context.transaction.reaches(member.id, group)) {
        if (cycles == GroupCycles::Whole && is_made_whole(context, group, member.id)) return {};
        return circle_refused(context.policy);
    }
    const auto most = static_cast<int64_t>(context.limits.group_nesting_max);
    const auto above = context.transaction.nesting(group, Nesting::Above, most);
    const auto below = context.transaction.nesting(member.id, Nesting::Below, most);
    // The group itself and the member are links of the chain too.
    if (above + below + 2 <= most) return {};
    // Nor has what contains a circle, or is in one.
    if (cycles == GroupCycles::Whole && (leads_through_circle(context, group, Nesting::Above) ||
                                         leads_through_circle(context, member.id, Nesting::Below))) {
        return {};
    }
    return too_deep(context);
}

std::optional<CircleRefusal> groups_may_contain_each_other(Context& context,
                                                           const std::vector<ResourceId>& groups) {
    std::unordered_map<ResourceId, size_t> index;
    for (const auto& group : groups) index.emplace(group, index.size());
    Graph graph(groups.size());
    std::vector<std::vector<store::MemberRow>> members(groups.size());
    for (size_t i = 0; i < groups.size(); ++i) {
        context.transaction.members(groups[i], [&](const store::MemberRow& member) {
            if (member.type != kGroup) return;
            members[i].push_back(member);
            if (const auto other = index.find(member.id); other != index.end()) {
                graph[i].push_back(other->second);
            }
        });
    }
    std::vector<size_t> component_of(groups.size());
    const auto components = strongly_connected(graph);
    for (size_t i = 0; i < components.size(); ++i) {
        if (is_circle(graph, components[i]) && context.policy.group_cycles == GroupCycles::Refuse) {
            return CircleRefusal{groups[components[i].front()], circle_refused(context.policy).error()};
        }
        for (const size_t group : components[i]) component_of[group] = i;
    }
    for (size_t i = 0; i < groups.size(); ++i) {
        for (const auto& member : members[i]) {
            // Nobody else contains a new group: a circle is whole, and was judged above.
            const auto other = index.find(member.id);
            if (other != index.end() && component_of[other->second] == component_of[i]) continue;
            auto judged = group_may_contain(context, groups[i], member);
            if (!judged) return CircleRefusal{groups[i], std::move(judged).error()};
        }
    }
    return std::nullopt;
}

}  // namespace rollcall::directory
