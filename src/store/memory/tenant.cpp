#include "store/memory/tenant.h"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace rollcall::store::memory {
namespace {

std::unexpected<Error> taken(std::string_view attribute) {
    return failure(ErrorKind::Uniqueness, "Another resource of this tenant has this value of '" +
                                              std::string(attribute) +
                                              "'; use a different one, or update that resource.");
}

}  // namespace

TenantData& MemoryTenant::change() {
    if (access_ == Access::Read) throw std::logic_error("a reader cannot write");
    return state_.changeable(id_);
}

// ------------------------------------------------------------------------------------------------ resources

std::optional<ResourceRow> MemoryTenant::find(std::string_view type, ResourceId id) {
    const auto* row = data().find(type, id);
    if (!is_seen(row)) return std::nullopt;
    ResourceRow found = *row;
    found.indexed.clear();
    return found;
}

bool MemoryTenant::look_at(std::string_view type, ResourceId id,
                           const std::function<void(const RowView&)>& visit) {
    const auto row = find(type, id);
    if (row) visit(view_of(*row));
    return row.has_value();
}

std::optional<MemberRow> MemoryTenant::find_any(ResourceId id) {
    const auto* row = data().find_any(id);
    if (!is_seen(row)) return std::nullopt;
    return MemberRow{id, row->type, row->display};
}

Result<void> MemoryTenant::check_unique(const ResourceRow& row) const {
    const auto& all = data().resources;
    for (const auto& [type, rows] : all) {
        for (const auto& [id, other] : rows) {
            if (id == row.id) continue;
            if (!row.user_name_key.empty() && other.user_name_key == row.user_name_key)
                return taken("userName");
        }
    }
    const auto rows = all.find(row.type);
    for (const auto& value : row.indexed) {
        if (!value.unique || rows == all.end()) continue;
        for (const auto& [id, other] : rows->second) {
            if (id != row.id && std::ranges::find(other.indexed, value) != other.indexed.end()) {
                return taken(value.attribute);
            }
        }
    }
    return {};
}

Result<void> MemoryTenant::insert(const ResourceRow& row) {
    auto& here = change();
    TRY_VOID(check_unique(row));
    if (here.find(row.type, row.id) != nullptr) return taken("id");
    here.resources[row.type][row.id] = row;
    if (row.type == "Group") here.group_states[row.id] = {row.id, "api", {}, true};
    return {};
}

Result<void> MemoryTenant::update(const ResourceRow& row) {
    auto& here = change();
    auto* existing = here.find(row.type, row.id);
    if (existing == nullptr) throw std::logic_error("update() of a resource that is not there");
    TRY_VOID(check_unique(row));
    const Instant created = existing->created;
    const bool was_hidden = existing->hidden;
    *existing = row;
    existing->created = created;
    for (auto& [group_id, members] : here.members) {
        const auto member = members.find(row.id);
        if (member == members.end()) continue;
        member->second.display = row.display;
        auto* group = here.find_any(group_id);
        if (group == nullptr || was_hidden == row.hidden) continue;
        ++group->version;
        group->last_modified = std::max(group->last_modified, row.last_modified);
    }
    return {};
}

bool MemoryTenant::erase(std::string_view type, ResourceId id, Instant now) {
    auto& here = change();
    if (here.find(type, id) == nullptr) return false;
    here.members.erase(id);
    for (auto& [group_id, members] : here.members) {
        if (members.erase(id) == 0) continue;
        if (auto* group = here.find_any(group_id)) {
            ++group->version;
            group->last_modified = std::max(group->last_modified, now);
        }
    }
    erase_group_rows(id);
    here.resources.find(type)->second.erase(id);
    if (type == "User") {
        here.member_rows.erase(id);
        remove_subjects_of(id);
    }
    if (type == "User") {
        set_password(id, {}, now);
        end_administration_of(id);
    }
    return true;
}

// ------------------------------------------------------------------------------------------------
// memberships

bool MemoryTenant::add_member(ResourceId group, const MemberRow& member) {
    return change().members[group].emplace(member.id, member).second;
}

bool MemoryTenant::remove_member(ResourceId group, ResourceId member) {
    return is_seen(member) && change().members[group].erase(member) > 0;
}

