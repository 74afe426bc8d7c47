// Undoing and releasing a mass change.
#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "audit/record.h"
#include "base/check.h"
#include "directory/groups.h"
#include "directory/mass_change.h"
#include "directory/mass_change_image.h"
#include "directory/memberships.h"
#include "directory/rules.h"
#include "directory/trail.h"

namespace rollcall::directory {
namespace {

constexpr int64_t kPage = 500;
constexpr std::string_view kUserType = "User";
constexpr std::string_view kUndo = "undo";

class Undoing {
public:
    explicit Undoing(Context& context) : context_(context), transaction_(context.transaction) {}

    // False when somebody has changed it since, something else is in its place, or the rules of now refuse it.
    bool undo(const Loss& loss) {
        const bool is_user = loss.kind == Loss::Kind::Deactivation || loss.kind == Loss::Kind::Deletion;
        const ResourceType* type = context_.catalogue.find_type(is_user ? kUserType : kGroupType);
        if (type == nullptr) return false;
        auto image = read_image(loss, *type);
        if (is_user) return put_back_user(loss, image);
        if (loss.kind == Loss::Kind::GroupDeletion) return put_back_group(image);
        return put_back_members(loss.target, image.members) > 0;
    }

private:
    bool is_as_left(const Loss& loss, const std::optional<store::ResourceRow>& row) {
        if (loss.version == 0) return !row;
        if (!row) return false;
        const auto known = put_back_.find(loss.target);
        return (known != put_back_.end() ? known->second : row->version) == loss.version;
    }

    // The policy and the directory may be others than they were: roles, the number of users, owners of cohorts.
    bool is_allowed(const Resource* before, const Resource& after) {
        return judge(Change{before, &after, &context_.caller, &context_.policy}, context_).has_value();
    }

    bool put_back_user(const Loss& loss, LossImage& image) {
        const auto row = transaction_.find_user(loss.target);
        if (!is_as_left(loss, row)) return false;
        Resource& after = image.before;
        const int64_t version_then = after.version;
        std::optional<Resource> current;
        if (row) {
            current = resource_of(*row, *after.type);
            current->member = transaction_.find_member(after.id);
        }
        if (!is_allowed(current ? &*current : nullptr, after)) return false;
        if (!after.member->account.is_nil()) {
            const auto other = transaction_.member_of_account(after.member->account);
            if (other && *other != after.id) return false;
        }
        after.version = std::max(after.version, row ? row->version : 0) + 1;
        after.last_modified = std::max(context_.now, row ? row->last_modified : Instant{});
        const auto stored = row_of(after, context_.policy);
        if (!(row ? transaction_.update(stored) : transaction_.insert(stored))) return false;
        const auto put = transaction_.put_member(*after.member);
        CHECK(put);
        if (loss.kind == Loss::Kind::Deletion) transaction_.replace_grants(after.id, image.grants);
        if (after.member->is_active()) {
            transaction_.resume_keys_of(after.id);
            transaction_.revive_keys_of(after.id, loss.time);
        }
        put_back_[after.id] = version_then;
        leave_trail(context_, kUndo, stored, current ? &*current : nullptr, &after);
        if (!row) {
            for (const auto& group : image.groups) put_back_members(group, std::span(&after.id, 1));
            put_back_content(image.content);
        }
        return true;
    }

    // What is the placeholder's now, or gone.
    void put_back_content(const std::vector<Content>& owned) {
        for (const auto& content : owned) {
            const auto current = transaction_.find_content(content.scope, content.reference);
            if (!current || current->owner.is_nil()) transaction_.put_content(content);
        }
    }

    // Whoever answered for the group may be gone.
    void put_back_state(GroupState state) {
        if (!state.owner.is_nil() && !transaction_.find_user(state.owner)) {
            const auto owners = transaction_.active_members_with_role(context_.policy.owner_role, 1);
            state.owner = owners.empty() ? ResourceId{} : owners.front();
        }
        transaction_.put_group_state(state);
    }

    bool put_back_group(LossImage& image) {
        Resource& after = image.before;
        if (transaction_.find_any(after.id) || !is_allowed(nullptr, after)) return false;
        ++after.version;
        after.last_modified = context_.now;
        const auto stored = row_of(after, context_.policy);
        if (!transaction_.insert(stored)) return false;
        if (image.state) put_back_state(*image.state);
        transaction_.replace_grants(after.id, image.grants);
        leave_trail(context_, kUndo, stored, nullptr, &after);
        put_back_members(after.id, image.members);
        for (const auto& group : image.groups) put_back_members(group, std::span(&after.id, 1));
        return true;
    }

    // Those that are still there, and no members again already; how many.
    int64_t put_back_members(ResourceId group, std::span<const ResourceId> members) {
        const ResourceType* type = context_.catalogue.find_type(kGroupType);
        const auto row = type != nullptr ? transaction_.find(kGroupType, group) : std::nullopt;
        if (!row) return 0;
        MembershipOutcome outcome;
        auto free = static_cast<int64_t>(context_.limits.group_members_max) - transaction_.member_count(group);
        for (const auto& id : members) {
            const auto member = transaction_.find_any(id);
            if (free <= 0 || !member || transaction_.has_member(group, id)) continue;
            if (member->type == kGroupType && !group_may_contain(context_, group, *member)) continue;
            transaction_.add_member(group, *member);
            outcome.added.push_back(id);
            --free;
        }
        if (outcome.added.empty()) return 0;
        outcome.changed = true;
        const Resource before = resource_of(*row, *type);
        Resource after = before;
        ++after.version;
        after.last_modified = std::max(context_.now, before.last_modified);
        const auto stored = row_of(after, context_.policy);
        const auto updated = transaction_.update(stored);
        CHECK(updated);
        leave_trail(context_, kUndo, stored, &before, &after, outcome);
        return static_cast<int64_t>(outcome.added.size());
    }

