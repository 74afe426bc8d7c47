#include "store/postgres/verify.h"

#include <map>

#include "base/graph.h"
#include "model/policy.h"
#include "model/visibility.h"
#include "store/postgres/credential_rows.h"
#include "store/postgres/resource_rows.h"
#include "store/verify_resource.h"

namespace rollcall::store::postgres {
namespace {

#define ROLLCALL_HAS_RESOURCE(table, column, type)                                                  \
    "EXISTS (SELECT 1 FROM resource r WHERE r.tenant_id = $1 AND r.type " type " AND r.id = " table \
    "." column ")"
#define ROLLCALL_IN_ANY_TYPE                                                                                 \
    "IN (SELECT substr(c.name, 6) FROM counter c WHERE c.tenant_id = $1 AND c.name >= 'type:' AND c.name < " \
    "'type;')"

class TenantVerifier {
public:
    TenantVerifier(Connection& connection, const Tenant& tenant, const Catalogue& catalogue,
                   std::vector<Violation>& violations)
        : connection_(connection), tenant_(tenant), catalogue_(&catalogue), violations_(violations) {}

    void run() {
        connection_.send("SELECT set_config('rollcall.tenant', $1, true)", std::to_string(tenant_.id.value));
        read_policy();
        read_schemas();
        check_resources();
        check_index_rows();
        check_counters();
        check_memberships();
        check_group_circles();
        check_members();
        check_doors();
        check_group_rows();
        check_trail();
    }

private:
    void add(std::string_view invariant, ResourceId id = {}) {
        violations_.push_back({std::string(invariant), tenant_.slug + (id.is_nil() ? "" : " " + id.text())});
    }
    // Statements that name what is wrong: a column of ids.
    void add_all(std::string_view invariant, Sql sql) {
        Rows rows = connection_.run(sql, tenant_.id);
        while (rows.next()) add(invariant, rows.id<ResourceId>(0));
    }
    int64_t number(Sql sql) {
        Rows rows = connection_.run(sql, tenant_.id);
        return rows.next() ? rows.integer(0) : 0;
    }

    // What depends on one that cannot be read cannot be judged.
    void read_policy() {
        auto policy = rollcall::read_policy(tenant_.policy);
        if (!policy) return add("tenant.policy_readable");
        policy_ = *std::move(policy);
    }

    void read_schemas() {
        std::vector<SchemaDocument> own;
        Rows rows = connection_.run("SELECT document FROM tenant_schema WHERE tenant_id = $1", tenant_.id);
        while (rows.next()) {
            auto parsed = parse_json(rows.text(0));
            if (!parsed || !parsed->is_object()) {
                add("tenant_schema.well_formed");
                continue;
            }
            own.push_back({"", std::move(parsed->as_object())});
        }
        if (own.empty()) return;
        auto extended = catalogue_->extended(own);
        if (!extended) return add("tenant_schema.consistent");
        own_catalogue_ = std::move(*extended);
        catalogue_ = own_catalogue_.get();
    }

    void check_resources() {
        ResourceId after;
        for (;;) {
            Rows rows =
                connection_.run("SELECT " ROLLCALL_RESOURCE_COLUMNS
                                ", r.indexed FROM resource r WHERE r.tenant_id = $1 AND r.id > $2 ORDER BY "
                                "r.id LIMIT 1000",
                                tenant_.id, after);
            if (rows.count() == 0) return;
            while (rows.next()) {
                const auto row = read_resource(rows);
                after = row.id;
                ++(row.hidden ? hidden_ : counted_)[row.type];
                const int64_t active = !row.active ? 2 : *row.active ? 1 : 0;
                const StoredResource stored{row, active, unpack_indexed(rows.text(kResourceColumns))};
                for (const auto invariant :
                     broken_invariants(stored, *catalogue_, policy_ ? &*policy_ : nullptr))
                    add(invariant, row.id);
                for (const auto& value : stored.indexed)
                    ++(value.unique ? unique_rows_ : index_rows_)[value_of(row, value)];
            }
        }
    }

    static std::string value_of(const ResourceRow& row, const IndexedValue& value) {
        return (value.unique ? row.type + '\0' : std::string()) + value.attribute + '\0' + value.key + '\0' +
               row.id.text();
    }

