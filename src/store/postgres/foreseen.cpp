#include "store/postgres/foreseen.h"

#include <algorithm>

#include "store/postgres/credential_rows.h"
#include "store/postgres/resource_rows.h"

namespace rollcall::store::postgres {
namespace {

constexpr size_t kGuessesMax = 10'000;

template <class AnyId>
void add_once(std::vector<AnyId>& all, const AnyId& one) {
    if (std::ranges::find(all, one) == all.end()) all.push_back(one);
}

}  // namespace

// ------------------------------------------------------------------------------------------------ users

void KnownTenant::ask(Connection& connection, TenantId tenant, const std::vector<ResourceId>& ids) {
    // A manager is text, and an id only when it looks like one. The id is made before the look-up: a
    // condition with a cast in it is judged behind row security, row by row. Each user is one look into the
    // index of ids: of a list of them the planner thinks that any index would do, as long as it has not
    // counted the rows.
    connection.ask(
        "WITH r AS MATERIALIZED (SELECT " ROLLCALL_SHOWN_COLUMNS
        ", CASE WHEN r.manager ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' THEN "
        "r.manager::uuid END AS manager_id "
        "FROM unnest($2::uuid[]) AS asked (id) CROSS JOIN LATERAL (SELECT " ROLLCALL_SHOWN_COLUMNS
        " FROM resource r WHERE r.tenant_id = $1 AND r.type = 'User' AND r.id = asked.id AND NOT r.hidden "
        "OFFSET 0) r) "
        "SELECT " ROLLCALL_SHOWN_COLUMNS
        ", (SELECT m.display FROM resource m WHERE m.tenant_id = $1 AND m.type = 'User' AND m.id = "
        "r.manager_id AND NOT m.hidden) FROM r",
        tenant, ids);
    ask_for_direct_groups(connection, tenant, ids, false);
}

KnownTenant::KnownTenant(const std::vector<ResourceId>& ids, Rows users, Rows groups)
    : users_(std::move(users)) {
    constexpr int kManager = 7;  // behind ROLLCALL_SHOWN_COLUMNS
    for (const auto& id : ids) asked_.emplace(id, User{});
    for (int row = 0; users_.next(); ++row) {
        asked_[users_.id<ResourceId>(0)].row = row;
        if (users_.is_null(kManager)) continue;
        if (const auto manager = ResourceId::parse(users_.text(5))) {
            managers_.emplace(*manager, users_.text(kManager));
        }
    }
    read_direct_groups(groups, [&](ResourceId member, std::optional<GroupReference> group, bool has_more) {
        auto& user = asked_[member];
        user.has_more_groups |= has_more;
        if (group) user.groups.push_back(std::move(*group));
    });
}

bool KnownTenant::look_at(ResourceId id, std::optional<RowView>& row) {
    const auto found = asked_.find(id);
    if (found == asked_.end()) return false;
    if (found->second.row == kNoRow) return true;
    users_.go_to(found->second.row);
    row = view_resource(users_, "User");
    return true;
}

const std::vector<GroupReference>* KnownTenant::groups_of(ResourceId id) const {
    const auto found = asked_.find(id);
    if (found == asked_.end() || found->second.has_more_groups) return nullptr;
    return &found->second.groups;
}

const std::string* KnownTenant::manager(ResourceId id) const {
    const auto found = managers_.find(id);
    return found == managers_.end() ? nullptr : &found->second;
}

// ------------------------------------------------------------------------------------------------ all

void Known::take(const ForeseenQuestion& question, std::vector<Rows> answers) {
    auto next = answers.begin();
    for (Rows& rows = *next++; rows.next();) {
        Found found(read_credential(rows), read_tenant(rows, kCredentialColumns));
        credentials_.emplace(found.first.token_hash, std::move(found));
    }
    for (const auto& [tenant, ids] : question.users) {
        tenants_.try_emplace(tenant, ids, std::move(next[0]), std::move(next[1]));
        next += KnownTenant::kAnswers;
    }
}

const Known::Found* Known::credential(const Sha256& token_hash) const {
    const auto found = credentials_.find(token_hash);
    return found == credentials_.end() ? nullptr : &found->second;
}

KnownTenant* Known::of(TenantId tenant) {
    const auto found = tenants_.find(tenant);
    return found == tenants_.end() ? nullptr : &found->second;
}

ForeseenQuestion Guesses::sort(std::span<const Foreseen> all) const {
    ForeseenQuestion question;
    for (const auto& one : all) {
        if (!one.token_hash) continue;
        add_once(question.tokens, *one.token_hash);
        const auto tenant = tenants_.find(*one.token_hash);
        if (one.type == "User" && tenant != tenants_.end()) add_once(question.users[tenant->second], one.id);
    }
    return question;
}

void Guesses::learn(const Known& known) {
    if (tenants_.size() > kGuessesMax) tenants_.clear();
    for (const auto& [token_hash, found] : known.credentials()) tenants_[token_hash] = found.second.id;
}

}  // namespace rollcall::store::postgres