    Context& context_;
    store::TenantTransaction& transaction_;
    std::map<ResourceId, int64_t> put_back_;  // the version that each had where it was put back to
};

Result<MassChange> undecided(Context& context, MassChangeId id) {
    context.transaction.lock_tenant();
    auto change = context.transaction.find_mass_change(id);
    if (!change) return failure(ErrorKind::NotFound, "There is no mass change with this id.");
    if (change->decision.empty()) return *change;
    return failure(ErrorKind::Conflict, "This mass change is decided: it was " + change->decision + ".");
}

std::string decider(const Caller& caller) {
    if (!caller.user.is_nil()) return "member " + caller.user.text();
    return caller.credential.is_nil() ? "operator" : "operator " + caller.credential.text();
}

void close(Context& context, Decision& decision, std::string_view word, std::string_view action) {
    auto& transaction = context.transaction;
    MassChange& change = decision.change;
    const auto last = transaction.losses_before(std::numeric_limits<int64_t>::max(), 1);
    if (!last.empty()) {
        change.losses = transaction.losses_after(Instant{change.first.ms - 1});
        transaction.forget_losses(last.front().time);
    }
    change.decision = word;
    change.decided = context.now;
    change.decided_by = word == "expired" ? "nobody" : decider(context.caller);
    transaction.put_mass_change(change);
    json::array paused;
    for (const auto& credential : decision.paused) paused.emplace_back(credential.text());
    audit::record(transaction, {context.caller, context.request, context.now}, action,
                  {"mass_change", change.id.text()},
                  to_json(json::object{{"losses", change.losses},
                                       {"done", decision.done},
                                       {"skipped", static_cast<int64_t>(decision.skipped.size())},
                                       {"paused", std::move(paused)}}));
}

// False when this was the first of two, and nothing is done yet.
Result<bool> is_agreed(Context& context, MassChange& change) {
    if (!change.needs_two) return true;
    const std::string who = decider(context.caller);
    if (change.approved && change.approved_by != who) return true;
    if (change.approved) {
        return failure(ErrorKind::Conflict,
                       "You have approved this already. Somebody else has to release it as well.");
    }
    change.approved = context.now;
    change.approved_by = who;
    context.transaction.put_mass_change(change);
    audit::record(context.transaction, {context.caller, context.request, context.now}, "mass_change.approve",
                  {"mass_change", change.id.text()}, "{}");
    return false;
}

void pause(Context& context, CredentialId id, Decision& decision) {
    auto credential = context.transaction.credential(id);
    if (!credential || credential->revoked || credential->paused) return;
    credential->paused = context.now;
    if (!context.transaction.update_credential(*credential)) return;
    audit::record(context.transaction, {context.caller, context.request, context.now}, "credential.pause",
                  {"credential", id.text()}, "{}");
    decision.paused.push_back(id);
}

// False when there is nothing to complete: it is back, or gone already.
Result<bool> complete(Context& context, const Loss& loss) {
    const auto member = context.transaction.find_member(loss.target);
    const auto row = context.transaction.find_user(loss.target);
    const ResourceType* type = context.catalogue.find_type(kUserType);
    if (!row || !member || !member->removed_at || row->version != loss.version) return false;
    TRY_VOID(remove_resource(context, *type, loss.target, {}));
    return true;
}

}  // namespace

Result<Decision> undo_mass_change(Context& context, MassChangeId id) {
    Decision decision{TRY(undecided(context, id))};
    Undoing undoing(context);
    std::set<CredentialId> causes;
    int64_t below = std::numeric_limits<int64_t>::max();
    for (bool more = true; more;) {
        const auto page = context.transaction.losses_before(below, kPage);
        for (const auto& loss : page) {
            if (!loss.credential.is_nil()) causes.insert(loss.credential);
            if (undoing.undo(loss)) {
                ++decision.done;
            } else {
                decision.skipped.push_back(loss.target);
            }
            below = loss.seq;
        }
        more = static_cast<int64_t>(page.size()) == kPage;
    }
    for (const auto& credential : causes) pause(context, credential, decision);
    close(context, decision, "undone", "mass_change.undo");
    return decision;
}

Result<Decision> release_mass_change(Context& context, MassChangeId id, std::string_view word) {
    Decision decision{TRY(undecided(context, id))};
    if (word == kReleased && !TRY(is_agreed(context, decision.change))) return decision;
    auto& transaction = context.transaction;
    int64_t above = 0;
    for (bool more = true; more;) {
        const auto page = transaction.losses(above, kPage);
        for (const auto& loss : page) {
            above = loss.seq;
            const bool is_user = loss.kind == Loss::Kind::Deactivation || loss.kind == Loss::Kind::Deletion;
            if (loss.waits) {
                if (TRY(complete(context, loss))) {
                    ++decision.done;
                } else {
                    decision.skipped.push_back(loss.target);
                }
            } else if (is_user && context.policy.keys_on_return == KeysOnReturn::StayDead) {
                const auto member = transaction.find_member(loss.target);
                if (member && !member->is_active()) transaction.revoke_keys_of(loss.target, context.now);
            }
        }
        more = static_cast<int64_t>(page.size()) == kPage;
    }
    close(context, decision, word, "mass_change.release");
    return decision;
}

}  // namespace rollcall::directory