int64_t MemoryTenant::remove_all_members(ResourceId group) {
    auto& members = change().members[group];
    return static_cast<int64_t>(std::erase_if(members, [&](const auto& entry) { return is_seen(entry.first); }));
}

bool MemoryTenant::has_member(ResourceId group, ResourceId member) {
    const auto found = data().members.find(group);
    return found != data().members.end() && found->second.contains(member) && is_seen(member);
}

int64_t MemoryTenant::member_count(ResourceId group) {
    const auto found = data().members.find(group);
    if (found == data().members.end()) return 0;
    return std::ranges::count_if(found->second, [&](const auto& entry) { return is_seen(entry.first); });
}

void MemoryTenant::members(ResourceId group, const std::function<void(const MemberRow&)>& visit) {
    const auto found = data().members.find(group);
    if (found == data().members.end()) return;
    for (const auto& [id, member] : found->second) {
        if (is_seen(id)) visit(member);
    }
}

std::vector<GroupReference> MemoryTenant::groups_of(ResourceId member) {
    std::set<ResourceId> direct;
    std::set<ResourceId> indirect;
    const auto& members = data().members;
    for (const auto& [group, rows] : members) {
        if (rows.contains(member)) direct.insert(group);
    }
    std::vector<ResourceId> next(direct.begin(), direct.end());
    while (!next.empty()) {
        const ResourceId at = next.back();
        next.pop_back();
        for (const auto& [group, rows] : members) {
            if (!rows.contains(at) || direct.contains(group) || !indirect.insert(group).second) continue;
            next.push_back(group);
        }
    }
    direct.erase(member);
    indirect.erase(member);
    std::vector<GroupReference> found;
    const auto add = [&](const std::set<ResourceId>& groups, bool is_direct) {
        for (const auto& id : groups) {
            const auto* group = data().find_any(id);
            if (is_seen(group)) found.push_back({id, group->display, is_direct});
        }
    };
    add(direct, true);
    add(indirect, false);
    return found;
}

std::vector<GroupReference> MemoryTenant::direct_groups_of(ResourceId member) {
    std::vector<GroupReference> found;
    for (const auto& [id, rows] : data().members) {
        const auto* group = rows.contains(member) ? data().find_any(id) : nullptr;
        if (is_seen(group)) found.push_back({id, group->display, true});
    }
    return found;
}

std::vector<std::vector<GroupReference>> MemoryTenant::groups_of_each(
    const std::vector<ResourceId>& members) {
    std::vector<std::vector<GroupReference>> all;
    for (const auto& member : members) all.push_back(groups_of(member));
    return all;
}

bool MemoryTenant::reaches(ResourceId start, ResourceId group) {
    std::set<ResourceId> seen{start};
    std::vector<ResourceId> next{start};
    while (!next.empty()) {
        const ResourceId at = next.back();
        next.pop_back();
        if (at == group) return true;
        members(at, [&](const MemberRow& member) {
            if (seen.insert(member.id).second) next.push_back(member.id);
        });
    }
    return false;
}

int64_t MemoryTenant::nesting(ResourceId group, Nesting direction, int64_t most) {
    std::set<ResourceId> level{group};
    for (int64_t depth = 0; depth < most; ++depth) {
        std::set<ResourceId> next;
        for (const auto& [above, rows] : data().members) {
            for (const auto& [id, member] : rows) {
                if (direction == Nesting::Above && level.contains(id)) next.insert(above);
                if (direction == Nesting::Below && level.contains(above) && member.type == "Group")
                    next.insert(id);
            }
        }
        if (next.empty()) return depth;
        level = std::move(next);
    }
    return most;
}

// ------------------------------------------------------------------------------------------------ schemas

std::vector<ResourceRow> MemoryTenant::resources_after(std::string_view type, ResourceId after,
                                                       int64_t most) {
    std::vector<ResourceRow> found;
    const auto rows = data().resources.find(type);
    if (rows == data().resources.end()) return found;
    for (auto row = rows->second.upper_bound(after);
         row != rows->second.end() && static_cast<int64_t>(found.size()) < most; ++row) {
        if (!is_seen(&row->second)) continue;
        found.push_back(row->second);
        found.back().indexed.clear();
    }
    return found;
}

int64_t MemoryTenant::resource_count(std::string_view type) {
    const auto rows = data().resources.find(type);
    if (rows == data().resources.end()) return 0;
    return std::ranges::count_if(rows->second, [&](const auto& entry) { return is_seen(&entry.second); });
}

