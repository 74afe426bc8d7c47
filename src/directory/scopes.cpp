#include "directory/scopes.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "base/text.h"
#include "directory/groups.h"

namespace rollcall::directory {
namespace {

constexpr std::string_view kGlobal = "global";
constexpr size_t kScopeBytesMax = 1024;

bool is_kind(std::string_view kind) {
    return kind == "user" || kind == "group" || kind == "org";
}

bool is_active(store::TenantTransaction& transaction, ResourceId member) {
    const auto known = transaction.find_member(member);
    return known && known->is_active();
}

bool is_enabled(store::TenantTransaction& transaction, ResourceId group) {
    const auto state = transaction.find_group_state(group);
    return state && state->enabled;
}

void add(std::map<std::string, ScopeAccess>& all, const ScopeGrant& grant) {
    const auto [place, is_new] = all.emplace(grant.scope, grant.access);
    if (!is_new) place->second = std::max(place->second, grant.access);
}

}  // namespace

Result<std::string> read_scope(std::string_view text, ScopeForm form) {
    const auto refuse = [&] {
        return failure(ErrorKind::InvalidValue,
                       std::string("A scope is \"user:ID\", \"group:NAME\", \"org:NAME\" or \"global\"") +
                           (form == ScopeForm::Pattern ? ", or ends in \":*\" or \"/*\"." : "."));
    };
    if (text == kGlobal) return std::string(text);
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || text.size() > kScopeBytesMax || !is_kind(text.substr(0, colon))) {
        return refuse();
    }
    const auto name = text.substr(colon + 1);
    const bool has_control = std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    if (name.empty() || has_control) return refuse();
    if (const auto star = name.find('*'); star != std::string_view::npos) {
        const bool at_end = star + 1 == name.size() && (star == 0 || name[star - 1] == '/');
        if (form == ScopeForm::Exact || !at_end) return refuse();
    }
    return std::string(text.substr(0, colon + 1)) + fold_case(name);
}

bool scope_matches(std::string_view pattern, std::string_view scope) {
    if (!pattern.ends_with('*')) return pattern == scope;
    pattern.remove_suffix(1);
    return scope.size() > pattern.size() && scope.starts_with(pattern);
}

std::vector<store::GroupReference> effective_groups(store::TenantTransaction& transaction, ResourceId member) {
    std::vector<store::GroupReference> found;
    if (!is_active(transaction, member)) return found;
    std::unordered_set<ResourceId> seen{member};
    const auto climb = [&](ResourceId from, bool direct) {
        for (auto& group : transaction.direct_groups_of(from)) {
            if (!seen.insert(group.id).second || !is_enabled(transaction, group.id)) continue;
            group.direct = direct;
            found.push_back(std::move(group));
        }
    };
    climb(member, true);
    for (size_t at = 0; at < found.size(); ++at) climb(ResourceId(found[at].id), false);
    return found;
}

std::vector<store::MemberRow> effective_members(store::TenantTransaction& transaction, ResourceId group) {
    std::vector<store::MemberRow> users;
    if (!is_enabled(transaction, group)) return users;
    std::unordered_set<ResourceId> seen{group};
    std::vector<ResourceId> groups{group};
    for (size_t at = 0; at < groups.size(); ++at) {
        std::vector<store::MemberRow> members;  // no other statement while the rows are read
        transaction.members(groups[at], [&](const store::MemberRow& member) {
            if (seen.insert(member.id).second) members.push_back(member);
        });
        for (auto& member : members) {
            if (member.type == kGroupType && is_enabled(transaction, member.id)) groups.push_back(member.id);
            if (member.type == "User" && is_active(transaction, member.id)) users.push_back(std::move(member));
        }
    }
    std::ranges::sort(users, {}, &store::MemberRow::id);
    return users;
}

std::vector<ScopeGrant> scopes_of(store::TenantTransaction& transaction, const Policy& policy, ResourceId member) {
    if (!is_active(transaction, member)) return {};
    std::map<std::string, ScopeAccess> all;
    add(all, {"user:" + member.text(), ScopeAccess::Write});
    for (const auto& grant : transaction.grants_of(member)) add(all, grant);
    for (const auto& group : effective_groups(transaction, member)) {
        // A name that looks like a pattern is no pattern. Only where no two groups have the same name is it a key.
        const bool is_key = policy.groups == GroupMode::Paths && policy.unique_group_names;
        auto own = read_scope(scope_of_group(group.display), ScopeForm::Exact);
        if (is_key && own) add(all, {std::move(*own), ScopeAccess::Write});
        for (const auto& grant : transaction.grants_of(group.id)) add(all, grant);
    }
    std::vector<ScopeGrant> scopes;
    for (const auto& [scope, access] : all) scopes.push_back({scope, access});
    return scopes;
}

bool may_access(store::TenantTransaction& transaction, const Policy& policy, ResourceId member, std::string_view scope,
                ScopeAccess access) {
    return std::ranges::any_of(scopes_of(transaction, policy, member), [&](const ScopeGrant& held) {
        return held.access >= access && scope_matches(held.scope, scope);
    });
}

std::string_view access_name(ScopeAccess access) {
    return access == ScopeAccess::Write ? "write" : "read";
}

Result<ScopeAccess> access_named(std::string_view name) {
    if (name == "read") return ScopeAccess::Read;
    if (name == "write") return ScopeAccess::Write;
    return failure(ErrorKind::InvalidValue, "Access is \"read\" or \"write\".");
}

}  // namespace rollcall::directory