    void check_index_rows() {
        Rows indexed = connection_.run(
            "SELECT attribute, key, resource_id FROM value_index WHERE tenant_id = $1", tenant_.id);
        while (indexed.next()) {
            const auto id = indexed.id<ResourceId>(2);
            const auto text =
                std::string(indexed.text(0)) + '\0' + std::string(indexed.text(1)) + '\0' + id.text();
            if (index_rows_.erase(text) == 0) add("value_index.no_others", id);
        }
        if (!index_rows_.empty()) add("value_index.row_exists");
        Rows unique = connection_.run(
            "SELECT type, attribute, key, resource_id FROM unique_value WHERE tenant_id = $1", tenant_.id);
        while (unique.next()) {
            const auto id = unique.id<ResourceId>(3);
            const auto text = std::string(unique.text(0)) + '\0' + std::string(unique.text(1)) + '\0' +
                              std::string(unique.text(2)) + '\0' + id.text();
            if (unique_rows_.erase(text) == 0) add("unique_value.no_others", id);
        }
        if (!unique_rows_.empty()) add("unique_value.row_exists");
        add_all("resource.id_unique",
                "SELECT id FROM resource WHERE tenant_id = $1 GROUP BY id HAVING count(*) > 1");
        add_all("credential.user_is_active",
                "SELECT c.id FROM credential c WHERE c.tenant_id = $1 AND c.user_id IS NOT NULL AND "
                "c.revoked IS NULL "
                "AND NOT EXISTS (SELECT 1 FROM resource r WHERE r.tenant_id = $1 AND r.type = 'User' AND "
                "r.id = c.user_id AND r.active IS DISTINCT FROM false)");
    }

    void check_counters() {
        Rows rows = connection_.run("SELECT name, value FROM counter WHERE tenant_id = $1", tenant_.id);
        while (rows.next()) {
            const std::string name(rows.text(0));
            const auto compare = [&](std::string_view kind, std::map<std::string, int64_t>& there,
                                     std::string_view invariant) {
                if (!name.starts_with(kind)) return;
                const auto found = there.find(name.substr(kind.size()));
                if ((found == there.end() ? 0 : found->second) != rows.integer(1)) add(invariant);
                if (found != there.end()) there.erase(found);
            };
            compare("type:", counted_, "counter.resources");
            compare("hidden:", hidden_, "counter.hidden");
        }
        if (!counted_.empty() || !hidden_.empty()) add("counter.exists");
        if (number("SELECT count(*) FROM outbox WHERE tenant_id = $1 AND seq > coalesce((SELECT value FROM "
                   "counter c "
                   "WHERE c.tenant_id = $1 AND c.name = 'outbox'), 0)") > 0)
            add("counter.outbox");
    }

    void check_memberships() {
        add_all("membership.group_exists",
                "SELECT DISTINCT m.group_id FROM membership m WHERE m.tenant_id = $1 AND "
                "NOT " ROLLCALL_HAS_RESOURCE("m", "group_id", ROLLCALL_IN_ANY_TYPE));
        Rows rows = connection_.run(
            "SELECT m.member_id, r.id, r.display = m.display, r.hidden = m.hidden FROM membership m LEFT "
            "JOIN resource r "
            "ON r.tenant_id = $1 AND r.type = m.member_type AND r.id = m.member_id WHERE m.tenant_id = $1 "
            "AND "
            "(r.id IS NULL OR r.display <> m.display OR r.hidden <> m.hidden)",
            tenant_.id);
        while (rows.next()) {
            add(rows.is_null(1)    ? "membership.member_exists"
                : !rows.boolean(2) ? "membership.display"
                                   : "membership.hidden",
                rows.id<ResourceId>(0));
        }
        add_all(
            "resource.member_count",
            "SELECT r.id FROM resource r WHERE r.tenant_id = $1 AND r.member_count <> (SELECT count(*) FROM "
            "membership m WHERE m.tenant_id = $1 AND m.group_id = r.id AND NOT m.hidden)");
    }