// ------------------------------------------------------------------------------------------------ members

std::optional<Member> MemoryTenant::find_member(ResourceId id) {
    const auto found = data().member_rows.find(id);
    return found == data().member_rows.end() ? std::nullopt : std::optional(found->second);
}

Result<void> MemoryTenant::put_member(const Member& member) {
    auto& here = change();
    const auto other = member.account.is_nil() || member.removed_at ? std::nullopt : member_of_account(member.account);
    if (other && *other != member.id) {
        return failure(ErrorKind::Uniqueness, "Another member of this tenant is the same person.");
    }
    here.member_rows[member.id] = member;
    return {};
}

std::vector<ResourceId> MemoryTenant::active_members_with_role(std::string_view role, int64_t most) {
    std::vector<ResourceId> found;
    for (const auto& [id, member] : data().member_rows) {
        const bool is_wanted = member.role == role && member.is_active();
        if (is_wanted && static_cast<int64_t>(found.size()) < most) found.push_back(id);
    }
    return found;
}

std::optional<ResourceRow> MemoryTenant::find_user(ResourceId id) {
    const auto* row = data().find("User", id);
    if (row == nullptr) return std::nullopt;
    ResourceRow found = *row;
    found.indexed.clear();
    return found;
}

std::optional<ResourceId> MemoryTenant::user_named(std::string_view user_name_key) {
    for (const auto& [type, rows] : data().resources) {
        for (const auto& [id, row] : rows) {
            if (!user_name_key.empty() && row.user_name_key == user_name_key) return id;
        }
    }
    return std::nullopt;
}

std::optional<ResourceId> MemoryTenant::removed_member_named(std::string_view user_name_key) {
    const Member* last = nullptr;
    for (const auto& [id, member] : data().member_rows) {
        if (user_name_key.empty() || member.removed_name != user_name_key) continue;
        if (last == nullptr || last->removed_at <= member.removed_at) last = &member;
    }
    return last == nullptr ? std::nullopt : std::optional(last->id);
}

std::optional<ResourceId> MemoryTenant::member_of_account(AccountId account) {
    for (const auto& [id, member] : data().member_rows) {
        if (!account.is_nil() && member.account == account && !member.removed_at) return id;
    }
    return std::nullopt;
}

void MemoryTenant::leave_groups(ResourceId hidden) {
    const auto* row = data().find_any(hidden);
    if (row == nullptr || !row->hidden) return;
    for (auto& [group, members] : change().members) members.erase(hidden);
}

std::optional<Account> MemoryTenant::find_verified_account(std::string_view email) {
    const auto* account = state_.verified_account(email);
    return account == nullptr ? std::nullopt : std::optional(*account);
}

std::optional<Account> MemoryTenant::find_account(AccountId id) {
    const auto found = state_.accounts.find(id);
    return found == state_.accounts.end() ? std::nullopt : std::optional(found->second);
}

Result<void> MemoryTenant::put_account(const Account& account) {
    change();
    const auto* other = account.verified_at ? state_.verified_account(account.email) : nullptr;
    if (other != nullptr && other->id != account.id) {
        return failure(ErrorKind::Uniqueness, "This e-mail address belongs to another account.");
    }
    auto& stored = state_.accounts[account.id];
    const Instant created = stored.id.is_nil() ? account.created : stored.created;
    stored = account;
    stored.created = created;
    return {};
}

// ------------------------------------------------------------------------------------------------ schemas

std::vector<SchemaRow> MemoryTenant::schemas() {
    return data().schemas;
}

void MemoryTenant::replace_schemas(const std::vector<SchemaRow>& rows, int64_t version) {
    auto& schemas = change().schemas;
    schemas = rows;
    std::ranges::sort(schemas, {}, [](const SchemaRow& row) { return std::pair(row.kind, row.name); });
    state_.tenants.at(id_.value).schema_version = version;
}

int64_t MemoryTenant::schema_version() {
    const auto tenant = state_.tenants.find(id_.value);
    return tenant == state_.tenants.end() ? 0 : tenant->second.schema_version;
}

void MemoryTenant::append_outbox(const OutboxRow&) {
    ++change().outbox_rows;
}

}  // namespace rollcall::store::memory