    // What the policy of the tenant says about circles (decision 012).
    void check_group_circles() {
        if (!policy_ || policy_->group_cycles == GroupCycles::Allow) return;
        std::vector<ResourceId> ids;
        std::map<ResourceId, size_t> places;
        std::map<ResourceId, int64_t> created;
        Graph graph;
        const auto place_of = [&](ResourceId id) {
            const auto [place, is_new] = places.emplace(id, ids.size());
            if (is_new) {
                ids.push_back(id);
                graph.emplace_back();
            }
            return place->second;
        };
        Rows rows = connection_.run(
            "SELECT m.group_id, m.member_id, r.created FROM membership m LEFT JOIN resource r ON r.tenant_id "
            "= $1 AND "
            "r.type = 'Group' AND r.id = m.group_id WHERE m.tenant_id = $1 AND m.member_type = 'Group'",
            tenant_.id);
        while (rows.next()) {
            const size_t from = place_of(rows.id<ResourceId>(0));
            const size_t to = place_of(rows.id<ResourceId>(1));
            graph[from].push_back(to);
            created[rows.id<ResourceId>(0)] = rows.integer(2);
        }
        for (const auto& circle : strongly_connected(graph)) {
            if (!is_circle(graph, circle)) continue;
            const auto first = ids[circle.front()];
            bool whole = true;
            for (const size_t group : circle) whole = whole && created[ids[group]] == created[first];
            if (policy_->group_cycles == GroupCycles::Refuse || !whole) add("membership.circle", first);
        }
    }

    void check_members() {
        add_all("member.exists",
                "SELECT r.id FROM resource r WHERE r.tenant_id = $1 AND r.type = 'User' AND EXISTS (SELECT 1 "
                "FROM member "
                "x WHERE x.tenant_id = $1) AND NOT EXISTS (SELECT 1 FROM member m WHERE m.tenant_id = $1 AND "
                "m.id = "
                "r.id)");
        add_all("member.user_exists",
                "SELECT m.id FROM member m WHERE m.tenant_id = $1 AND NOT " ROLLCALL_HAS_RESOURCE(
                    "m", "id", "= 'User'"));
        add_all("member.account_exists",
                "SELECT m.id FROM member m WHERE m.tenant_id = $1 AND m.account_id IS NOT NULL AND NOT "
                "EXISTS (SELECT 1 "
                "FROM account a WHERE a.id = m.account_id)");
        add_all("resource.hidden_is_member",
                "SELECT id FROM resource WHERE tenant_id = $1 AND hidden AND type <> 'User'");
        if (!policy_) return;
        Rows rows = connection_.run(
            "SELECT m.id, m.role, m.managed, m.deactivated_at IS NOT NULL, m.removed_at, r.active, r.hidden, "
            "r.user_name_key IS NULL FROM member m JOIN resource r ON r.tenant_id = $1 AND r.type = 'User' "
            "AND r.id = "
            "m.id WHERE m.tenant_id = $1",
            tenant_.id);
        while (rows.next()) check_member(rows);
        check_owners();
    }

    // What a member leaves behind when it is deactivated or gone: nothing that opens a door (MOB-05, MOD-03, PLU-06).
    void check_doors() {
#define ROLLCALL_OF_NO_ACTIVE_MEMBER                                                      \
    " x.tenant_id = $1 AND EXISTS (SELECT 1 FROM member o WHERE o.tenant_id = $1) AND NOT " \
    "EXISTS (SELECT 1 FROM member m WHERE m.tenant_id = $1 AND m.id = x.member_id AND m.deactivated_at IS NULL)"
        add_all("session.member_is_active",
                "SELECT DISTINCT x.member_id FROM member_session x WHERE" ROLLCALL_OF_NO_ACTIVE_MEMBER);
        add_all("key.member_is_active",
                "SELECT DISTINCT x.member_id FROM member_key x WHERE x.suspended IS NULL AND x.revoked IS NULL "
                "AND" ROLLCALL_OF_NO_ACTIVE_MEMBER);
        add_all("admin_session.member_is_active",
                "SELECT DISTINCT x.member_id FROM admin_session x WHERE x.member_id IS NOT NULL "
                "AND" ROLLCALL_OF_NO_ACTIVE_MEMBER);
        add_all("link.member_is_active",
                "SELECT DISTINCT x.member_id FROM member_token x WHERE" ROLLCALL_OF_NO_ACTIVE_MEMBER);
#undef ROLLCALL_OF_NO_ACTIVE_MEMBER
    }

    void check_member(const Rows& rows) {
        const auto id = rows.id<ResourceId>(0);
        Member member;
        member.role = rows.text(1);
        member.managed = rows.text(2) == "scim" ? Managed::Scim : Managed::Manual;
        member.removed_at = rows.optional_instant(4);
        const bool is_inactive = rows.boolean(3);
        // A document that states nothing may be that of either.
        if (!rows.is_null(5) && rows.boolean(5) == is_inactive) add("member.active", id);
        if (is_hidden(member, *policy_) != rows.boolean(6)) add("member.hidden", id);
        if (rank_of(*policy_, member.role) < 0) add("member.role_known", id);
        if (!policy_->inactive_role.empty() && is_inactive != (member.role == policy_->inactive_role))
            add("member.inactive_role", id);
        if (member.removed_at && (!is_inactive || !rows.boolean(7))) add("member.removed", id);
    }

    // At least one active owner, where there is one at all (MOD-08).
    void check_owners() {
        if (!policy_->last_owner_guard || policy_->owner_role.empty()) return;
        Rows rows = connection_.run(
            "SELECT count(*), count(*) FILTER (WHERE deactivated_at IS NULL AND role = $2) FROM member "
            "WHERE tenant_id = $1 AND (role = $2 OR previous_role = $2) AND removed_at IS NULL",
            tenant_.id, policy_->owner_role);
        if (rows.next() && rows.integer(0) > 0 && rows.integer(1) == 0) add("member.last_owner");
    }

    // Every group has a state, and nothing else has one; grants and owners are of resources that are there.
    void check_group_rows() {
        add_all("group_state.exists",
                "SELECT r.id FROM resource r WHERE r.tenant_id = $1 AND r.type = 'Group' AND NOT EXISTS "
                "(SELECT 1 FROM "
                "group_state s WHERE s.tenant_id = $1 AND s.id = r.id)");
        add_all("group_state.group_exists",
                "SELECT s.id FROM group_state s WHERE s.tenant_id = $1 AND NOT " ROLLCALL_HAS_RESOURCE(
                    "s", "id", "= 'Group'"));
        add_all("group_state.owner_exists",
                "SELECT s.id FROM group_state s WHERE s.tenant_id = $1 AND s.owner_id IS NOT NULL AND "
                "NOT " ROLLCALL_HAS_RESOURCE("s", "owner_id", "= 'User'"));
        add_all("group_state.source",
                "SELECT id FROM group_state WHERE tenant_id = $1 AND source NOT IN ('api', 'manual')");
        add_all("scope_grant.subject_exists",
                "SELECT g.subject_id FROM scope_grant g WHERE g.tenant_id = $1 AND "
                "NOT " ROLLCALL_HAS_RESOURCE("g", "subject_id", "IN ('User', 'Group')"));
        add_all(
            "scope_grant.well_formed",
            "SELECT subject_id FROM scope_grant WHERE tenant_id = $1 AND (access NOT IN ('read', 'write') OR "
            "NOT "
            "(scope = 'global' OR scope LIKE 'user:_%' OR scope LIKE 'group:_%' OR scope LIKE 'org:_%'))");
    }

    void check_trail() {
        if (number("SELECT count(*) FROM audit WHERE tenant_id = $1 HAVING max(seq) <> count(*) OR min(seq) "
                   "<> 1") > 0)
            add("audit.sequence");
        if (number("SELECT count(*) FROM event WHERE tenant_id = $1 HAVING max(seq) <> count(*) OR min(seq) "
                   "<> 1") > 0)
            add("event.sequence");
    }

    Connection& connection_;
    const Tenant& tenant_;
    const Catalogue* catalogue_;
    std::shared_ptr<const Catalogue> own_catalogue_;
    std::vector<Violation>& violations_;
    std::optional<Policy> policy_;
    std::map<std::string, int64_t> counted_, hidden_;  // resources by type
    std::map<std::string, int64_t> index_rows_, unique_rows_;
};

}  // namespace

std::vector<Violation> verify_database(Connection& connection, const Catalogue& catalogue) {
    std::vector<Violation> violations;
    // Unlike servers, it reads whole tables.
    connection.send("SET enable_seqscan = on");
    connection.send("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    connection.send("SELECT set_config('rollcall.tenant', 'all', true)");
    Rows rows = connection.run(
        "SELECT id, slug, profile, policy, created, enabled, schema_version FROM tenant ORDER BY id");
    while (rows.next()) {
        const Tenant tenant = read_tenant(rows, 0);
        TenantVerifier(connection, tenant, catalogue, violations).run();
    }
    connection.run("COMMIT");
    return violations;
}

}  // namespace rollcall::store::postgres
